// Facts of a tensor and settings of libtorch: everything that is neither an operator nor autograd.
#pragma once

#include <napi.h>
#include <node_api.h>

namespace hinge {

// describe(). Word in: handle. Words out: dtype, layout, device type, device index, flags, rank, sizes, and with flag
// `Strided` the storage offset and the strides.
napi_value describe(napi_env env, napi_callback_info info);
// item(). Word in: handle of a tensor with one element. Words out: a Scalar.
napi_value item(napi_env env, napi_callback_info info);
// release(). Words in: count, handles. Those that are not live are passed over.
napi_value release(napi_env env, napi_callback_info info);
// adopt(object). Word in: handle. From now on the slot is released when the object is collected.
napi_value adopt(napi_env env, napi_callback_info info);

// share(). Word in: handle. Word out: a second handle of the tensor, which no environment owns: it outlives this one.
Napi::Value share(const Napi::CallbackInfo& info);
// take(). Word in: a handle from `share`, in any environment; the calling one owns it from now on.
Napi::Value take(const Napi::CallbackInfo& info);
// sameTensor(): boolean. Words in: two handles.
Napi::Value sameTensor(const Napi::CallbackInfo& info);
Napi::Value isLive(const Napi::CallbackInfo& info);
Napi::Value memory(const Napi::CallbackInfo& info);

Napi::Value threads(const Napi::CallbackInfo& info);
Napi::Value interopThreads(const Napi::CallbackInfo& info);
Napi::Value defaultDType(const Napi::CallbackInfo& info);
Napi::Value deterministic(const Napi::CallbackInfo& info);
Napi::Value deviceCount(const Napi::CallbackInfo& info);
Napi::Value synchronize(const Napi::CallbackInfo& info);
Napi::Value emptyCache(const Napi::CallbackInfo& info);
Napi::Value versions(const Napi::CallbackInfo& info);

// Generators. Word in: generator handle (but for the first two); seeds are words or come back as bigint.
Napi::Value makeGenerator(const Napi::CallbackInfo& info);
Napi::Value defaultGenerator(const Napi::CallbackInfo& info);
Napi::Value seedGenerator(const Napi::CallbackInfo& info);
Napi::Value generatorSeed(const Napi::CallbackInfo& info);
Napi::Value generatorState(const Napi::CallbackInfo& info);
Napi::Value setGeneratorState(const Napi::CallbackInfo& info);

}  // namespace hinge
