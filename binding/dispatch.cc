#include "dispatch.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "arguments.h"
#include "signature.h"
#include "unboxed.h"

namespace hinge {

namespace {

struct Operator {
  uint32_t id;
  c10::OperatorHandle handle;
  Signature signature;
  bool isFactory = false;
  std::unique_ptr<const UnboxedCall> unboxed{};
};

constexpr uint32_t kMostOperators = 1 << 16;
// Readers need no lock: an entry is written once, before its id is told to anyone.
std::atomic<const Operator*> operators[kMostOperators];
std::mutex tableMutex;
uint32_t operatorCount = 0;
std::unordered_map<std::string, const Operator*>& operatorsByName() {
  static auto* table = new std::unordered_map<std::string, const Operator*>();
  return *table;
}

// As in PyTorch's C++ factories: what makes a tensor from options alone, or like another one, is not differentiable.
bool isFactory(const c10::FunctionSchema& schema) {
  const std::string name = schema.name().substr(schema.name().find("::") + 2);
  if (name == "to" || name == "_to_copy" || name.rfind("new_", 0) == 0) return false;
  if (name.size() > 5 && name.compare(name.size() - 5, 5, "_like") == 0) return true;
  return schema.argumentIndexWithName("dtype") && schema.argumentIndexWithName("layout") &&
         schema.argumentIndexWithName("device") && schema.argumentIndexWithName("pin_memory");
}

const Operator* find(const std::string& name, const std::string& overload) {
  std::lock_guard lock(tableMutex);
  const std::string key = name + "." + overload;
  if (const auto known = operatorsByName().find(key); known != operatorsByName().end()) return known->second;
  const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!handle) return nullptr;
  if (operatorCount == kMostOperators) throw std::runtime_error("more than 65536 operators are in use");
  const auto& schema = handle->schema();
  auto entry = std::make_unique<Operator>(Operator{operatorCount, *handle, Signature(schema)});
  entry->isFactory = isFactory(schema);
  if (!entry->isFactory) entry->unboxed = UnboxedCall::of(*handle);
  const Operator* found = entry.release();
  operators[operatorCount++].store(found, std::memory_order_release);
  operatorsByName().emplace(key, found);
  return found;
}

void call(Environment& environment, napi_env env, napi_callback_info info) {
  Frame& frame = environment.frame;
  const int64_t id = frame.integer();
  const Operator* found = id >= 0 && id < kMostOperators ? operators[id].load(std::memory_order_acquire) : nullptr;
  if (found == nullptr) throw std::out_of_range("native call: no such operator");
  const Operator& op = *found;
  if (op.signature.takesStrings) readStrings(environment, env, info);

  const auto given = static_cast<uint64_t>(frame.integer());
  if (op.unboxed) return op.unboxed->call(environment, given, op.signature.defaults);

  c10::Stack stack;
  stack.reserve(op.signature.arguments.size() + 1);
  op.signature.readArguments(environment, given, op.handle.schema(), stack);
  if (op.isFactory) {
    const at::AutoDispatchBelowADInplaceOrView belowAutograd;
    op.handle.callBoxed(stack);
  } else {
    op.handle.callBoxed(stack);
  }
  op.signature.writeResults(environment, std::move(stack));
}

}  // namespace

Napi::Value findOperator(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Operator* op = find(expectString(info, 0), expectString(info, 1));
  if (op == nullptr) return env.Undefined();
  Napi::Object description = op->signature.describe(env, op->handle.schema());
  description.Set("id", op->id);
  return description;
}

Napi::Value listOverloads(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = expectString(info, 0);
  auto names = Napi::Array::New(env);
  for (const auto& op : c10::Dispatcher::singleton().getAllOpNames()) {
    if (op.name == name) names.Set(names.Length(), op.overload_name);
  }
  return names;
}

Napi::Value listOperators(const Napi::CallbackInfo& info) {
  auto names = Napi::Array::New(info.Env());
  for (const auto& op : c10::Dispatcher::singleton().getAllOpNames()) {
    names.Set(names.Length(), op.overload_name.empty() ? op.name : op.name + "." + op.overload_name);
  }
  return names;
}

napi_value callOperator(napi_env env, napi_callback_info info) {
  return guardedRaw(env, [&](Environment& environment) { call(environment, env, info); });
}

}  // namespace hinge
