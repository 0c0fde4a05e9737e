// Bytes of open files.
#pragma once

#include <napi.h>

namespace hinge {

// readFile(). Words in: file descriptor, position, length. Words out: handle of a uint8 tensor with memory of its own,
// and the bytes' CRC-32; the handle is 0 where the engine has no checksums to give.
Napi::Value readFile(const Napi::CallbackInfo& info);

}  // namespace hinge
