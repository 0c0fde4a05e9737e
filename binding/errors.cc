#include "errors.h"

#include <c10/util/Exception.h>

#include <new>

#include "environment.h"

namespace hinge {

namespace {

void throwWith(Environment& environment, napi_ref errorClass, const std::string& message) {
  napi_env env = environment.env;
  napi_value text = nullptr;
  napi_create_string_utf8(env, message.data(), message.size(), &text);
  napi_value constructor = nullptr;
  if (errorClass != nullptr) napi_get_reference_value(env, errorClass, &constructor);
  napi_value error = nullptr;
  if (constructor == nullptr || napi_new_instance(env, constructor, 1, &text, &error) != napi_ok) {
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (pending) return;  // the error class itself threw: that error is as good
    napi_create_error(env, nullptr, text, &error);
  }
  napi_throw(env, error);
}

}  // namespace

void rethrowInJavaScript(Environment& environment) noexcept {
  napi_env env = environment.env;
  try {
    throw;
  } catch (const ThrownInJavaScript& thrown) {
    napi_value error = nullptr;
    napi_get_reference_value(env, thrown.pending, &error);
    napi_delete_reference(env, thrown.pending);
    napi_throw(env, error);
  } catch (const StaleHandle& stale) {
    throwWith(environment, environment.disposedError, stale.what());
  } catch (const WrongType& wrong) {
    napi_throw_type_error(env, nullptr, wrong.what());
  } catch (const c10::Error& refused) {
    throwWith(environment, environment.torchError, refused.what_without_backtrace());
  } catch (const std::out_of_range& outside) {
    napi_throw_range_error(env, nullptr, outside.what());
  } catch (const std::invalid_argument& invalid) {
    napi_throw_type_error(env, nullptr, invalid.what());
  } catch (const std::bad_alloc&) {
    throwWith(environment, environment.torchError, "out of memory");
  } catch (const std::exception& other) {
    throwWith(environment, environment.torchError, other.what());
  } catch (...) {
    throwWith(environment, environment.torchError, "an exception of unknown type");
  }
}

}  // namespace hinge
