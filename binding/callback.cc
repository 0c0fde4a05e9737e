#include "callback.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/ThreadLocalState.h>

#include <cstdlib>
#include <exception>
#include <system_error>
#include <thread>

#include "errors.h"

namespace hinge {

namespace {

// From this many passes inside each other's callbacks on, the engine would use a thread of its pool, which could not
// call JavaScript while this thread waits for it; its own limit is 60.
constexpr int kDeepestHere = 48;

struct Deeper {
  explicit Deeper(int& depth) : depth(depth) { depth++; }
  ~Deeper() { depth--; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  int& depth;
};

}  // namespace

Callback::Callback(Environment& environment, Napi::Function function)
    : environment_(environment), mailroom_(environment.mailroom) {
  napi_create_reference(environment.env, function, 1, &function_);
  mailroom_->callbacks++;
}

Callback::~Callback() {
  mailroom_->callbacks--;
  mailroom_->discard(function_);
}

void Callback::call(const std::function<void(Environment&)>& before,
                    const std::function<void(Environment&)>& after) const {
  // First of all: the system may have given the number of an ended thread to this one.
  if (!mailroom_->open) throw std::runtime_error("the worker that this JavaScript callback belongs to has ended");
  if (std::this_thread::get_id() == mailroom_->thread) return callHere(before, after);
  std::exception_ptr error;
  const at::ThreadLocalState state;
  mailroom_->runAndWait([&] {
    const at::ThreadLocalStateGuard guard(state);
    try {
      callHere(before, after);
    } catch (...) {
      error = std::current_exception();
    }
  });
  if (error) std::rethrow_exception(error);
}

void Callback::callHere(const std::function<void(Environment&)>& before,
                        const std::function<void(Environment&)>& after) const {
  const Napi::Env env(environment_.env);
  const Napi::HandleScope scope(env);
  const Deeper deeper(environment_.callbackDepth);
  environment_.frame.rewind();
  before(environment_);
  napi_value function;
  napi_get_reference_value(env, function_, &function);
  napi_value receiver;
  napi_get_undefined(env, &receiver);
  napi_value grown = environment_.frame.takeGrown(env);
  napi_value result;
  const napi_status status = napi_call_function(env, receiver, function, grown == nullptr ? 0 : 1, &grown, &result);
  if (status != napi_ok) {
    napi_value thrown;
    napi_ref reference = nullptr;
    if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok && thrown != nullptr) {
      // Only objects can be referred to; `throw 'text'` becomes an Error.
      if (napi_create_reference(env, thrown, 1, &reference) != napi_ok) {
        napi_value text;
        napi_value error;
        napi_coerce_to_string(env, thrown, &text);
        napi_create_error(env, nullptr, text, &error);
        napi_create_reference(env, error, 1, &reference);
      }
    }
    if (reference == nullptr) throw std::runtime_error("a JavaScript callback could not be called");
    throw ThrownInJavaScript(mailroom_, reference);
  }
  environment_.frame.rewind();
  after(environment_);
}

int64_t Callback::liveCount(const Environment& environment) {
  return environment.mailroom->callbacks;
}

void withPump(Environment& environment, const std::function<void()>& work) {
  static const bool always = std::getenv("HINGE_ALWAYS_PUMP") != nullptr;  // lets tests without a GPU go this way
  const bool mayLeaveThread =
      always || environment.callbackDepth >= kDeepestHere || at::getAccelerator(false).has_value();
  if (Callback::liveCount(environment) == 0 || !mayLeaveThread) return work();
  std::exception_ptr error;
  std::atomic<bool> done{false};
  const at::ThreadLocalState state;
  const std::function<void()> guardedWork = [&] {
    {
      const at::ThreadLocalStateGuard guard(state);
      const c10::WarningUtils::WarningHandlerGuard warnings(&environment.warnings);
      try {
        work();
      } catch (...) {
        error = std::current_exception();
      }
    }
    done = true;
    environment.mailroom->wake();
  };
  std::thread worker;
  environment.mailroom->pump(
      [&] {
        if (environment.mailroom->runOnServed(guardedWork)) return;
        try {
          worker = std::thread(guardedWork);
        } catch (const std::system_error&) {
          error = std::current_exception();
          done = true;
        }
      },
      [&] { return done.load(); });
  if (worker.joinable()) worker.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace hinge
