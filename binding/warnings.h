// libtorch's warnings, as warnings of Node instead of lines on standard error.
#pragma once

#include <c10/util/Exception.h>
#include <napi.h>

#include <mutex>
#include <thread>

namespace hinge {

// Hands each warning to JavaScript when the event loop comes round, so that calls that warn of nothing pay nothing.
// Where nobody takes them, before `onWarning` and after the environment's end, libtorch prints them.
class Warnings final : public c10::WarningHandler {
 public:
  // Any thread may call it.
  void process(const c10::Warning& warning) override;

  void deliverTo(napi_env env, napi_value callback);
  // The JavaScript thread has told of one.
  void delivered();
  void close();

 private:
  std::mutex mutex_;
  napi_env env_ = nullptr;
  napi_threadsafe_function queue_ = nullptr;
  std::thread::id thread_;
  int pending_ = 0;
  bool hooked_ = false;
};

// onWarning(callback: (text: string) => void): what libtorch warns of in this thread goes there from now on.
Napi::Value onWarning(const Napi::CallbackInfo& info);

}  // namespace hinge
