#include "errors.h"

#include <c10/util/Exception.h>
#include <napi.h>

#include <new>

#include "environment.h"

namespace hinge {

namespace {

using MakeError = napi_status (*)(napi_env env, napi_value code, napi_value message, napi_value* result);

napi_value textOf(napi_env env, const std::string& message) {
  napi_value text = nullptr;
  napi_create_string_utf8(env, message.data(), message.size(), &text);
  return text;
}

napi_value makeWith(Environment& environment, MakeError make, const std::string& message) {
  napi_value error = nullptr;
  make(environment.env, nullptr, textOf(environment.env, message), &error);
  return error;
}

napi_value makeOf(Environment& environment, napi_ref errorClass, const std::string& message) {
  napi_env env = environment.env;
  napi_value constructor = nullptr;
  if (errorClass != nullptr) napi_get_reference_value(env, errorClass, &constructor);
  napi_value text = textOf(env, message);
  napi_value error = nullptr;
  if (constructor != nullptr && napi_new_instance(env, constructor, 1, &text, &error) == napi_ok) return error;
  // The class itself threw: that error is as good.
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok && constructor != nullptr) return error;
  return makeWith(environment, napi_create_error, message);
}

napi_value errorOf(Environment& environment) {
  try {
    throw;
  } catch (const ThrownInJavaScript& thrown) {
    if (thrown.thrower != environment.mailroom) {
      return makeOf(environment, environment.torchError, "a JavaScript callback of another thread threw");
    }
    napi_value error = nullptr;
    napi_get_reference_value(environment.env, static_cast<napi_ref>(thrown.error.get()), &error);
    return error;
  } catch (const StaleHandle& stale) {
    return makeOf(environment, environment.disposedError, stale.what());
  } catch (const WrongType& wrong) {
    return makeWith(environment, napi_create_type_error, wrong.what());
  } catch (const Napi::Error& thrown) {
    return thrown.Value();
  } catch (const c10::Error& refused) {
    return makeOf(environment, environment.torchError, refused.what_without_backtrace());
  } catch (const std::out_of_range& outside) {
    return makeWith(environment, napi_create_range_error, outside.what());
  } catch (const std::invalid_argument& invalid) {
    return makeWith(environment, napi_create_type_error, invalid.what());
  } catch (const std::bad_alloc&) {
    return makeOf(environment, environment.torchError, "out of memory");
  } catch (const std::exception& other) {
    return makeOf(environment, environment.torchError, other.what());
  } catch (...) {
    return makeOf(environment, environment.torchError, "an exception of unknown type");
  }
}

}  // namespace

ThrownInJavaScript::ThrownInJavaScript(std::shared_ptr<Mailroom> thrower, napi_ref error)
    : std::runtime_error("a JavaScript callback threw"), thrower(std::move(thrower)) {
  this->error = std::shared_ptr<void>(
      error, [mailroom = this->thrower](void* reference) { mailroom->discard(static_cast<napi_ref>(reference)); });
}

napi_value failure(Environment& environment) noexcept {
  napi_env env = environment.env;
  napi_value error = errorOf(environment);
  napi_value constructor = nullptr;
  napi_value result = nullptr;
  if (environment.failure != nullptr) napi_get_reference_value(env, environment.failure, &constructor);
  if (constructor != nullptr && napi_new_instance(env, constructor, 1, &error, &result) == napi_ok) return result;
  napi_throw(env, error);  // nobody has told us the class yet
  return nullptr;
}

}  // namespace hinge
