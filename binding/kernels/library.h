// The operators of the namespace `hinge`, as `torch.ops.hinge` shows them.
#pragma once

#include <torch/library.h>

namespace hinge {

// Registers the operators, once a process; those that another copy of the addon has registered stay.
void registerKernels();

// Defines an operator, unless it is there, and its CPU kernel.
template <typename Kernel>
void defineCpu(torch::Library& library, const char* schema, Kernel kernel) {
  const auto name = torch::jit::parseSchema(schema).operator_name();
  if (c10::Dispatcher::singleton().findOp({"hinge::" + name.name, name.overload_name})) return;
  library.def(schema);
  library.impl(name.name.c_str(), torch::dispatch(c10::DispatchKey::CPU, kernel));
}

// Checks distances [R, C] and the bool masks [R, C] of who is a positive and who a negative of each row.
void expectRelated(const char* where, const at::Tensor& distances, const at::Tensor& positives,
                   const at::Tensor& negatives);

void defineMarginTriplets(torch::Library& library);
void defineTripletHinge(torch::Library& library);

}  // namespace hinge
