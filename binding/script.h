// TorchScript modules: files, members and methods. lib/jit makes modules of them.
#pragma once

#include <napi.h>

namespace hinge {

// loadModule(source: string | ArrayBuffer | ArrayBufferView). Words in: 0 to keep the devices, or 1 and a device. Word
// out: handle.
Napi::Value loadModule(const Napi::CallbackInfo& info);
// saveModule(path?: string): the archive where no path is given. Word in: handle.
Napi::Value saveModule(const Napi::CallbackInfo& info);
// describeModule(): a ModuleDescription of lib/native.ts, whose handles are new. Word in: handle.
Napi::Value describeModule(const Napi::CallbackInfo& info);
// callMethod(name, strings?). Words in: handle, mask of the arguments given, the arguments. Words out: the result.
Napi::Value callMethod(const Napi::CallbackInfo& info);
// moduleAttribute(name). Word in: handle. Words out: the value, saying what it is.
Napi::Value moduleAttribute(const Napi::CallbackInfo& info);
// setModuleAttribute(name, strings?). Words in: handle, the value, of the attribute's type.
Napi::Value setModuleAttribute(const Napi::CallbackInfo& info);
// moduleGraph(method): its graph as text. Word in: handle.
Napi::Value moduleGraph(const Napi::CallbackInfo& info);

}  // namespace hinge
