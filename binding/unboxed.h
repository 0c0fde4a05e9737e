// Calls of the commonest signatures without boxing. A boxed call costs some 40 ns more, which shows on small tensors;
// every other signature goes the boxed way (dispatch.cc), with the same words in and out.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <memory>
#include <optional>
#include <vector>

namespace hinge {

class Environment;

class UnboxedCall {
 public:
  virtual ~UnboxedCall() = default;
  // Reads the arguments whose bits `given` has from the frame, takes the others from `defaults`, writes the result.
  virtual void call(Environment& environment, uint64_t given,
                    const std::vector<std::optional<c10::IValue>>& defaults) const = 0;

  // Null when the operator's signature is not one of the common ones.
  static std::unique_ptr<const UnboxedCall> of(const c10::OperatorHandle& handle);
};

}  // namespace hinge
