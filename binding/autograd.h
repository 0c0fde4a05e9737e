// Autograd: the graph, its modes, hooks, and nodes whose backward is JavaScript.
#pragma once

#include <napi.h>

namespace hinge {

// backward(). Words in: tensors, gradients (0: none given), inputs, each a count and handles; retain graph (-1: as
// create graph), create graph.
Napi::Value backward(const Napi::CallbackInfo& info);
// gradient(). Words in: outputs, inputs, output gradients; retain graph (-1), create graph, allow unused. Words out: a
// handle for each input, 0 where it was not used.
Napi::Value gradient(const Napi::CallbackInfo& info);

// gradMode(enabled?: boolean): the mode before.
Napi::Value gradMode(const Napi::CallbackInfo& info);
Napi::Value enterInferenceMode(const Napi::CallbackInfo& info);
Napi::Value leaveInferenceMode(const Napi::CallbackInfo& info);
Napi::Value isInferenceMode(const Napi::CallbackInfo& info);

// requireGrad(). Words in: handle, 0 or 1.
Napi::Value requireGrad(const Napi::CallbackInfo& info);
Napi::Value retainGrad(const Napi::CallbackInfo& info);
// grad(). Words in: handle, handle of the gradient seen last (0: none). Word out: that handle when it still is the
// gradient, a new one otherwise, 0 when there is none.
Napi::Value grad(const Napi::CallbackInfo& info);
// setGrad(). Words in: handle, handle of the gradient or 0.
Napi::Value setGrad(const Napi::CallbackInfo& info);
// clearGradients(). Words in: tensors, a count and handles.
Napi::Value clearGradients(const Napi::CallbackInfo& info);
// addGradients(): adds to each tensor that has a gradient that gradient times a factor, outside of any graph. Returns
// false, and does nothing, where all lie on CUDA and the operators over lists are faster. Words in: the factor, 1 to
// add on CUDA all the same; tensors, a count and handles.
Napi::Value addGradients(const Napi::CallbackInfo& info);
// gradFn(): the name of the node that made the tensor, or undefined. Word in: handle.
Napi::Value gradFn(const Napi::CallbackInfo& info);
Napi::Value version(const Napi::CallbackInfo& info);

// registerHook(callback): a number for removeHook. Word in: handle. The callback finds the gradient's handle in the
// frame and leaves the handle of its replacement there, or 0.
Napi::Value registerHook(const Napi::CallbackInfo& info);
// removeHook(). Word in: that number. The tensor may be gone already.
Napi::Value removeHook(const Napi::CallbackInfo& info);

// recordFunction(name, backward). Words in: inputs, outputs, saved tensors, positions of dirty inputs, positions of
// outputs that are not differentiable, whether to make missing gradients zeros. Words out: the outputs' new handles.
// The callback finds the saved tensors and the outputs' gradients in the frame and leaves the inputs' gradients there.
Napi::Value recordFunction(const Napi::CallbackInfo& info);

}  // namespace hinge
