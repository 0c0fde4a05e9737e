#include "autocast.h"

#include <ATen/autocast_mode.h>

#include "arguments.h"
#include "convert.h"

namespace hinge {

Napi::Value autocastState(const Napi::CallbackInfo& info) {
  Frame& frame = Environment::of(info.Env()).frame;
  const c10::DeviceType type = readDeviceType(frame);
  const bool known = at::autocast::is_autocast_available(type);
  const bool enabled = known && at::autocast::is_autocast_enabled(type);
  const auto dtype = known ? at::autocast::get_autocast_dtype(type) : at::ScalarType::Undefined;
  frame.rewind();
  frame.put(known ? 1 : 0);
  frame.put(enabled ? 1 : 0);
  frame.put(static_cast<double>(dtype));
  frame.put(at::autocast::is_autocast_cache_enabled() ? 1 : 0);
  return info.Env().Undefined();
}

Napi::Value setAutocast(const Napi::CallbackInfo& info) {
  Frame& frame = Environment::of(info.Env()).frame;
  const c10::DeviceType type = readDeviceType(frame);
  const bool enabled = frame.boolean();
  const at::ScalarType dtype = readDType(frame);
  const bool cached = frame.boolean();
  if (!at::autocast::is_autocast_available(type)) throw std::out_of_range("autocast does not know this device type");
  if (dtype != at::kBFloat16 && dtype != at::kHalf && dtype != at::kFloat && dtype != at::kDouble) {
    throw std::out_of_range("autocast casts to floating-point dtypes only");
  }
  at::autocast::set_autocast_dtype(type, dtype);
  at::autocast::set_autocast_enabled(type, enabled);
  at::autocast::set_autocast_cache_enabled(cached);
  return info.Env().Undefined();
}

Napi::Value nestAutocast(const Napi::CallbackInfo& info) {
  if (info[0].ToBoolean()) {
    at::autocast::increment_nesting();
  } else if (at::autocast::decrement_nesting() == 0) {
    at::autocast::clear_cache();
  }
  return info.Env().Undefined();
}

Napi::Value clearAutocastCache(const Napi::CallbackInfo& info) {
  at::autocast::clear_cache();
  return info.Env().Undefined();
}

}  // namespace hinge
