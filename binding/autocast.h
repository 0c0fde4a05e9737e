// Mixed precision: libtorch's autocast state of this thread.
#pragma once

#include <napi.h>

namespace hinge {

// autocastState(). Word in: device type. Words out: whether autocast knows that type, enabled, dtype, whether casts of
// leaves are cached.
Napi::Value autocastState(const Napi::CallbackInfo& info);
// setAutocast(). Words in: device type, enabled, dtype, whether casts of leaves are cached.
Napi::Value setAutocast(const Napi::CallbackInfo& info);
// nestAutocast(deeper: boolean): one scope deeper, or out of one; out of the outermost the cached casts are dropped.
Napi::Value nestAutocast(const Napi::CallbackInfo& info);
Napi::Value clearAutocastCache(const Napi::CallbackInfo& info);

}  // namespace hinge
