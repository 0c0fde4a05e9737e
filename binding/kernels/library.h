// The operators of the namespace `hinge`, as `torch.ops.hinge` shows them.
#pragma once

#include <torch/library.h>

namespace hinge {

// Registers the operators, once a process; those that another copy of the addon has registered stay.
void registerKernels();

// Defines an operator, unless it is there, and its kernel for a dispatch key.
template <typename Kernel>
void define(torch::Library& library, const char* schema, c10::DispatchKey key, Kernel kernel) {
  const auto name = torch::jit::parseSchema(schema).operator_name();
  if (c10::Dispatcher::singleton().findOp({"hinge::" + name.name, name.overload_name})) return;
  library.def(schema);
  library.impl(name.name.c_str(), torch::dispatch(key, kernel));
}

// An operator of the CPU, without gradients of its own.
template <typename Kernel>
void defineCpu(torch::Library& library, const char* schema, Kernel kernel) {
  define(library, schema, c10::DispatchKey::CPU, kernel);
}

// An operator of every device, whose kernel sees to its gradients.
template <typename Kernel>
void defineComposite(torch::Library& library, const char* schema, Kernel kernel) {
  define(library, schema, c10::DispatchKey::CompositeImplicitAutograd, kernel);
}

// Checks distances [R, C] and the bool masks [R, C] of who is a positive and who a negative of each row.
void expectRelated(const char* where, const at::Tensor& distances, const at::Tensor& positives,
                   const at::Tensor& negatives);

void defineEuclideanDistances(torch::Library& library);
void defineMarginTriplets(torch::Library& library);
void defineNearest(torch::Library& library);
void defineSelectPairs(torch::Library& library);
void defineTripletHinge(torch::Library& library);
void defineTripletTiles(torch::Library& library);

}  // namespace hinge
