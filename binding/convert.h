// Words of the frame to IValues and back, by schema type.
#pragma once

#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <string>
#include <vector>

namespace hinge {

class Environment;
class Frame;

enum class Kind : uint8_t {
  Tensor,
  Generator,
  Int,
  Float,
  Bool,
  Scalar,
  String,
  DType,
  Layout,
  MemoryFormat,
  Device,
  Complex,
  Optional,
  List,
  Dict,
  Tuple,
  Any,
  Unsupported,
};

// Sent to JavaScript as numbers; lib/operator.ts has the same names in the same order, and a test compares them.
const char* name(Kind kind);
constexpr int kKindCount = static_cast<int>(Kind::Unsupported) + 1;

// A schema type, walked once when its operator is first looked up.
struct Type {
  Kind kind = Kind::Unsupported;
  int32_t size = 0;  // the k of int[k], 0 without
  c10::TypePtr jit;
  std::vector<Type> elements;

  static Type of(const c10::TypePtr& type, const c10::TypePtr& realType);
  bool holds(Kind wanted) const;
};

// 0 stands for no tensor, a negative word for a number where a tensor is meant.
at::Tensor readTensor(Frame& frame);
// The same where the schema asks for a tensor: none is a stale handle, because kernels do not expect it.
at::Tensor readDefinedTensor(Frame& frame);
at::Scalar readScalar(Frame& frame);
at::ScalarType readDType(Frame& frame);
c10::DeviceType readDeviceType(Frame& frame);
c10::Device readDevice(Frame& frame);
void writeScalar(Frame& frame, const at::Scalar& scalar);

c10::IValue read(Environment& environment, Frame& frame, const Type& type);
// A value without a type in the schema says what it is: a word with its kind (`Optional` for none), then the value;
// lists come as tuples, whose words are their count and their elements, as those of a dict are its count, keys and
// values.
c10::IValue readAny(Environment& environment, Frame& frame);
void writeAny(Environment& environment, Frame& frame, const c10::IValue& value);
void write(Environment& environment, Frame& frame, const Type& type, c10::IValue&& value);

}  // namespace hinge
