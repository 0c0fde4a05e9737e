#include "unboxed.h"

#include <tuple>
#include <type_traits>

#include "convert.h"
#include "environment.h"
#include "slots.h"

namespace hinge {

namespace {

using OptionalTensor = std::optional<at::Tensor>;

template <class T>
T readAs(Environment& environment);
template <>
at::Tensor readAs(Environment& environment) {
  return readDefinedTensor(environment.frame);
}
template <>
OptionalTensor readAs(Environment& environment) {
  at::Tensor tensor = readTensor(environment.frame);
  return tensor.defined() ? OptionalTensor(std::move(tensor)) : std::nullopt;
}
template <>
at::Scalar readAs(Environment& environment) {
  return readScalar(environment.frame);
}
template <>
int64_t readAs(Environment& environment) {
  return environment.frame.integer();
}
template <>
std::optional<at::Scalar> readAs(Environment& environment) {
  return environment.frame.boolean() ? std::optional(readScalar(environment.frame)) : std::nullopt;
}

// Takes the arguments in order: a braced list is evaluated from left to right.
struct Arguments {
  Environment& environment;
  uint64_t given;
  const std::vector<std::optional<c10::IValue>>& defaults;
  size_t next = 0;

  template <class T>
  T take() {
    const size_t position = next++;
    if ((given >> position & 1) != 0) return readAs<T>(environment);
    if (!defaults[position]) throw std::invalid_argument("native call: an argument is missing");
    return defaults[position]->template to<T>();
  }
};

template <class Signature>
class UnboxedCallOf;

template <class Result, class... Parameters>
class UnboxedCallOf<Result(Parameters...)> final : public UnboxedCall {
 public:
  explicit UnboxedCallOf(const c10::OperatorHandle& handle) : handle_(handle.typed<Result(Parameters...)>()) {}

  void call(Environment& environment, uint64_t given,
            const std::vector<std::optional<c10::IValue>>& defaults) const override {
    Arguments source{environment, given, defaults};
    std::tuple<std::decay_t<Parameters>...> arguments{source.take<std::decay_t<Parameters>>()...};
    if constexpr (std::is_reference_v<Result>) {
      std::apply([&](auto&... each) { handle_.call(each...); }, arguments);
      environment.frame.rewind();
    } else {
      at::Tensor result = std::apply([&](auto&... each) { return handle_.call(each...); }, arguments);
      environment.frame.rewind();
      environment.frame.put(result.defined() ? Slots::add(environment, std::move(result)) : 0);
    }
  }

 private:
  const c10::TypedOperatorHandle<Result(Parameters...)> handle_;
};

template <class Parameter>
bool accepts(const c10::Argument& argument) {
  const auto kind = argument.real_type()->kind();
  if constexpr (std::is_same_v<Parameter, at::Tensor>) return kind == c10::TypeKind::TensorType;
  if constexpr (std::is_same_v<Parameter, at::Scalar>) return kind == c10::TypeKind::NumberType;
  if constexpr (std::is_same_v<Parameter, int64_t>) return kind == c10::TypeKind::IntType;
  if (kind != c10::TypeKind::OptionalType) return false;
  const auto inner = argument.real_type()->expectRef<c10::OptionalType>().getElementType()->kind();
  if constexpr (std::is_same_v<Parameter, OptionalTensor>) return inner == c10::TypeKind::TensorType;
  if constexpr (std::is_same_v<Parameter, std::optional<at::Scalar>>) return inner == c10::TypeKind::NumberType;
  return false;
}

template <class Result, class... Parameters>
bool matches(const c10::FunctionSchema& schema, Result (*)(Parameters...)) {
  const auto& arguments = schema.arguments();
  if (arguments.size() != sizeof...(Parameters) || schema.returns().size() != 1) return false;
  const auto& result = schema.returns()[0];
  if (result.type()->kind() != c10::TypeKind::TensorType) return false;
  const bool writes = result.alias_info() != nullptr && result.alias_info()->isWrite();
  if (writes != std::is_reference_v<Result>) return false;
  // An in-place operator returns its first argument; those with an `out` at the end take another order in C++.
  if (writes && (arguments[0].alias_info() == nullptr || !arguments[0].alias_info()->isWrite())) return false;
  size_t position = 0;
  return (accepts<std::decay_t<Parameters>>(arguments[position++]) && ...);
}

template <class... Signatures>
std::unique_ptr<const UnboxedCall> firstMatch(const c10::OperatorHandle& handle) {
  std::unique_ptr<const UnboxedCall> found;
  const auto attempt = [&](auto* signature) {
    using Signature = std::remove_pointer_t<decltype(signature)>;
    if (found || !matches(handle.schema(), signature)) return;
    try {
      found = std::make_unique<UnboxedCallOf<Signature>>(handle);
    } catch (const c10::Error&) {
      // Registered with other C++ types for the same schema: it goes the boxed way.
    }
  };
  (attempt(static_cast<Signatures*>(nullptr)), ...);
  return found;
}

}  // namespace

std::unique_ptr<const UnboxedCall> UnboxedCall::of(const c10::OperatorHandle& handle) {
  using T = const at::Tensor&;
  using S = const at::Scalar&;
  // Operators of other libraries may be registered boxed only.
  if (handle.operator_name().name.rfind("aten::", 0) != 0) return nullptr;
  return firstMatch<at::Tensor(T), at::Tensor(T, T), at::Tensor(T, S), at::Tensor(T, T, S), at::Tensor(T, T, T),
                    at::Tensor(T, int64_t), at::Tensor(T, int64_t, int64_t), at::Tensor(T, T, const OptionalTensor&),
                    at::Tensor(T, const std::optional<at::Scalar>&, const std::optional<at::Scalar>&),
                    at::Tensor&(at::Tensor&), at::Tensor&(at::Tensor&, T), at::Tensor&(at::Tensor&, S),
                    at::Tensor&(at::Tensor&, T, S)>(handle);
}

}  // namespace hinge
