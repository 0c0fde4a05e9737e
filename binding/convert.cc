#include "convert.h"

#include <ATen/ScalarOps.h>
#include <ATen/core/dynamic_type.h>
#include <ATen/core/jit_type.h>

#include <cmath>
#include <stdexcept>

#include "environment.h"
#include "errors.h"
#include "frame.h"
#include "slots.h"

namespace hinge {

namespace {

// An empty list of the schema's element type: kernels look at it before they unpack.
c10::impl::GenericList genericList(const Type& element, size_t size) {
  c10::impl::GenericList list(element.jit);
  list.reserve(size);
  return list;
}

c10::IValue readList(Environment& environment, Frame& frame, const Type& element) {
  const size_t size = frame.count();
  switch (element.kind) {
    case Kind::Int: {
      c10::List<int64_t> list;
      list.reserve(size);
      for (size_t i = 0; i < size; i++) list.push_back(frame.integer());
      return list;
    }
    case Kind::Float: {
      c10::List<double> list;
      list.reserve(size);
      for (size_t i = 0; i < size; i++) list.push_back(frame.word());
      return list;
    }
    case Kind::Bool: {
      c10::List<bool> list;
      list.reserve(size);
      for (size_t i = 0; i < size; i++) list.push_back(frame.boolean());
      return list;
    }
    case Kind::Tensor: {
      c10::List<at::Tensor> list;
      list.reserve(size);
      for (size_t i = 0; i < size; i++) list.push_back(readDefinedTensor(frame));
      return list;
    }
    case Kind::Optional:
      if (element.elements[0].kind == Kind::Tensor) {
        c10::List<std::optional<at::Tensor>> list;
        list.reserve(size);
        for (size_t i = 0; i < size; i++) {
          at::Tensor tensor = readTensor(frame);
          list.push_back(tensor.defined() ? std::optional<at::Tensor>(std::move(tensor)) : std::nullopt);
        }
        return list;
      }
      [[fallthrough]];
    default: {
      auto list = genericList(element, size);
      for (size_t i = 0; i < size; i++) list.push_back(read(environment, frame, element));
      return c10::IValue(list);
    }
  }
}

void writeTensor(Environment& environment, Frame& frame, at::Tensor&& tensor) {
  frame.put(tensor.defined() ? Slots::add(environment, std::move(tensor)) : 0);
}

template <class Code>
Code readCode(Frame& frame, Code last, const char* what) {
  const int64_t code = frame.integer();
  if (code < 0 || code >= static_cast<int64_t>(last)) {
    throw std::out_of_range(std::string("native call: no such ") + what + ": " + std::to_string(code));
  }
  return static_cast<Code>(code);
}

// Deeper nesting is a list that contains itself, or meant to overflow the stack.
constexpr int kDeepest = 100;

struct Deeper {
  Deeper() {
    if (++depth() > kDeepest) {
      depth()--;
      throw std::invalid_argument("native call: a value is nested more than " + std::to_string(kDeepest) + " deep");
    }
  }
  ~Deeper() { depth()--; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  static int& depth() {
    static thread_local int current = 0;
    return current;
  }
};

bool isKey(const c10::Type& type) {
  const auto kind = type.kind();
  return kind == c10::TypeKind::StringType || kind == c10::TypeKind::IntType || kind == c10::TypeKind::FloatType ||
         kind == c10::TypeKind::BoolType;
}

c10::IValue readAnyDict(Environment& environment, Frame& frame) {
  const size_t size = frame.count();
  std::vector<std::pair<c10::IValue, c10::IValue>> entries;
  for (size_t i = 0; i < size; i++) {
    c10::IValue key = readAny(environment, frame);
    entries.emplace_back(std::move(key), readAny(environment, frame));
  }
  const c10::TypePtr keyType = entries.empty() ? c10::StringType::get() : entries[0].first.type();
  const c10::TypePtr valueType = entries.empty() ? c10::TensorType::get() : entries[0].second.type();
  if (!isKey(*keyType)) throw std::invalid_argument("native call: a dict's keys must be strings or numbers");
  c10::impl::GenericDict dict(keyType,
                              valueType->kind() == c10::TypeKind::TensorType ? c10::TensorType::get() : valueType);
  for (auto& [key, value] : entries) {
    if (*key.type() != *keyType || value.type()->kind() != valueType->kind()) {
      throw std::invalid_argument("native call: a dict's values must all have one type, and its keys too");
    }
    dict.insert_or_assign(std::move(key), std::move(value));
  }
  return c10::IValue(dict);
}

}  // namespace

at::ScalarType readDType(Frame& frame) {
  return readCode(frame, c10::ScalarType::Undefined, "dtype");
}

c10::DeviceType readDeviceType(Frame& frame) {
  return readCode(frame, c10::DeviceType::COMPILE_TIME_MAX_DEVICE_TYPES, "device type");
}

c10::Device readDevice(Frame& frame) {
  const auto type = readDeviceType(frame);
  const int64_t index = frame.integer();
  if (index < -1 || index > 127) throw std::out_of_range("native call: device index out of range");
  return c10::Device(type, static_cast<c10::DeviceIndex>(index));
}

const char* name(Kind kind) {
  static constexpr const char* kNames[kKindCount] = {
      "Tensor",       "Generator", "Int",     "Float",    "Bool", "Scalar", "String", "DType", "Layout",
      "MemoryFormat", "Device",    "Complex", "Optional", "List", "Dict",   "Tuple",  "Any",   "Unsupported"};
  return kNames[static_cast<int>(kind)];
}

Type Type::of(const c10::TypePtr& type, const c10::TypePtr& realType) {
  Type result;
  result.jit = type;
  switch (realType->kind()) {
    case c10::TypeKind::TensorType:
      result.kind = Kind::Tensor;
      break;
    case c10::TypeKind::GeneratorType:
      result.kind = Kind::Generator;
      break;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
      result.kind = Kind::Int;
      break;
    case c10::TypeKind::FloatType:
    case c10::TypeKind::SymFloatType:
      result.kind = Kind::Float;
      break;
    case c10::TypeKind::BoolType:
    case c10::TypeKind::SymBoolType:
      result.kind = Kind::Bool;
      break;
    case c10::TypeKind::NumberType:
      result.kind = Kind::Scalar;
      break;
    case c10::TypeKind::ComplexType:
      result.kind = Kind::Complex;
      break;
    case c10::TypeKind::StringType:
      result.kind = Kind::String;
      break;
    case c10::TypeKind::ScalarTypeType:
      result.kind = Kind::DType;
      break;
    case c10::TypeKind::LayoutType:
      result.kind = Kind::Layout;
      break;
    case c10::TypeKind::MemoryFormatType:
      result.kind = Kind::MemoryFormat;
      break;
    case c10::TypeKind::DeviceObjType:
      result.kind = Kind::Device;
      break;
    case c10::TypeKind::OptionalType:
    case c10::TypeKind::ListType:
    case c10::TypeKind::DictType:
    case c10::TypeKind::TupleType: {
      result.kind = realType->kind() == c10::TypeKind::OptionalType ? Kind::Optional
                    : realType->kind() == c10::TypeKind::ListType   ? Kind::List
                    : realType->kind() == c10::TypeKind::DictType   ? Kind::Dict
                                                                    : Kind::Tuple;
      const auto inner = realType->containedTypes();
      const auto innerJit = type->containedTypes();
      // An optional number or dtype is a union in disguise: only its first part is the value.
      const size_t count = result.kind == Kind::Optional ? 1 : inner.size();
      for (size_t i = 0; i < count; i++) {
        const auto& real =
            result.kind == Kind::Optional ? realType->expectRef<c10::OptionalType>().getElementType() : inner[i];
        const auto& jit =
            result.kind == Kind::Optional ? type->expectRef<c10::OptionalType>().getElementType() : innerJit[i];
        result.elements.push_back(of(jit, real));
        if (result.elements.back().kind == Kind::Unsupported) result.kind = Kind::Unsupported;
      }
      break;
    }
    case c10::TypeKind::AnyType:
    case c10::TypeKind::UnionType:
      result.kind = Kind::Any;
      break;
    default:
      break;
  }
  return result;
}

at::Tensor readDefinedTensor(Frame& frame) {
  at::Tensor tensor = readTensor(frame);
  if (!tensor.defined()) throw StaleHandle("tensor");
  return tensor;
}

at::Tensor readTensor(Frame& frame) {
  const double handle = frame.word();
  if (handle == 0) return {};
  if (handle < 0) {
    // A number where a tensor is meant: what Python calls a wrapped number, which does not take part in type promotion.
    at::Tensor tensor = c10::scalar_to_tensor(readScalar(frame));
    tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
    return tensor;
  }
  return Slots::tensor(handle);
}

bool Type::holds(Kind wanted) const {
  if (kind == wanted) return true;
  for (const Type& element : elements) {
    if (element.holds(wanted)) return true;
  }
  return false;
}

at::Scalar readScalar(Frame& frame) {
  const double tag = frame.word();
  if (tag == static_cast<double>(ScalarTag::Double)) return frame.word();
  if (tag == static_cast<double>(ScalarTag::Int)) return frame.integer();
  if (tag == static_cast<double>(ScalarTag::Bool)) return frame.boolean();
  if (tag == static_cast<double>(ScalarTag::Complex)) {
    const double real = frame.word();
    return c10::complex<double>(real, frame.word());
  }
  throw std::invalid_argument("native call: no such kind of number");
}

void writeScalar(Frame& frame, const at::Scalar& scalar) {
  if (scalar.isComplex()) {
    const auto value = scalar.toComplexDouble();
    frame.put(static_cast<double>(ScalarTag::Complex));
    frame.put(value.real());
    frame.put(value.imag());
  } else if (scalar.isFloatingPoint()) {
    frame.put(static_cast<double>(ScalarTag::Double));
    frame.put(scalar.toDouble());
  } else if (scalar.isBoolean()) {
    frame.put(static_cast<double>(ScalarTag::Bool));
    frame.put(scalar.toBool() ? 1 : 0);
  } else {
    frame.put(static_cast<double>(ScalarTag::Int));
    frame.putInteger(scalar.toLong());
  }
}

c10::IValue read(Environment& environment, Frame& frame, const Type& type) {
  switch (type.kind) {
    case Kind::Tensor:
      return readDefinedTensor(frame);
    case Kind::Generator: {
      const double handle = frame.word();
      return handle == 0 ? c10::IValue() : c10::IValue(Slots::generator(handle));
    }
    case Kind::Int:
      return frame.integer();
    case Kind::Float:
      return frame.word();
    case Kind::Bool:
      return frame.boolean();
    case Kind::Scalar:
      return readScalar(frame);
    case Kind::Complex:
      return readScalar(frame).toComplexDouble();
    case Kind::String: {
      const size_t index = frame.count();
      if (index >= environment.strings.size()) throw std::out_of_range("native call: a string is missing");
      return environment.strings[index];
    }
    case Kind::DType:
      return static_cast<int64_t>(readDType(frame));
    case Kind::Layout:
      return static_cast<int64_t>(readCode(frame, c10::Layout::NumOptions, "layout"));
    case Kind::MemoryFormat:
      return static_cast<int64_t>(readCode(frame, c10::MemoryFormat::NumOptions, "memory format"));
    case Kind::Device:
      return readDevice(frame);
    case Kind::Optional: {
      const Type& element = type.elements[0];
      if (element.kind == Kind::Tensor) {
        at::Tensor tensor = readTensor(frame);
        return tensor.defined() ? c10::IValue(std::move(tensor)) : c10::IValue();
      }
      if (element.kind == Kind::Generator) return read(environment, frame, element);
      return frame.boolean() ? read(environment, frame, element) : c10::IValue();
    }
    case Kind::List:
      return readList(environment, frame, type.elements[0]);
    case Kind::Dict: {
      const size_t size = frame.count();
      c10::impl::GenericDict dict(type.elements[0].jit, type.elements[1].jit);
      for (size_t i = 0; i < size; i++) {
        c10::IValue key = read(environment, frame, type.elements[0]);
        dict.insert_or_assign(std::move(key), read(environment, frame, type.elements[1]));
      }
      return c10::IValue(dict);
    }
    case Kind::Tuple: {
      std::vector<c10::IValue> elements;
      elements.reserve(type.elements.size());
      for (const Type& element : type.elements) elements.push_back(read(environment, frame, element));
      return c10::ivalue::Tuple::create(std::move(elements));
    }
    case Kind::Any:
      return readAny(environment, frame);
    case Kind::Unsupported:
      break;
  }
  throw std::invalid_argument("native call: the operator takes a type that cannot come from JavaScript");
}

void write(Environment& environment, Frame& frame, const Type& type, c10::IValue&& value) {
  switch (type.kind) {
    case Kind::Tensor:
      return writeTensor(environment, frame, std::move(value).toTensor());
    case Kind::Generator:
      return frame.put(Slots::add(environment, value.toGenerator()));
    case Kind::Int:
      return frame.putInteger(value.isSymInt() ? value.toSymInt().guard_int(__FILE__, __LINE__) : value.toInt());
    case Kind::Float:
      return frame.put(value.toDouble());
    case Kind::Bool:
      return frame.put(value.toBool() ? 1 : 0);
    case Kind::Scalar:
      return writeScalar(frame, value.toScalar());
    case Kind::Complex:
      return writeScalar(frame, value.toComplexDouble());
    case Kind::String:
      frame.put(static_cast<double>(environment.strings.size()));
      environment.strings.push_back(value.toStringRef());
      return;
    case Kind::DType:
    case Kind::Layout:
    case Kind::MemoryFormat:
      return frame.put(static_cast<double>(value.toInt()));
    case Kind::Device:
      frame.put(static_cast<double>(value.toDevice().type()));
      return frame.put(value.toDevice().index());
    case Kind::Optional:
      if (type.elements[0].kind == Kind::Tensor) {
        return writeTensor(environment, frame, value.isNone() ? at::Tensor() : std::move(value).toTensor());
      }
      frame.put(value.isNone() ? 0 : 1);
      if (!value.isNone()) write(environment, frame, type.elements[0], std::move(value));
      return;
    case Kind::List: {
      const auto list = value.toListRef();
      frame.put(static_cast<double>(list.size()));
      for (const c10::IValue& element : list) write(environment, frame, type.elements[0], c10::IValue(element));
      return;
    }
    case Kind::Dict:
      frame.put(static_cast<double>(value.toGenericDict().size()));
      for (const auto& entry : value.toGenericDict()) {
        write(environment, frame, type.elements[0], c10::IValue(entry.key()));
        write(environment, frame, type.elements[1], c10::IValue(entry.value()));
      }
      return;
    case Kind::Tuple: {
      const auto& elements = value.toTupleRef().elements();
      for (size_t i = 0; i < type.elements.size(); i++) {
        write(environment, frame, type.elements[i], c10::IValue(elements[i]));
      }
      return;
    }
    case Kind::Any:
      return writeAny(environment, frame, value);
    case Kind::Unsupported:
      break;
  }
  throw std::invalid_argument("native call: the operator returns a type that cannot go to JavaScript");
}

c10::IValue readAny(Environment& environment, Frame& frame) {
  const Deeper deeper;
  const auto kind = readCode(frame, Kind::Unsupported, "kind of value");
  switch (kind) {
    case Kind::Optional:
      return {};
    case Kind::Tensor:
    case Kind::Int:
    case Kind::Float:
    case Kind::Bool:
    case Kind::Complex:
    case Kind::String:
    case Kind::Device: {
      Type type;
      type.kind = kind;
      return read(environment, frame, type);
    }
    case Kind::Tuple: {
      const size_t size = frame.count();
      std::vector<c10::IValue> elements;
      elements.reserve(size);
      for (size_t i = 0; i < size; i++) elements.push_back(readAny(environment, frame));
      return c10::ivalue::Tuple::create(std::move(elements));
    }
    case Kind::Dict:
      return readAnyDict(environment, frame);
    default:
      throw std::invalid_argument("native call: no such kind of value");
  }
}

void writeAny(Environment& environment, Frame& frame, const c10::IValue& value) {
  const Deeper deeper;
  const auto putKind = [&](Kind kind) { frame.put(static_cast<double>(kind)); };
  const auto putAs = [&](Kind kind) {
    putKind(kind);
    Type type;
    type.kind = kind;
    write(environment, frame, type, c10::IValue(value));
  };
  const auto putElements = [&](c10::ArrayRef<c10::IValue> elements) {
    putKind(Kind::Tuple);
    frame.put(static_cast<double>(elements.size()));
    for (const c10::IValue& element : elements) writeAny(environment, frame, element);
  };
  if (value.isNone() || (value.isTensor() && !value.toTensor().defined())) return putKind(Kind::Optional);
  if (value.isTensor()) return putAs(Kind::Tensor);
  if (value.isInt() || value.isSymInt()) return putAs(Kind::Int);
  if (value.isDouble()) return putAs(Kind::Float);
  if (value.isBool()) return putAs(Kind::Bool);
  if (value.isComplexDouble()) return putAs(Kind::Complex);
  if (value.isString()) return putAs(Kind::String);
  if (value.isDevice()) return putAs(Kind::Device);
  if (value.isTuple()) return putElements(value.toTupleRef().elements().asArrayRef());
  if (value.isList()) return putElements(value.toListRef());
  if (value.isGenericDict()) {
    putKind(Kind::Dict);
    frame.put(static_cast<double>(value.toGenericDict().size()));
    for (const auto& entry : value.toGenericDict()) {
      writeAny(environment, frame, entry.key());
      writeAny(environment, frame, entry.value());
    }
    return;
  }
  throw std::invalid_argument("a value of type " + value.type()->repr_str() + " cannot go to JavaScript");
}

}  // namespace hinge
