// Memory between JavaScript buffers and tensors.
#pragma once

#include <napi.h>

#include <cstddef>

namespace hinge {

struct Span {
  std::byte* data;
  size_t bytes;
};

// The memory of an ArrayBuffer or a TypedArray, which ends with the native call. Throws WrongType for anything else.
Span expectBytes(const Napi::Value& value);

// fromBytes(view: ArrayBufferView | ArrayBuffer). Words in: dtype, rank, sizes. Word out: handle. Copies.
Napi::Value fromBytes(const Napi::CallbackInfo& info);
// fromBlob(buffer: ArrayBuffer). Words in: dtype, byte offset, rank, sizes. Word out: handle. Shares, and keeps the
// buffer alive.
Napi::Value fromBlob(const Napi::CallbackInfo& info);
// toBytes(): ArrayBuffer. Word in: handle. The elements in row-major order, copied; complex and half types as they are.
Napi::Value toBytes(const Napi::CallbackInfo& info);
// storageBytes(). Words in: handle, offset, length. Word out: handle of a uint8 tensor over the memory that the tensor
// lies in. Of all of it, sharing its storage, for a negative length; else of a part, with a storage of its own.
Napi::Value storageBytes(const Napi::CallbackInfo& info);
// dataPointer(): bigint. Word in: handle.
Napi::Value dataPointer(const Napi::CallbackInfo& info);

}  // namespace hinge
