// Every C++ exception becomes a JavaScript error; none leaves a native function.
#pragma once

#include <node_api.h>

#include <stdexcept>
#include <string>

namespace hinge {

class Environment;

// A handle that names no live slot of the kind that was asked for.
struct StaleHandle : std::runtime_error {
  explicit StaleHandle(const std::string& noun)
      : std::runtime_error("this " + noun + " was disposed, or its handle was never valid") {}
};

// A JavaScript value has the wrong type.
struct WrongType : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A JavaScript function that C++ called has thrown. The error waits in the environment as `pending`.
struct ThrownInJavaScript : std::runtime_error {
  explicit ThrownInJavaScript(napi_ref pending) : std::runtime_error("a JavaScript callback threw"), pending(pending) {}
  napi_ref pending;
};

// Must be called inside a catch block: throws the JavaScript error for the exception being handled.
void rethrowInJavaScript(Environment& environment) noexcept;

}  // namespace hinge
