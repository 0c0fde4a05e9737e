#include "signature.h"

#include "environment.h"
#include "errors.h"

namespace hinge {

namespace {

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

}  // namespace

Signature::Signature(const c10::FunctionSchema& schema, size_t skipped) : skipped(skipped) {
  for (size_t i = skipped; i < schema.arguments().size(); i++) {
    const c10::Argument& argument = schema.arguments()[i];
    arguments.push_back(typeOf(argument));
    defaults.push_back(argument.default_value());
    if (arguments.back().holds(Kind::String) || arguments.back().holds(Kind::Any)) takesStrings = true;
  }
  for (const auto& result : schema.returns()) {
    results.push_back({typeOf(result), aliasedArgument(schema, result)});
    // What a method returns may still have a form in JavaScript that its type does not promise.
    Type& type = results.back().type;
    if (skipped > 0 && type.kind == Kind::Unsupported) type.kind = Kind::Any;
  }
}

Napi::Object Signature::describe(Napi::Env env, const c10::FunctionSchema& schema) const {
  auto parameters = Napi::Array::New(env, arguments.size());
  for (uint32_t i = 0; i < arguments.size(); i++) {
    const auto& argument = schema.arguments()[i + skipped];
    auto object = Napi::Object::New(env);
    object.Set("name", argument.name());
    object.Set("type", hinge::describe(env, arguments[i]));
    object.Set("hasDefault", argument.default_value().has_value());
    object.Set("keywordOnly", argument.kwarg_only());
    object.Set("out", argument.is_out());
    parameters.Set(i, object);
  }
  auto returned = Napi::Array::New(env, results.size());
  for (uint32_t i = 0; i < results.size(); i++) {
    auto object = Napi::Object::New(env);
    object.Set("name", schema.returns()[i].name());
    object.Set("type", hinge::describe(env, results[i].type));
    object.Set("argument", results[i].argument);
    returned.Set(i, object);
  }
  auto description = Napi::Object::New(env);
  description.Set("schema", c10::toString(schema));
  description.Set("arguments", parameters);
  description.Set("results", returned);
  return description;
}

void Signature::readArguments(Environment& environment, uint64_t given, const c10::FunctionSchema& schema,
                              torch::jit::Stack& stack) const {
  for (size_t i = 0; i < arguments.size(); i++, given >>= 1) {
    if ((given & 1) != 0) {
      stack.push_back(read(environment, environment.frame, arguments[i]));
    } else if (defaults[i]) {
      stack.push_back(*defaults[i]);
    } else {
      throw std::invalid_argument("native call: argument '" + schema.arguments()[i + skipped].name() + "' is missing");
    }
  }
}

void Signature::writeResults(Environment& environment, torch::jit::Stack&& stack) const {
  environment.frame.rewind();
  environment.strings.clear();
  if (stack.size() != results.size()) throw std::runtime_error("the operator left a wrong number of results");
  for (size_t i = 0; i < results.size(); i++) {
    if (results[i].argument < 0) write(environment, environment.frame, results[i].type, std::move(stack[i]));
  }
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
  size_t count = 1;
  napi_value list = nullptr;
  napi_get_cb_info(env, info, &count, &list, nullptr, nullptr);
  if (count == 0) list = nullptr;
  readStrings(environment, list);
}

void readStrings(Environment& environment, napi_value list) {
  environment.strings.clear();
  napi_env env = environment.env;
  bool isArray = false;
  uint32_t length = 0;
  if (list == nullptr || napi_is_array(env, list, &isArray) != napi_ok || !isArray) return;
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

}  // namespace hinge
