// A JavaScript function that C++ may keep and call, from any thread.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "environment.h"

namespace hinge {

class Callback {
 public:
  Callback(Environment& environment, Napi::Function function);
  ~Callback();
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  // Calls the function on its own thread, between `before`, which writes words into the rewound frame, and `after`,
  // which reads words from it. Another thread waits until the JavaScript thread serves it (see `withPump`). Throws
  // ThrownInJavaScript when the function threw.
  void call(const std::function<void(Environment&)>& before, const std::function<void(Environment&)>& after) const;

  // How many callbacks this environment has alive: without any, autograd needs no pump.
  static int64_t liveCount(const Environment& environment);

 private:
  void callHere(const std::function<void(Environment&)>& before, const std::function<void(Environment&)>& after) const;

  Environment& environment_;
  std::shared_ptr<Mailroom> mailroom_;
  napi_ref function_ = nullptr;
};

// Runs `work`, which may call back into JavaScript from other threads, such as a backward pass on CUDA: it then runs on
// a thread of its own while this one serves the callbacks. Without callbacks or devices it runs here.
void withPump(Environment& environment, const std::function<void()>& work);

}  // namespace hinge
