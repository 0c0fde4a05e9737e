#include "trace.h"

#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/ir.h>

#include "arguments.h"
#include "callback.h"
#include "convert.h"
#include "signature.h"
#include "slots.h"

namespace hinge {

namespace {

using torch::jit::Module;
namespace tracer = torch::jit::tracer;

// The trace of this thread: libtorch's graph trusts its scopes.
struct Current {
  const Module* root = nullptr;
  int depth = 0;
};

Current& current() {
  static thread_local Current trace;
  return trace;
}

const std::string& readString(Environment& environment) {
  const size_t index = environment.frame.count();
  if (index >= environment.strings.size()) throw std::out_of_range("native call: a string is missing");
  return environment.strings[index];
}

std::string readName(Environment& environment, const Module& owner) {
  std::string name = readString(environment);
  if (name.empty() || name.find('.') != std::string::npos) {
    throw std::invalid_argument("trace: a name must be neither empty nor dotted");
  }
  if (owner.hasattr(name)) throw std::invalid_argument("trace: a module has two members of the name '" + name + "'");
  return name;
}

Module readModule(Environment& environment, const std::shared_ptr<torch::jit::CompilationUnit>& unit,
                  const std::vector<Module>& before) {
  Frame& frame = environment.frame;
  const std::string& name = readString(environment);
  if (name.empty() || name.find('.') != std::string::npos) throw std::invalid_argument("trace: a class needs a name");
  Module module(c10::QualifiedName("__torch__." + name), unit, true);
  module.register_attribute("training", c10::BoolType::get(), frame.boolean());
  for (const bool isBuffer : {false, true}) {
    const size_t count = frame.count();
    for (size_t i = 0; i < count; i++) {
      const std::string member = readName(environment, module);
      module.register_parameter(member, readDefinedTensor(frame), isBuffer);
    }
  }
  const size_t children = frame.count();
  for (size_t i = 0; i < children; i++) {
    const std::string child = readName(environment, module);
    const size_t number = frame.count();
    if (number >= before.size()) throw std::out_of_range("trace: a submodule must come before its owner");
    module.register_module(child, before[number]);
  }
  return module;
}

std::vector<std::string> readArgumentNames(const Napi::Value& value) {
  std::vector<std::string> names;
  if (!value.IsArray()) throw WrongType("trace: names must be an array of strings");
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Napi::Value name = list.Get(i);
    if (!name.IsString()) throw WrongType("trace: names must be an array of strings");
    names.push_back(name.As<Napi::String>());
  }
  return names;
}

}  // namespace

Napi::Value trace(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const Callback callback(environment, expectFunction(info, 0));
  if (tracer::isTracing()) throw std::runtime_error("trace: a trace is being made already, and they do not nest");
  readStrings(environment, info[1]);
  const std::vector<std::string> names = readArgumentNames(info[2]);

  const auto unit = std::make_shared<torch::jit::CompilationUnit>();
  std::vector<Module> modules;
  const size_t count = frame.count();
  modules.reserve(count);
  for (size_t i = 0; i < count; i++) modules.push_back(readModule(environment, unit, modules));
  if (modules.empty()) throw std::invalid_argument("trace: there must be a module");
  Module& root = modules.back();
  torch::jit::Stack inputs;
  const size_t inputCount = frame.count();
  for (size_t i = 0; i < inputCount; i++) inputs.push_back(readAny(environment, frame));
  if (names.size() != inputCount) throw std::invalid_argument("trace: each input needs a name");

  const auto run = [&](torch::jit::Stack given) {
    torch::jit::Stack results;
    callback.call(
        [&](Environment& inside) {
          inside.strings.clear();
          for (const c10::IValue& value : given) writeAny(inside, inside.frame, value);
        },
        [&](Environment& inside) { results.push_back(readAny(inside, inside.frame)); });
    if (current().depth != 0) throw std::runtime_error("trace: a scope was not left");
    return results;
  };
  current() = {&root, 0};
  std::shared_ptr<torch::jit::Graph> graph;
  try {
    graph = tracer::trace(
                std::move(inputs), run, [](const at::Tensor&) { return ""; }, true, false, &root, names)
                .first->graph;
  } catch (...) {
    current() = {};
    throw;
  }
  current() = {};
  const c10::QualifiedName name(*root.type()->name(), "forward");
  root.type()->addMethod(unit->create_function(name, graph));
  frame.rewind();
  frame.put(Slots::add(environment, root._ivalue()));
  return info.Env().Undefined();
}

Napi::Value traceScope(const Napi::CallbackInfo& info) {
  Current& trace = current();
  const auto& state = tracer::getTracingState();
  if (trace.root == nullptr || !state) throw std::runtime_error("traceScope: no trace is being made");
  if (info.Length() == 0 || info[0].IsUndefined()) {
    if (trace.depth == 0) throw std::out_of_range("traceScope: no scope is open");
    trace.depth--;
    state->graph->pop_scope();
    return info.Env().Undefined();
  }
  const std::string path = expectString(info, 0);
  Module module = *trace.root;
  std::stringstream parts(path);
  for (std::string part; std::getline(parts, part, '.');) {
    const auto slot = module.type()->findAttributeSlot(part);
    if (!slot || !module.type()->getAttribute(*slot)->is_module()) {
      throw std::out_of_range("traceScope: there is no module '" + path + "'");
    }
    module = Module(module._ivalue()->getSlot(*slot).toObject());
  }
  if (path.empty() || path.back() == '.') throw std::out_of_range("traceScope: there is no module '" + path + "'");
  state->graph->push_scope("__module." + path);
  trace.depth++;
  return info.Env().Undefined();
}

Napi::Value isTracing(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), tracer::isTracing());
}

}  // namespace hinge
