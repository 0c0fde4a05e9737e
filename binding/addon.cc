// All that JavaScript can call. lib/native.ts declares and documents the same names; a test compares the two.

#include <napi.h>

#include "allocator.h"
#include "arguments.h"
#include "autocast.h"
#include "autograd.h"
#include "convert.h"
#include "dispatch.h"
#include "environment.h"
#include "file.h"
#include "kernels/library.h"
#include "runtime.h"
#include "script.h"
#include "storage.h"
#include "trace.h"
#include "warnings.h"

namespace hinge {

namespace {

// resizeFrame(words): the frame's new ArrayBuffer.
Napi::Value resizeFrame(const Napi::CallbackInfo& info) {
  const double words = expectNumber(info, 0);
  if (!(words >= 1 && words <= 1 << 28)) throw std::out_of_range("resizeFrame: expected 1 to 2^28 words");
  Environment& environment = Environment::of(info.Env());
  return Napi::Value(info.Env(), environment.frame.allocate(info.Env(), static_cast<size_t>(words)));
}

// kinds(): the names of schema kinds, by number.
Napi::Value kinds(const Napi::CallbackInfo& info) {
  auto names = Napi::Array::New(info.Env(), kKindCount);
  for (int i = 0; i < kKindCount; i++) names.Set(static_cast<uint32_t>(i), name(static_cast<Kind>(i)));
  return names;
}

// strings(): the strings among the last call's results, which their words number.
Napi::Value strings(const Napi::CallbackInfo& info) {
  const auto& texts = Environment::of(info.Env()).strings;
  auto result = Napi::Array::New(info.Env(), texts.size());
  for (uint32_t i = 0; i < texts.size(); i++) result.Set(i, texts[i]);
  return result;
}

template <Napi::Value (*function)(const Napi::CallbackInfo&)>
void add(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<guarded<function>>(exports.Env(), name));
}

void addRaw(Napi::Object exports, const char* name, napi_callback function) {
  napi_value value;
  napi_create_function(exports.Env(), name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  exports.Set(name, value);
}

}  // namespace

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  installAllocator();
  registerKernels();
  auto* environment = new Environment(env);
  napi_set_instance_data(env, environment, [](node_api_nogc_env, void*, void*) {}, nullptr);
  // Not the instance data's finalizer: finalizers of tensors may still run after it.
  napi_add_env_cleanup_hook(env, [](void* data) { static_cast<Environment*>(data)->close(); }, environment);

  addRaw(exports, "call", callOperator);
  addRaw(exports, "describe", describe);
  addRaw(exports, "item", item);
  addRaw(exports, "release", release);
  addRaw(exports, "adopt", adopt);
  add<resizeFrame>(exports, "resizeFrame");
  add<kinds>(exports, "kinds");
  add<strings>(exports, "strings");
  add<findOperator>(exports, "operator");
  add<listOverloads>(exports, "overloads");
  add<listOperators>(exports, "operators");
  add<share>(exports, "share");
  add<take>(exports, "take");
  add<sameTensor>(exports, "sameTensor");
  add<isLive>(exports, "isLive");
  add<memory>(exports, "memory");
  add<fromBytes>(exports, "fromBytes");
  add<fromBlob>(exports, "fromBlob");
  add<toBytes>(exports, "toBytes");
  add<storageBytes>(exports, "storageBytes");
  add<readFile>(exports, "readFile");
  add<dataPointer>(exports, "dataPointer");
  add<onWarning>(exports, "onWarning");
  add<threads>(exports, "threads");
  add<interopThreads>(exports, "interopThreads");
  add<defaultDType>(exports, "defaultDType");
  add<deterministic>(exports, "deterministic");
  add<deviceCount>(exports, "deviceCount");
  add<synchronize>(exports, "synchronize");
  add<emptyCache>(exports, "emptyCache");
  add<versions>(exports, "versions");
  add<makeGenerator>(exports, "makeGenerator");
  add<defaultGenerator>(exports, "defaultGenerator");
  add<seedGenerator>(exports, "seedGenerator");
  add<generatorSeed>(exports, "generatorSeed");
  add<generatorState>(exports, "generatorState");
  add<setGeneratorState>(exports, "setGeneratorState");
  add<backward>(exports, "backward");
  add<gradient>(exports, "gradient");
  add<gradMode>(exports, "gradMode");
  add<enterInferenceMode>(exports, "enterInferenceMode");
  add<leaveInferenceMode>(exports, "leaveInferenceMode");
  add<isInferenceMode>(exports, "isInferenceMode");
  add<requireGrad>(exports, "requireGrad");
  add<retainGrad>(exports, "retainGrad");
  add<grad>(exports, "grad");
  add<setGrad>(exports, "setGrad");
  add<clearGradients>(exports, "clearGradients");
  add<addGradients>(exports, "addGradients");
  add<gradFn>(exports, "gradFn");
  add<version>(exports, "version");
  add<registerHook>(exports, "registerHook");
  add<removeHook>(exports, "removeHook");
  add<recordFunction>(exports, "recordFunction");
  add<autocastState>(exports, "autocastState");
  add<setAutocast>(exports, "setAutocast");
  add<nestAutocast>(exports, "nestAutocast");
  add<clearAutocastCache>(exports, "clearAutocastCache");
  add<loadModule>(exports, "loadModule");
  add<saveModule>(exports, "saveModule");
  add<describeModule>(exports, "describeModule");
  add<callMethod>(exports, "callMethod");
  add<moduleAttribute>(exports, "moduleAttribute");
  add<setModuleAttribute>(exports, "setModuleAttribute");
  add<moduleGraph>(exports, "moduleGraph");
  add<trace>(exports, "trace");
  add<traceScope>(exports, "traceScope");
  add<isTracing>(exports, "isTracing");
  return exports;
}

}  // namespace hinge

namespace {

int32_t apiVersion = 8;

}  // namespace

extern "C" {

// Told by the loader before Node opens this file: only the experimental Node-API runs finalizers inside a synchronous
// loop, and only on the Node majors that the tests cover may it be asked for (DESIGN: three ways to release).
__attribute__((visibility("default"))) void hinge_use_api_version(int32_t version) {
  apiVersion = version;
}

__attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1() {
  return apiVersion;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  return Napi::RegisterModule(env, exports, hinge::initialize);
}
}
