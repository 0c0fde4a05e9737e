// Checks of the JavaScript arguments of native exports, and the wrappers that turn C++ exceptions into what
// lib/native.ts throws.
#pragma once

#include <napi.h>

#include <string>

#include "environment.h"
#include "errors.h"

namespace hinge {

inline std::string expectString(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsString()) throw WrongType("native call: argument " + std::to_string(index) + " must be a string");
  return info[index].As<Napi::String>();
}

inline double expectNumber(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsNumber()) throw WrongType("native call: argument " + std::to_string(index) + " must be a number");
  return info[index].As<Napi::Number>();
}

inline Napi::Function expectFunction(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsFunction()) {
    throw WrongType("native call: argument " + std::to_string(index) + " must be a function");
  }
  return info[index].As<Napi::Function>();
}

// A native export off the hot path: `function` reads its words from the rewound frame; if it wrote more than the frame
// could hold, its result is replaced by the grown frame.
template <Napi::Value (*function)(const Napi::CallbackInfo&)>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  try {
    environment.deleteDiscarded();
    environment.frame.rewind();
    Napi::Value result = function(info);
    if (environment.frame.grown()) return Napi::Value(info.Env(), environment.frame.takeGrown(info.Env()));
    return result;
  } catch (...) {
    return Napi::Value(info.Env(), failure(environment));
  }
}

// The same for exports on the hot path, which are plain Node-API: `body` gets the environment, its frame rewound.
template <class Body>
napi_value guardedRaw(napi_env env, const Body& body) {
  Environment& environment = Environment::of(env);
  try {
    environment.frame.rewind();
    body(environment);
    return environment.frame.grown() ? environment.frame.takeGrown(env) : nullptr;
  } catch (...) {
    return failure(environment);
  }
}

}  // namespace hinge
