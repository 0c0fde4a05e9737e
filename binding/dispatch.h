// One generic call for every operator that the dispatcher knows (docs: binding/README.md, "the path of a call").
#pragma once

#include <napi.h>
#include <node_api.h>

namespace hinge {

// operator(name: string, overload: string) -> description or undefined; the first look-up walks the schema.
Napi::Value findOperator(const Napi::CallbackInfo& info);
// overloads(name: string) -> names of the overloads that the dispatcher has.
Napi::Value listOverloads(const Napi::CallbackInfo& info);
// operators() -> every registered name, as "namespace::name.overload".
Napi::Value listOperators(const Napi::CallbackInfo& info);

// call(strings?: string[]). Words in: operator id, mask of the arguments given, the arguments. Words out: the results
// that are not one of the arguments. Returns undefined, or the frame's new ArrayBuffer when the results outgrew it.
napi_value callOperator(napi_env env, napi_callback_info info);

}  // namespace hinge
