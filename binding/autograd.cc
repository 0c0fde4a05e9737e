#include "autograd.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "arguments.h"
#include "callback.h"
#include "slots.h"

namespace hinge {

namespace {

using torch::autograd::variable_list;

// 0 stands for a tensor that is not there.
at::Tensor readTensorOrNone(Frame& frame) {
  const double handle = frame.word();
  return handle == 0 ? at::Tensor() : Slots::tensor(handle);
}

variable_list readTensors(Frame& frame) {
  variable_list tensors(frame.count());
  for (at::Tensor& tensor : tensors) tensor = readTensorOrNone(frame);
  return tensors;
}

void writeTensor(Environment& environment, const at::Tensor& tensor) {
  environment.frame.put(tensor.defined() ? Slots::add(environment, tensor) : 0);
}

std::optional<bool> readRetainGraph(Frame& frame) {
  const double word = frame.word();
  return word < 0 ? std::nullopt : std::optional<bool>(word != 0);
}

// Inference guards nest; JavaScript leaves them in the order it entered them.
std::vector<std::unique_ptr<c10::InferenceMode>>& inferenceModes() {
  static thread_local std::vector<std::unique_ptr<c10::InferenceMode>> modes;
  return modes;
}

// A hook on a tensor. libtorch counts a tensor's hooks anew after each change in place, so its own positions do not
// tell them apart: hooks have numbers of ours.
class Hook {
 public:
  static std::shared_ptr<Hook> make(std::shared_ptr<const Callback> callback) {
    std::lock_guard lock(mutex());
    static int64_t next = 1;
    std::shared_ptr<Hook> hook(new Hook(std::move(callback), next++));
    all().emplace(hook->number_, hook);
    return hook;
  }
  static void remove(int64_t number) {
    std::shared_ptr<Hook> hook;  // both die after the lock: they lock in turn
    std::shared_ptr<const Callback> callback;
    std::lock_guard lock(mutex());
    const auto found = all().find(number);
    if (found == all().end()) return;
    hook = found->second.lock();
    if (hook) callback = std::exchange(hook->callback_, nullptr);
    all().erase(found);
  }
  ~Hook() {
    std::lock_guard lock(mutex());
    all().erase(number_);
  }
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;

  // Null once it is removed.
  std::shared_ptr<const Callback> callback() const {
    std::lock_guard lock(mutex());
    return callback_;
  }
  int64_t number() const { return number_; }

 private:
  Hook(std::shared_ptr<const Callback> callback, int64_t number) : callback_(std::move(callback)), number_(number) {}
  static std::mutex& mutex() {
    static auto* one = new std::mutex();  // the last graph may die after static destructors
    return *one;
  }
  static std::unordered_map<int64_t, std::weak_ptr<Hook>>& all() {
    static auto* table = new std::unordered_map<int64_t, std::weak_ptr<Hook>>();
    return *table;
  }

  std::shared_ptr<const Callback> callback_;
  const int64_t number_;
};

}  // namespace

Napi::Value backward(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const variable_list tensors = readTensors(frame);
  const variable_list gradients = readTensors(frame);
  const variable_list inputs = readTensors(frame);
  const std::optional<bool> retainGraph = readRetainGraph(frame);
  const bool createGraph = frame.boolean();
  withPump(environment, [&] { torch::autograd::backward(tensors, gradients, retainGraph, createGraph, inputs); });
  return info.Env().Undefined();
}

Napi::Value gradient(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const variable_list outputs = readTensors(frame);
  const variable_list inputs = readTensors(frame);
  const variable_list gradients = readTensors(frame);
  const std::optional<bool> retainGraph = readRetainGraph(frame);
  const bool createGraph = frame.boolean();
  const bool allowUnused = frame.boolean();
  variable_list results;
  withPump(environment,
           [&] { results = torch::autograd::grad(outputs, inputs, gradients, retainGraph, createGraph, allowUnused); });
  frame.rewind();
  for (const at::Tensor& result : results) writeTensor(environment, result);
  return info.Env().Undefined();
}

Napi::Value gradMode(const Napi::CallbackInfo& info) {
  const bool before = at::GradMode::is_enabled();
  if (info.Length() > 0) at::GradMode::set_enabled(info[0].ToBoolean());
  return Napi::Boolean::New(info.Env(), before);
}

Napi::Value enterInferenceMode(const Napi::CallbackInfo& info) {
  inferenceModes().push_back(std::make_unique<c10::InferenceMode>(info.Length() == 0 || info[0].ToBoolean()));
  return info.Env().Undefined();
}

Napi::Value leaveInferenceMode(const Napi::CallbackInfo& info) {
  if (!inferenceModes().empty()) inferenceModes().pop_back();
  return info.Env().Undefined();
}

Napi::Value isInferenceMode(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), c10::InferenceMode::is_enabled());
}

Napi::Value requireGrad(const Napi::CallbackInfo& info) {
  Frame& frame = Environment::of(info.Env()).frame;
  const at::Tensor tensor = Slots::tensor(frame.word());
  tensor.requires_grad_(frame.boolean());
  return info.Env().Undefined();
}

Napi::Value retainGrad(const Napi::CallbackInfo& info) {
  Slots::tensor(Environment::of(info.Env()).frame.word()).retain_grad();
  return info.Env().Undefined();
}

Napi::Value grad(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const at::Tensor tensor = Slots::tensor(frame.word());
  const double seen = frame.word();
  const at::Tensor& gradient = tensor.grad();
  frame.rewind();
  if (gradient.defined() && seen > 0 && Slots::isLive(seen) && Slots::tensor(seen).is_same(gradient)) {
    frame.put(seen);
  } else {
    writeTensor(environment, gradient);
  }
  return info.Env().Undefined();
}

Napi::Value setGrad(const Napi::CallbackInfo& info) {
  Frame& frame = Environment::of(info.Env()).frame;
  const at::Tensor tensor = Slots::tensor(frame.word());
  const at::Tensor gradient = readTensorOrNone(frame);
  if (gradient.defined()) {
    TORCH_CHECK(gradient.sizes() == tensor.sizes(), "grad: expected a gradient of shape ", tensor.sizes(), ", got ",
                gradient.sizes());
    TORCH_CHECK(gradient.scalar_type() == tensor.scalar_type(), "grad: expected a gradient of dtype ",
                tensor.scalar_type(), ", got ", gradient.scalar_type());
    TORCH_CHECK(gradient.device() == tensor.device(), "grad: expected a gradient on ", tensor.device(), ", got one on ",
                gradient.device());
    TORCH_CHECK(!gradient.is_same(tensor), "grad: a tensor cannot be its own gradient");
  }
  tensor.mutable_grad() = gradient;
  return info.Env().Undefined();
}

Napi::Value clearGradients(const Napi::CallbackInfo& info) {
  for (const at::Tensor& tensor : readTensors(Environment::of(info.Env()).frame)) tensor.mutable_grad().reset();
  return info.Env().Undefined();
}

Napi::Value addGradients(const Napi::CallbackInfo& info) {
  Frame& frame = Environment::of(info.Env()).frame;
  const double factor = frame.word();
  const bool oneByOne = frame.boolean();
  const variable_list tensors = readTensors(frame);
  if (!oneByOne && std::ranges::all_of(tensors, &at::Tensor::is_cuda)) {
    return Napi::Boolean::New(info.Env(), false);
  }
  const at::NoGradGuard guard;
  for (const at::Tensor& tensor : tensors) {
    if (tensor.grad().defined()) tensor.add_(tensor.grad(), factor);
  }
  return Napi::Boolean::New(info.Env(), true);
}

Napi::Value gradFn(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = Slots::tensor(Environment::of(info.Env()).frame.word());
  if (tensor.is_inference() || !tensor.grad_fn()) return info.Env().Undefined();
  return Napi::String::New(info.Env(), tensor.grad_fn()->name());
}

Napi::Value version(const Napi::CallbackInfo& info) {
  const at::Tensor tensor = Slots::tensor(Environment::of(info.Env()).frame.word());
  return Napi::Number::New(info.Env(), static_cast<double>(tensor._version()));
}

Napi::Value registerHook(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const at::Tensor tensor = Slots::tensor(environment.frame.word());
  const auto hook = Hook::make(std::make_shared<Callback>(environment, expectFunction(info, 0)));
  tensor.register_hook([hook](const at::Tensor& gradient) -> at::Tensor {
    at::Tensor replacement;
    const auto callback = hook->callback();
    if (!callback || !gradient.defined()) return replacement;
    callback->call([&](Environment& inside) { writeTensor(inside, gradient); },
                   [&](Environment& inside) { replacement = readTensorOrNone(inside.frame); });
    return replacement;
  });
  return Napi::Number::New(info.Env(), static_cast<double>(hook->number()));
}

Napi::Value removeHook(const Napi::CallbackInfo& info) {
  Hook::remove(Environment::of(info.Env()).frame.integer());
  return info.Env().Undefined();
}

}  // namespace hinge
