// Tracing: runs a JavaScript function, and makes TorchScript of the operators that it calls.
#pragma once

#include <napi.h>

namespace hinge {

// trace(callback, strings, argumentNames). Words in: how many modules, and each: its name (a number into `strings`),
// whether it trains, counts and entries of parameters (name, handle), of buffers (the same) and of submodules (name,
// number of a module before it); the last is the root. Then the count of example inputs, each saying what it is. The
// callback finds these inputs in the frame, and leaves its result there. Word out: handle of the script module.
Napi::Value trace(const Napi::CallbackInfo& info);
// traceScope(path?: string): what follows belongs to the submodule of this dotted path, or, without one, no longer.
Napi::Value traceScope(const Napi::CallbackInfo& info);
Napi::Value isTracing(const Napi::CallbackInfo& info);

}  // namespace hinge
