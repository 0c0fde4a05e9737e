// Every C++ exception becomes a JavaScript error; none leaves a native function.
//
// It is returned as `{ failure: kind, value }`, and lib/native.ts throws it. Thrown from here it would stay pending
// while Node hands it over; that may collect garbage, and Node takes an error that is pending after a basic finalizer
// for the finalizer's own and ends the process.
#pragma once

#include <node_api.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace hinge {

class Environment;
class Mailroom;

// A handle that names no live slot of the kind that was asked for.
struct StaleHandle : std::runtime_error {
  explicit StaleHandle(const std::string& noun)
      : std::runtime_error("this " + noun + " was disposed, or its handle was never valid") {}
};

// A JavaScript value has the wrong type.
struct WrongType : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A file is damaged, or is none of the kind that was asked for.
struct BadFile : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A JavaScript function that C++ called has thrown; the error is kept until nobody handles the exception any more.
struct ThrownInJavaScript : std::runtime_error {
  ThrownInJavaScript(std::shared_ptr<Mailroom> thrower, napi_ref error);
  std::shared_ptr<Mailroom> thrower;
  std::shared_ptr<void> error;
};

// Must be called inside a catch block: what lib/native.ts throws for the exception being handled. The kinds are torch,
// disposed, checkpoint, type and range, whose value is a message, and thrown, whose value is what JavaScript threw.
napi_value failure(Environment& environment) noexcept;

}  // namespace hinge
