#include "errors.h"

#include <c10/util/Exception.h>
#include <napi.h>

#include <new>

#include "environment.h"

namespace hinge {

namespace {

napi_value textOf(napi_env env, const std::string& message) {
  napi_value text = nullptr;
  napi_create_string_utf8(env, message.data(), message.size(), &text);
  return text;
}

napi_value make(napi_env env, const char* kind, napi_value value) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "failure", textOf(env, kind));
  napi_set_named_property(env, result, "value", value);
  return result;
}

}  // namespace

ThrownInJavaScript::ThrownInJavaScript(std::shared_ptr<Mailroom> thrower, napi_ref error)
    : std::runtime_error("a JavaScript callback threw"), thrower(std::move(thrower)) {
  this->error = std::shared_ptr<void>(
      error, [mailroom = this->thrower](void* reference) { mailroom->discard(static_cast<napi_ref>(reference)); });
}

napi_value failure(Environment& environment) noexcept {
  napi_env env = environment.env;
  const auto make = [env](const char* kind, const std::string& message) {
    return hinge::make(env, kind, textOf(env, message));
  };
  try {
    throw;
  } catch (const ThrownInJavaScript& thrown) {
    if (thrown.thrower != environment.mailroom) return make("torch", "a JavaScript callback of another thread threw");
    napi_value error = nullptr;
    napi_get_reference_value(env, static_cast<napi_ref>(thrown.error.get()), &error);
    return hinge::make(env, "thrown", error);
  } catch (const Napi::Error& thrown) {
    return hinge::make(env, "thrown", thrown.Value());
  } catch (const StaleHandle& stale) {
    return make("disposed", stale.what());
  } catch (const BadFile& bad) {
    return make("checkpoint", bad.what());
  } catch (const WrongType& wrong) {
    return make("type", wrong.what());
  } catch (const c10::Error& refused) {
    return make("torch", refused.what_without_backtrace());
  } catch (const std::out_of_range& outside) {
    return make("range", outside.what());
  } catch (const std::invalid_argument& invalid) {
    return make("type", invalid.what());
  } catch (const std::bad_alloc&) {
    return make("torch", "out of memory");
  } catch (const std::exception& other) {
    return make("torch", other.what());
  } catch (...) {
    return make("torch", "an exception of unknown type");
  }
}

}  // namespace hinge
