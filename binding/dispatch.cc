#include "dispatch.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "arguments.h"
#include "convert.h"
#include "unboxed.h"

namespace hinge {

namespace {

struct Result {
  Type type;
  int argument = -1;  // the argument that comes back as this result, or -1
};

struct Operator {
  uint32_t id;
  c10::OperatorHandle handle;
  std::vector<Type> arguments{};
  std::vector<std::optional<c10::IValue>> defaults{};
  std::vector<Result> results{};
  bool takesStrings = false;
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

int aliasedArgument(const c10::FunctionSchema& schema, const c10::Argument& result) {
  const c10::AliasInfo* info = result.alias_info();
  if (info == nullptr || !info->isWrite()) return -1;
  for (size_t i = 0; i < schema.arguments().size(); i++) {
    const c10::AliasInfo* other = schema.arguments()[i].alias_info();
    if (other != nullptr && other->beforeSets() == info->beforeSets()) return static_cast<int>(i);
  }
  return -1;
}

Type typeOf(const c10::Argument& argument) {
  Type type = Type::of(argument.type(), argument.real_type());
  Type& list = type.kind == Kind::Optional ? type.elements[0] : type;
  if (list.kind == Kind::List) list.size = argument.N().value_or(0);
  return type;
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
  auto entry = std::make_unique<Operator>(Operator{operatorCount, *handle});
  const auto& schema = handle->schema();
  for (const auto& argument : schema.arguments()) {
    entry->arguments.push_back(typeOf(argument));
    entry->defaults.push_back(argument.default_value());
    if (entry->arguments.back().holds(Kind::String)) entry->takesStrings = true;
  }
  for (const auto& result : schema.returns())
    entry->results.push_back({typeOf(result), aliasedArgument(schema, result)});
  entry->isFactory = isFactory(schema);
  if (!entry->isFactory) entry->unboxed = UnboxedCall::of(*handle);
  const Operator* found = entry.release();
  operators[operatorCount++].store(found, std::memory_order_release);
  operatorsByName().emplace(key, found);
  return found;
}

Napi::Object describe(Napi::Env env, const Type& type) {
  auto object = Napi::Object::New(env);
  object.Set("kind", static_cast<int>(type.kind));
  if (type.kind == Kind::List) object.Set("size", type.size);
  if (!type.elements.empty()) {
    auto elements = Napi::Array::New(env, type.elements.size());
    for (uint32_t i = 0; i < type.elements.size(); i++) elements.Set(i, describe(env, type.elements[i]));
    object.Set("elements", elements);
  }
  return object;
}

void readStrings(Environment& environment, napi_env env, napi_callback_info info) {
  environment.strings.clear();
  size_t count = 1;
  napi_value list = nullptr;
  napi_get_cb_info(env, info, &count, &list, nullptr, nullptr);
  bool isArray = false;
  uint32_t length = 0;
  if (count == 0 || napi_is_array(env, list, &isArray) != napi_ok || !isArray) return;
  napi_get_array_length(env, list, &length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    size_t size = 0;
    if (napi_get_element(env, list, i, &element) != napi_ok ||
        napi_get_value_string_utf8(env, element, nullptr, 0, &size) != napi_ok) {
      throw WrongType("native call: strings must be an array of strings");
    }
    std::string text(size, '\0');
    napi_get_value_string_utf8(env, element, text.data(), size + 1, nullptr);
    environment.strings.push_back(std::move(text));
  }
}

void call(Environment& environment, napi_env env, napi_callback_info info) {
  Frame& frame = environment.frame;
  const int64_t id = frame.integer();
  const Operator* found = id >= 0 && id < kMostOperators ? operators[id].load(std::memory_order_acquire) : nullptr;
  if (found == nullptr) throw std::out_of_range("native call: no such operator");
  const Operator& op = *found;
  if (op.takesStrings) readStrings(environment, env, info);

  auto given = static_cast<uint64_t>(frame.integer());
  if (op.unboxed) return op.unboxed->call(environment, given, op.defaults);

  c10::Stack stack;
  stack.reserve(op.arguments.size() + 1);
  for (size_t i = 0; i < op.arguments.size(); i++, given >>= 1) {
    if ((given & 1) != 0) {
      stack.push_back(read(environment, frame, op.arguments[i]));
    } else if (op.defaults[i]) {
      stack.push_back(*op.defaults[i]);
    } else {
      throw std::invalid_argument("native call: argument '" + op.handle.schema().arguments()[i].name() +
                                  "' is missing");
    }
  }
  if (op.isFactory) {
    const at::AutoDispatchBelowADInplaceOrView belowAutograd;
    op.handle.callBoxed(stack);
  } else {
    op.handle.callBoxed(stack);
  }

  frame.rewind();
  environment.strings.clear();
  if (stack.size() != op.results.size()) throw std::runtime_error("the operator left a wrong number of results");
  for (size_t i = 0; i < op.results.size(); i++) {
    if (op.results[i].argument < 0) write(environment, frame, op.results[i].type, std::move(stack[i]));
  }
}

}  // namespace

Napi::Value findOperator(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Operator* op = find(expectString(info, 0), expectString(info, 1));
  if (op == nullptr) return env.Undefined();
  const auto& schema = op->handle.schema();

  auto arguments = Napi::Array::New(env, op->arguments.size());
  for (uint32_t i = 0; i < op->arguments.size(); i++) {
    const auto& argument = schema.arguments()[i];
    auto object = Napi::Object::New(env);
    object.Set("name", argument.name());
    object.Set("type", describe(env, op->arguments[i]));
    object.Set("hasDefault", argument.default_value().has_value());
    object.Set("keywordOnly", argument.kwarg_only());
    object.Set("out", argument.is_out());
    arguments.Set(i, object);
  }
  auto results = Napi::Array::New(env, op->results.size());
  for (uint32_t i = 0; i < op->results.size(); i++) {
    auto object = Napi::Object::New(env);
    object.Set("name", schema.returns()[i].name());
    object.Set("type", describe(env, op->results[i].type));
    object.Set("argument", op->results[i].argument);
    results.Set(i, object);
  }
  auto description = Napi::Object::New(env);
  description.Set("id", op->id);
  description.Set("schema", c10::toString(schema));
  description.Set("arguments", arguments);
  description.Set("results", results);
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
