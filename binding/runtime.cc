#include "runtime.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

#include <cmath>
#include <thread>

#include "arguments.h"
#include "convert.h"
#include "slots.h"

namespace hinge {

namespace {

enum Flag : uint32_t {
  kRequiresGrad = 1,
  kIsLeaf = 2,
  kHasGradFn = 4,
  kStrided = 8,
  kIsView = 16,
  kIsInference = 32,
  kRetainsGrad = 64,
  kIsConj = 128,
  kIsNeg = 256,
};

uint32_t flagsOf(const at::Tensor& tensor) {
  uint32_t flags = 0;
  const bool isInference = tensor.is_inference();
  if (tensor.requires_grad()) flags |= kRequiresGrad;
  if (tensor.is_leaf()) flags |= kIsLeaf;
  if (isInference) flags |= kIsInference;
  // Asking an inference tensor for more would be an error.
  if (!isInference && tensor.grad_fn()) flags |= kHasGradFn;
  if (!isInference && tensor.is_view()) flags |= kIsView;
  if (tensor.retains_grad()) flags |= kRetainsGrad;
  if (tensor.is_conj()) flags |= kIsConj;
  if (tensor.is_neg()) flags |= kIsNeg;
  if (tensor.layout() == at::kStrided) flags |= kStrided;
  return flags;
}

void writeDescription(Frame& frame, const at::Tensor& tensor) {
  frame.rewind();
  frame.put(static_cast<double>(tensor.scalar_type()));
  frame.put(static_cast<double>(tensor.layout()));
  frame.put(static_cast<double>(tensor.device().type()));
  frame.put(tensor.device().index());
  const uint32_t flags = flagsOf(tensor);
  frame.put(flags);
  frame.put(static_cast<double>(tensor.dim()));
  for (const int64_t size : tensor.sizes()) frame.put(static_cast<double>(size));
  if ((flags & kStrided) == 0) return;
  frame.put(static_cast<double>(tensor.storage_offset()));
  for (const int64_t stride : tensor.strides()) frame.put(static_cast<double>(stride));
}

// Handles are integers below 2^52, so they travel as the finalizer's data.
void releaseCollected(node_api_nogc_env /*env*/, void* data, void* hint) {
  auto& environment = *static_cast<Environment*>(hint);
  Slots::release(environment, static_cast<double>(reinterpret_cast<uintptr_t>(data)));
}

at::Generator readGenerator(const Napi::CallbackInfo& info) {
  return Slots::generator(Environment::of(info.Env()).frame.word());
}

// OpenMP ends the process when the system refuses it a thread.
int readThreads(const Napi::CallbackInfo& info) {
  const double count = expectNumber(info, 0);
  const double most = std::max(256u, 8 * std::thread::hardware_concurrency());
  if (!(count >= 1 && count <= most) || count != std::trunc(count)) {
    throw std::out_of_range("threads: expected an integer from 1 to " + std::to_string(static_cast<int>(most)));
  }
  return static_cast<int>(count);
}

}  // namespace

napi_value describe(napi_env env, napi_callback_info /*info*/) {
  return guardedRaw(env, [&](Environment& environment) {
    writeDescription(environment.frame, Slots::tensor(environment.frame.word()));
  });
}

napi_value item(napi_env env, napi_callback_info /*info*/) {
  return guardedRaw(env, [&](Environment& environment) {
    const at::Scalar value = Slots::tensor(environment.frame.word()).item();
    environment.frame.rewind();
    writeScalar(environment.frame, value);
  });
}

napi_value release(napi_env env, napi_callback_info /*info*/) {
  return guardedRaw(env, [&](Environment& environment) {
    const size_t count = environment.frame.count();
    for (size_t i = 0; i < count; i++) {
      Slots::release(environment, environment.frame.word());
    }
  });
}

napi_value adopt(napi_env env, napi_callback_info info) {
  return guardedRaw(env, [&](Environment& environment) {
    const double handle = environment.frame.word();
    size_t count = 1;
    napi_value object = nullptr;
    napi_get_cb_info(env, info, &count, &object, nullptr, nullptr);
    const int64_t bytes = Slots::adopt(handle);
    const auto data = reinterpret_cast<void*>(static_cast<uintptr_t>(handle));
    const napi_status status = count < 1
                                   ? napi_object_expected
                                   : napi_add_finalizer(env, object, data, releaseCollected, &environment, nullptr);
    environment.account(bytes);
    if (status != napi_ok) throw WrongType("native call: adopt needs an object");
  });
}

Napi::Value take(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Slots::takeParcel(environment, environment.frame.word());
  return info.Env().Undefined();
}

Napi::Value share(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const double parcel = Slots::addParcel(environment, environment.frame.word());
  environment.frame.rewind();
  environment.frame.put(parcel);
  return info.Env().Undefined();
}

Napi::Value sameTensor(const Napi::CallbackInfo& info) {
  Frame& frame = Environment::of(info.Env()).frame;
  const at::Tensor first = Slots::tensor(frame.word());
  return Napi::Boolean::New(info.Env(), first.is_same(Slots::tensor(frame.word())));
}

Napi::Value isLive(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), Slots::isLive(Environment::of(info.Env()).frame.word()));
}

Napi::Value memory(const Napi::CallbackInfo& info) {
  auto result = Napi::Object::New(info.Env());
  result.Set("tensors", static_cast<double>(Environment::total(&Environment::liveSlots)));
  result.Set("bytes", static_cast<double>(Environment::total(&Environment::liveBytes)));
  result.Set("made", static_cast<double>(Environment::total(&Environment::madeSlots)));
  return result;
}

Napi::Value threads(const Napi::CallbackInfo& info) {
  if (info.Length() > 0) at::set_num_threads(readThreads(info));
  return Napi::Number::New(info.Env(), at::get_num_threads());
}

Napi::Value interopThreads(const Napi::CallbackInfo& info) {
  if (info.Length() > 0) at::set_num_interop_threads(readThreads(info));
  return Napi::Number::New(info.Env(), at::get_num_interop_threads());
}

Napi::Value defaultDType(const Napi::CallbackInfo& info) {
  if (info.Length() > 0) {
    const auto code = static_cast<int64_t>(expectNumber(info, 0));
    const auto dtype = static_cast<at::ScalarType>(code);
    if (code < 0 || code >= static_cast<int64_t>(at::ScalarType::Undefined) || !at::isFloatingType(dtype)) {
      throw std::invalid_argument("the default dtype must be a floating-point one");
    }
    at::set_default_dtype(c10::scalarTypeToTypeMeta(dtype));
  }
  return Napi::Number::New(info.Env(), static_cast<double>(at::get_default_dtype_as_scalartype()));
}

Napi::Value deterministic(const Napi::CallbackInfo& info) {
  if (info.Length() > 0) {
    at::globalContext().setDeterministicAlgorithms(info[0].ToBoolean(), info[1].ToBoolean());
  }
  return Napi::Boolean::New(info.Env(), at::globalContext().deterministicAlgorithms());
}

Napi::Value deviceCount(const Napi::CallbackInfo& info) {
  const auto type = readDeviceType(Environment::of(info.Env()).frame);
  int64_t count = 0;
  if (type == at::kCPU) {
    count = 1;
  } else if (type == at::kCUDA) {
    count = at::detail::getCUDAHooks().hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
  } else if (const auto accelerator = at::getAccelerator(false); accelerator == type) {
    count = static_cast<uint8_t>(at::accelerator::deviceCount());
  }
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

Napi::Value synchronize(const Napi::CallbackInfo& info) {
  const int64_t index = Environment::of(info.Env()).frame.integer();
  if (at::getAccelerator(false).has_value()) {
    at::accelerator::synchronizeDevice(
        static_cast<c10::DeviceIndex>(index < 0 ? at::accelerator::getDeviceIndex() : index));
  }
  return info.Env().Undefined();
}

Napi::Value emptyCache(const Napi::CallbackInfo& info) {
  if (at::getAccelerator(false).has_value()) at::accelerator::emptyCache();
  return info.Env().Undefined();
}

Napi::Value versions(const Napi::CallbackInfo& info) {
  auto result = Napi::Object::New(info.Env());
  result.Set("builtAgainst", TORCH_VERSION);
  result.Set("config", at::show_config());
  result.Set("cpuCapability", at::get_cpu_capability());
  result.Set("parallel", at::get_parallel_info());
  return result;
}

Napi::Value makeGenerator(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const auto type = readDeviceType(environment.frame);
  const auto index = static_cast<c10::DeviceIndex>(environment.frame.integer());
  const at::Generator generator = type == at::kCPU
                                      ? at::make_generator<at::CPUGeneratorImpl>()
                                      : at::globalContext().getAcceleratorHooksInterface(type).getNewGenerator(index);
  environment.frame.rewind();
  environment.frame.put(Slots::add(environment, generator));
  return info.Env().Undefined();
}

Napi::Value defaultGenerator(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const auto type = readDeviceType(environment.frame);
  const auto index = static_cast<c10::DeviceIndex>(environment.frame.integer());
  const at::Generator generator = at::globalContext().defaultGenerator(c10::Device(type, index));
  environment.frame.rewind();
  environment.frame.put(Slots::add(environment, generator));
  return info.Env().Undefined();
}

Napi::Value seedGenerator(const Napi::CallbackInfo& info) {
  at::Generator generator = readGenerator(info);
  const int64_t seed = Environment::of(info.Env()).frame.integer();
  std::lock_guard lock(generator.mutex());
  generator.set_current_seed(static_cast<uint64_t>(seed));
  return info.Env().Undefined();
}

Napi::Value generatorSeed(const Napi::CallbackInfo& info) {
  at::Generator generator = readGenerator(info);
  const bool fresh = Environment::of(info.Env()).frame.boolean();
  std::lock_guard lock(generator.mutex());
  return Napi::BigInt::New(info.Env(), fresh ? generator.seed() : generator.current_seed());
}

Napi::Value generatorState(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  at::Generator generator = readGenerator(info);
  at::Tensor state;
  {
    std::lock_guard lock(generator.mutex());
    state = generator.get_state();
  }
  environment.frame.rewind();
  environment.frame.put(Slots::add(environment, std::move(state)));
  return info.Env().Undefined();
}

Napi::Value setGeneratorState(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  at::Generator generator = readGenerator(info);
  const at::Tensor state = Slots::tensor(environment.frame.word());
  std::lock_guard lock(generator.mutex());
  generator.set_state(state);
  return info.Env().Undefined();
}

}  // namespace hinge
