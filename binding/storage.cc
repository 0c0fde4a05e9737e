#include "storage.h"

#include <ATen/ATen.h>
#include <dlfcn.h>

#include <cstring>

#include "arguments.h"
#include "convert.h"
#include "slots.h"

namespace hinge {

namespace {

struct Layout {
  at::ScalarType dtype;
  std::vector<int64_t> sizes;
  size_t bytes;
};

Layout readLayout(Frame& frame, at::ScalarType dtype) {
  Layout layout{dtype, {}, c10::elementSize(dtype)};
  const size_t rank = frame.count();
  for (size_t i = 0; i < rank; i++) {
    const int64_t size = frame.integer();
    if (size < 0) throw std::out_of_range("a tensor's sizes must not be negative, got " + std::to_string(size));
    if (__builtin_mul_overflow(layout.bytes, static_cast<size_t>(size), &layout.bytes)) {
      throw std::out_of_range("the tensor would be larger than memory can be");
    }
    layout.sizes.push_back(size);
  }
  return layout;
}

// The memory of an ArrayBuffer, owned together with the engine. Node-API can only hold the object, whose memory
// JavaScript may move to another one (`ArrayBuffer.prototype.transfer`) and which ends with its thread. Null where the
// engine does not export the function.
std::shared_ptr<void> memoryOf(napi_value buffer) {
  // A napi_value is a v8::Local; a member function takes its object as the first argument.
  using GetBackingStore = std::shared_ptr<void> (*)(napi_value);
  static const auto get =
      reinterpret_cast<GetBackingStore>(dlsym(RTLD_DEFAULT, "_ZN2v811ArrayBuffer15GetBackingStoreEv"));
  return get == nullptr ? nullptr : get(buffer);
}

// The pages of a resizable ArrayBuffer go away when it shrinks.
bool isResizable(const Napi::Value& buffer, const std::shared_ptr<void>& memory) {
  using IsResizable = bool (*)(const void*);
  static const auto ask =
      reinterpret_cast<IsResizable>(dlsym(RTLD_DEFAULT, "_ZNK2v812BackingStore27IsResizableByUserJavaScriptEv"));
  if (memory && ask != nullptr) return ask(memory.get());
  return buffer.As<Napi::Object>().Get("resizable").ToBoolean();
}

}  // namespace

Span expectBytes(const Napi::Value& value) {
  if (value.IsTypedArray()) {
    auto array = value.As<Napi::TypedArray>();
    auto buffer = array.ArrayBuffer();
    // Node-API does not know every type of array that its engine has, and then not its length either.
    const size_t end = array.ByteOffset() + array.ByteLength();
    if (end > buffer.ByteLength()) throw WrongType("native call: this TypedArray lies outside of its ArrayBuffer");
    return {static_cast<std::byte*>(buffer.Data()) + array.ByteOffset(), array.ByteLength()};
  }
  if (value.IsArrayBuffer()) {
    auto buffer = value.As<Napi::ArrayBuffer>();
    return {static_cast<std::byte*>(buffer.Data()), buffer.ByteLength()};
  }
  throw WrongType("native call: expected an ArrayBuffer or a TypedArray");
}

Napi::Value fromBytes(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const Layout layout = readLayout(frame, readDType(frame));
  const Span source = expectBytes(info[0]);
  if (source.bytes != layout.bytes) {
    throw std::out_of_range("the buffer holds " + std::to_string(source.bytes) + " bytes, the tensor needs " +
                            std::to_string(layout.bytes));
  }
  at::Tensor tensor = at::detail::empty_cpu(layout.sizes, layout.dtype);
  if (source.bytes != 0) std::memcpy(tensor.mutable_data_ptr(), source.data, source.bytes);
  frame.rewind();
  frame.put(Slots::add(environment, std::move(tensor)));
  return info.Env().Undefined();
}

Napi::Value fromBlob(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const at::ScalarType dtype = readDType(frame);
  const auto offset = static_cast<uint64_t>(frame.integer());
  const Layout layout = readLayout(frame, dtype);
  if (!info[0].IsArrayBuffer()) throw WrongType("fromBlob: expected memory in an ArrayBuffer");
  std::shared_ptr<void> memory = memoryOf(info[0]);
  if (isResizable(info[0], memory)) throw WrongType("fromBlob: the memory must not be resizable");
  const Span source = expectBytes(info[0]);
  if (offset > source.bytes || layout.bytes > source.bytes - offset) {
    throw std::out_of_range("fromBlob: the tensor needs " + std::to_string(layout.bytes) + " bytes from byte " +
                            std::to_string(offset) + " on, the buffer holds " + std::to_string(source.bytes));
  }
  if (offset % c10::elementSize(dtype) != 0) {
    throw std::out_of_range("fromBlob: the first byte must be a multiple of the element size");
  }
  if (!memory) {
    napi_ref reference;
    napi_create_reference(info.Env(), info[0], 1, &reference);
    memory = std::shared_ptr<void>(
        reference, [mailroom = environment.mailroom](void* held) { mailroom->discard(static_cast<napi_ref>(held)); });
  }
  at::Tensor tensor = at::from_blob(source.data + offset, layout.sizes, [memory](void*) {}, at::TensorOptions(dtype));
  frame.rewind();
  frame.put(Slots::add(environment, std::move(tensor)));
  return info.Env().Undefined();
}

Napi::Value toBytes(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  at::Tensor tensor = Slots::tensor(environment.frame.word());
  TORCH_CHECK(tensor.device().type() != at::kMeta, "a meta tensor has no data");
  // A tensor of symbolic zeros has no memory until it is copied.
  if (tensor._is_zerotensor()) tensor = tensor.clone();
  tensor = tensor.detach().to(at::kCPU).resolve_conj().resolve_neg().contiguous();
  auto buffer = Napi::ArrayBuffer::New(info.Env(), tensor.nbytes());
  if (tensor.nbytes() != 0) std::memcpy(buffer.Data(), tensor.const_data_ptr(), tensor.nbytes());
  return buffer;
}

Napi::Value storageBytes(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const at::Tensor tensor = Slots::tensor(frame.word());
  const int64_t offset = frame.integer();
  int64_t length = frame.integer();
  TORCH_CHECK(tensor.has_storage(), "a tensor of layout ", tensor.layout(), " has no storage of its own");
  const c10::Storage& storage = tensor.storage();
  const auto size = static_cast<int64_t>(storage.nbytes());
  const auto options = tensor.options().dtype(at::kByte).requires_grad(false);
  at::Tensor bytes;
  if (length < 0) {
    bytes = at::empty({0}, options);
    bytes.set_(storage, 0, {size}, {1});
  } else {
    if (offset < 0 || offset > size || length > size - offset) {
      throw std::out_of_range("storageBytes: the storage holds " + std::to_string(size) + " bytes");
    }
    auto* data = static_cast<std::byte*>(storage.mutable_data()) + offset;
    bytes = at::from_blob(data, {length}, [storage](void*) {}, options, storage.device());
  }
  frame.rewind();
  frame.put(Slots::add(environment, std::move(bytes)));
  return info.Env().Undefined();
}

Napi::Value dataPointer(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = Slots::tensor(Environment::of(info.Env()).frame.word());
  return Napi::BigInt::New(info.Env(), reinterpret_cast<uint64_t>(tensor.data_ptr()));
}

}  // namespace hinge
