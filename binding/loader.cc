// A second, tiny addon without libtorch: it opens libtorch by absolute path, so that the real addon needs no rpath, and
// tells the real addon which Node-API version to ask for.

#include <dlfcn.h>
#include <napi.h>

namespace {

std::string text(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsString()) throw Napi::TypeError::New(info.Env(), "loader: expected a path");
  return info[index].As<Napi::String>();
}

// open(path): makes a shared library's symbols visible to all that is loaded later.
void open(const Napi::CallbackInfo& info) {
  if (dlopen(text(info, 0).c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    throw Napi::Error::New(info.Env(), dlerror());
  }
}

// choose(addon, version): the addon at this path will ask for this Node-API version.
void choose(const Napi::CallbackInfo& info) {
  void* addon = dlopen(text(info, 0).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (addon == nullptr) throw Napi::Error::New(info.Env(), dlerror());
  void* symbol = dlsym(addon, "hinge_use_api_version");
  if (symbol == nullptr) throw Napi::Error::New(info.Env(), "this file is not hinge's addon");
  if (!info[1].IsNumber()) throw Napi::TypeError::New(info.Env(), "loader: expected a Node-API version");
  reinterpret_cast<void (*)(int32_t)>(symbol)(info[1].As<Napi::Number>().Int32Value());
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, open, "open"));
  exports.Set("choose", Napi::Function::New(env, choose, "choose"));
  return exports;
}

}  // namespace

NODE_API_MODULE(loader, initialize)
