// An autograd node whose backward is a JavaScript function (torch.autograd.Function).

#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <unordered_set>

#include "arguments.h"
#include "autograd.h"
#include "callback.h"
#include "slots.h"

namespace hinge {

namespace {

using torch::autograd::SavedVariable;
using torch::autograd::variable_list;
using torch::autograd::VariableInfo;

class FunctionNode : public torch::autograd::Node {
 public:
  FunctionNode(std::string name, Environment& environment, Napi::Function backward, size_t inputs, bool materialize)
      : name_(std::move(name)), backward_(environment, backward), inputs_(inputs), materialize_(materialize) {}

  std::string name() const override { return name_; }

  void release_variables() override {
    saved_.clear();
    released_ = true;
  }

  void save(const variable_list& tensors, const std::vector<std::optional<at::Tensor>>& outputs) {
    for (const at::Tensor& tensor : tensors) {
      // A saved output must not hold its own node, or neither would ever be freed.
      bool isOutput = false;
      for (const auto& output : outputs) isOutput = isOutput || (output && output->is_same(tensor));
      saved_.emplace_back(tensor, isOutput);
    }
  }

  void describeOutput(const at::Tensor& output) { outputs_.emplace_back(output); }

  variable_list apply(variable_list&& gradients) override {
    TORCH_CHECK(!released_, torch::autograd::ERR_BACKWARD_TWICE);
    if (materialize_) {
      c10::OptionalDeviceGuard guard;
      for (size_t i = 0; i < gradients.size(); i++) {
        if (!gradients[i].defined()) gradients[i] = outputs_[i].zeros(guard);
      }
    }
    variable_list saved;
    for (const SavedVariable& variable : saved_) saved.push_back(variable.unpack(getptr()));
    variable_list results(inputs_);
    backward_.call(
        [&](Environment& environment) {
          writeTensors(environment, saved);
          writeTensors(environment, gradients);
        },
        [&](Environment& environment) {
          for (at::Tensor& result : results) {
            const double handle = environment.frame.word();
            if (handle != 0) result = Slots::tensor(handle);
          }
        });
    // The engine expects one gradient per input tensor, and none where the input needs none.
    for (size_t i = 0; i < results.size(); i++) {
      if (!task_should_compute_output(i)) results[i] = at::Tensor();
    }
    return results;
  }

 private:
  static void writeTensors(Environment& environment, const variable_list& tensors) {
    environment.frame.put(static_cast<double>(tensors.size()));
    for (const at::Tensor& tensor : tensors) {
      environment.frame.put(tensor.defined() ? Slots::add(environment, tensor) : 0);
    }
  }

  const std::string name_;
  const Callback backward_;
  const size_t inputs_;
  const bool materialize_;
  std::vector<SavedVariable> saved_;
  std::vector<VariableInfo> outputs_;
  bool released_ = false;
};

variable_list readTensors(Frame& frame) {
  variable_list tensors(frame.count());
  for (at::Tensor& tensor : tensors) {
    const double handle = frame.word();
    if (handle != 0) tensor = Slots::tensor(handle);
  }
  return tensors;
}

std::unordered_set<at::TensorImpl*> readMembers(Frame& frame, const variable_list& tensors, const char* what) {
  std::unordered_set<at::TensorImpl*> members;
  const size_t count = frame.count();
  for (size_t i = 0; i < count; i++) {
    const size_t position = frame.count();
    if (position >= tensors.size()) throw std::out_of_range(std::string(what) + ": no such tensor");
    members.insert(tensors[position].unsafeGetTensorImpl());
  }
  return members;
}

}  // namespace

Napi::Value recordFunction(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const std::string name = expectString(info, 0);
  const Napi::Function backward = expectFunction(info, 1);
  const variable_list inputs = readTensors(frame);
  const variable_list outputs = readTensors(frame);
  const variable_list saved = readTensors(frame);  // these may be none
  for (const variable_list* tensors : {&inputs, &outputs}) {
    for (const at::Tensor& tensor : *tensors) {
      if (!tensor.defined()) throw StaleHandle("tensor");
    }
  }
  const auto dirty = readMembers(frame, inputs, "markDirty");
  const auto notDifferentiable = readMembers(frame, outputs, "markNonDifferentiable");
  const bool materialize = frame.boolean();
  for (at::TensorImpl* tensor : dirty) tensor->bump_version();

  const bool recorded = at::GradMode::is_enabled() && torch::autograd::any_variable_requires_grad(inputs);
  c10::intrusive_ptr<FunctionNode> node;
  if (recorded) {
    node = c10::make_intrusive<FunctionNode>(name, environment, backward, inputs.size(), materialize);
    node->set_next_edges(torch::autograd::collect_next_edges(inputs));
    node->clear_input_metadata();
  }
  std::vector<std::optional<at::Tensor>> raw(outputs.begin(), outputs.end());
  const auto wrapped = torch::autograd::_wrap_outputs(
      inputs, notDifferentiable, dirty, raw, node,
      [](const variable_list&, const variable_list&) -> variable_list {
        TORCH_CHECK(false, "forward-mode differentiation of a custom Function is not supported");
      },
      {}, [](const at::Tensor& tensor) { return tensor.view_as(tensor); }, false);
  if (recorded) {
    for (const auto& output : wrapped) node->describeOutput(*output);
    node->save(saved, wrapped);
  }
  frame.rewind();
  for (const auto& output : wrapped) frame.put(Slots::add(environment, *output));
  return info.Env().Undefined();
}

}  // namespace hinge
