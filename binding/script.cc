#include "script.h"

#include <caffe2/serialize/file_adapter.h>
#include <caffe2/serialize/in_memory_adapter.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/serialization/export.h>
#include <torch/csrc/jit/serialization/import.h>

#include <fstream>
#include <sstream>
#include <unordered_map>

#include "archive.h"
#include "arguments.h"
#include "signature.h"
#include "slots.h"
#include "storage.h"

namespace hinge {

namespace {

using torch::jit::Module;

Module readModule(Frame& frame) {
  return Module(Slots::object(frame.word()));
}

Type typeOfAttribute(const c10::TypePtr& type) {
  Type result = Type::of(type, type);
  if (result.kind == Kind::Unsupported) result.kind = Kind::Any;
  return result;
}

// Makes JavaScript objects of a module and those below it; one that has two places becomes one object.
class Describer {
 public:
  explicit Describer(Environment& environment) : environment_(environment), env_(environment.env) {}

  Napi::Object describe(const torch::jit::ModulePtr& module) {
    if (const auto known = seen_.find(module.get()); known != seen_.end()) {
      if (known->second.IsEmpty()) throw std::runtime_error("a script module contains itself");
      return known->second;
    }
    seen_.emplace(module.get(), Napi::Object());
    const auto& type = module->type();
    auto object = Napi::Object::New(env_);
    object.Set("handle", own(Slots::add(environment_, module)));
    object.Set("name", type->name() ? type->name()->name() : "");
    auto members = Napi::Array::New(env_);
    for (size_t i = 0; i < type->numAttributes(); i++) {
      members.Set(members.Length(), member(type, i, module->getSlot(i)));
    }
    for (size_t i = 0; i < type->numConstants(); i++) {
      auto constant = Napi::Object::New(env_);
      constant.Set("name", type->getConstantName(i));
      constant.Set("kind", "constant");
      members.Set(members.Length(), constant);
    }
    object.Set("members", members);
    auto methods = Napi::Array::New(env_);
    for (torch::jit::Function* function : type->methods()) {
      const auto& schema = function->getSchema();
      Napi::Object method = Signature(schema, 1).describe(env_, schema);
      method.Set("name", function->name());
      methods.Set(methods.Length(), method);
    }
    object.Set("methods", methods);
    seen_[module.get()] = object;
    return object;
  }

  // Where an error ends the description, nobody will ever release what was made for it.
  void releaseAll() {
    for (const double handle : handles_) Slots::release(environment_, handle);
  }

 private:
  Napi::Object member(const c10::ClassTypePtr& type, size_t i, const c10::IValue& value) {
    auto object = Napi::Object::New(env_);
    object.Set("name", type->getAttributeName(i));
    if (type->getAttribute(i)->is_module() && value.isObject()) {
      object.Set("kind", "module");
      object.Set("module", describe(value.toObject()));
      return object;
    }
    object.Set("type", hinge::describe(env_, typeOfAttribute(type->getAttribute(i))));
    if (!value.isNone() && !value.isTensor()) {
      object.Set("kind", "attribute");
      return object;
    }
    object.Set("kind", type->is_parameter(i) ? "parameter" : type->is_buffer(i) ? "buffer" : "attribute");
    if (!type->is_parameter(i) && !type->is_buffer(i)) return object;
    const bool isThere = value.isTensor() && value.toTensor().defined();
    object.Set("handle", isThere ? own(Slots::add(environment_, value.toTensor())) : 0);
    return object;
  }

  double own(double handle) {
    handles_.push_back(handle);
    return handle;
  }

  Environment& environment_;
  const Napi::Env env_;
  std::vector<double> handles_;
  std::unordered_map<const void*, Napi::Object> seen_;
};

Module load(const Napi::CallbackInfo& info, std::optional<c10::Device> device) {
  std::shared_ptr<caffe2::serialize::ReadAdapterInterface> file;
  if (info[0].IsString()) {
    file = std::make_shared<caffe2::serialize::FileAdapter>(expectString(info, 0));
  } else {
    const Span bytes = expectBytes(info[0]);
    file = std::make_shared<caffe2::serialize::MemoryReadAdapter>(bytes.data, static_cast<off_t>(bytes.bytes));
  }
  checkArchive(file);
  // Copies to a device would read beyond tensors that are too short before they could be checked.
  if (device && device->type() != at::kCPU) checkTensors(torch::jit::load(file, at::kCPU));
  Module module = torch::jit::load(file, device);
  checkTensors(module);
  return module;
}

}  // namespace

Napi::Value loadModule(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  std::optional<c10::Device> device;
  if (frame.boolean()) device = readDevice(frame);
  std::optional<Module> module;
  try {
    module = load(info, device);
  } catch (const WrongType&) {
    throw;
  } catch (const BadFile&) {
    throw;
  } catch (const c10::Error& refused) {
    throw BadFile(refused.what_without_backtrace());
  } catch (const std::exception& other) {
    throw BadFile(other.what());
  }
  frame.rewind();
  frame.put(Slots::add(environment, module->_ivalue()));
  return info.Env().Undefined();
}

Napi::Value saveModule(const Napi::CallbackInfo& info) {
  const Module module = readModule(Environment::of(info.Env()).frame);
  const bool toFile = info.Length() > 0 && !info[0].IsUndefined();
  std::ostringstream memory;
  std::ofstream file;
  if (toFile) {
    file.open(expectString(info, 0), std::ios::binary | std::ios::trunc);
    if (!file) throw std::runtime_error("the file cannot be opened for writing");
  }
  std::ostream& out = toFile ? static_cast<std::ostream&>(file) : memory;
  // The writer would end the process for a write that fails, so it hears of none.
  torch::jit::ExportModule(module, [&out](const void* data, size_t size) {
    out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    return size;
  });
  out.flush();
  if (!out) throw std::runtime_error("the file could not be written");
  if (toFile) return info.Env().Undefined();
  const auto bytes = memory.view();
  auto buffer = Napi::ArrayBuffer::New(info.Env(), bytes.size());
  std::memcpy(buffer.Data(), bytes.data(), bytes.size());
  return buffer;
}

Napi::Value describeModule(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const Module module = readModule(environment.frame);
  Describer describer(environment);
  try {
    return describer.describe(module._ivalue());
  } catch (...) {
    describer.releaseAll();
    throw;
  }
}

Napi::Value callMethod(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const Module module = readModule(frame);
  const auto given = static_cast<uint64_t>(frame.integer());
  const torch::jit::Method method = module.get_method(expectString(info, 0));
  readStrings(environment, info[1]);
  const auto& schema = method.function().getSchema();
  const Signature signature(schema, 1);
  torch::jit::Stack stack{module._ivalue()};
  signature.readArguments(environment, given, schema, stack);
  torch::jit::Stack results{method.function()(std::move(stack))};
  signature.writeResults(environment, std::move(results));
  return info.Env().Undefined();
}

Napi::Value moduleAttribute(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const Module module = readModule(environment.frame);
  const c10::IValue value = module.attr(expectString(info, 0));
  environment.frame.rewind();
  environment.strings.clear();
  writeAny(environment, environment.frame, value);
  return info.Env().Undefined();
}

Napi::Value setModuleAttribute(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Module module = readModule(environment.frame);
  const std::string name = expectString(info, 0);
  const auto slot = module.type()->findAttributeSlot(name);
  if (!slot) throw std::out_of_range("the script module has no attribute '" + name + "' that could be set");
  readStrings(environment, info[1]);
  const Type type = typeOfAttribute(module.type()->getAttribute(*slot));
  module.setattr(name, read(environment, environment.frame, type));
  return info.Env().Undefined();
}

Napi::Value moduleGraph(const Napi::CallbackInfo& info) {
  const Module module = readModule(Environment::of(info.Env()).frame);
  const torch::jit::Method method = module.get_method(expectString(info, 0));
  auto* withGraph = torch::jit::tryToGraphFunction(method.function());
  if (withGraph == nullptr) throw std::runtime_error("this method has no graph");
  return Napi::String::New(info.Env(), withGraph->graph()->toString());
}

}  // namespace hinge
