#include "warnings.h"

#include <memory>
#include <string>

#include "arguments.h"

namespace hinge {

namespace {

void deliver(napi_env env, napi_value callback, void* warnings, void* data) {
  const std::unique_ptr<std::string> text(static_cast<std::string*>(data));
  if (env == nullptr) return;  // the environment is ending
  napi_value receiver;
  napi_value argument;
  napi_get_undefined(env, &receiver);
  if (napi_create_string_utf8(env, text->data(), text->size(), &argument) == napi_ok) {
    napi_call_function(env, receiver, callback, 1, &argument, nullptr);
  }
  static_cast<Warnings*>(warnings)->delivered();
  // Nobody has called who could be told.
  napi_value thrown;
  napi_get_and_clear_last_exception(env, &thrown);
}

void closeAll(void* warnings) {
  static_cast<Warnings*>(warnings)->close();
}

}  // namespace

void Warnings::process(const c10::Warning& warning) {
  {
    std::lock_guard lock(mutex_);
    if (queue_ != nullptr) {
      auto text = std::make_unique<std::string>(warning.msg());
      if (napi_call_threadsafe_function(queue_, text.get(), napi_tsfn_nonblocking) == napi_ok) {
        static_cast<void>(text.release());
        // Only its own thread may keep the event loop alive until then, and only it can be sure that there is one.
        pending_++;
        if (std::this_thread::get_id() == thread_) napi_ref_threadsafe_function(env_, queue_);
        return;
      }
    }
  }
  c10::WarningHandler::process(warning);
}

void Warnings::deliverTo(napi_env env, napi_value callback) {
  close();
  napi_value name;
  napi_create_string_utf8(env, "hinge warnings", NAPI_AUTO_LENGTH, &name);
  napi_threadsafe_function queue = nullptr;
  if (napi_create_threadsafe_function(env, callback, nullptr, name, 0, 1, nullptr, nullptr, this, deliver, &queue) !=
      napi_ok) {
    throw std::runtime_error("onWarning: the queue could not be made");
  }
  // It keeps the process alive while something waits in it only.
  napi_unref_threadsafe_function(env, queue);
  // Hooks run in reverse order: this one before the queue ends.
  if (hooked_) napi_remove_env_cleanup_hook(env, closeAll, this);
  hooked_ = napi_add_env_cleanup_hook(env, closeAll, this) == napi_ok;
  std::lock_guard lock(mutex_);
  env_ = env;
  queue_ = queue;
  thread_ = std::this_thread::get_id();
  pending_ = 0;
}

void Warnings::delivered() {
  std::lock_guard lock(mutex_);
  if (queue_ == nullptr || pending_ == 0) return;
  pending_--;
  if (pending_ == 0) napi_unref_threadsafe_function(env_, queue_);
}

void Warnings::close() {
  napi_threadsafe_function queue;
  {
    std::lock_guard lock(mutex_);
    queue = std::exchange(queue_, nullptr);
  }
  if (queue != nullptr) napi_release_threadsafe_function(queue, napi_tsfn_abort);
}

Napi::Value onWarning(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const Napi::Function callback = expectFunction(info, 0);
  Warnings& warnings = environment.warnings;
  warnings.deliverTo(info.Env(), callback);
  c10::WarningUtils::set_warning_handler(&warnings);
  return info.Env().Undefined();
}

}  // namespace hinge
