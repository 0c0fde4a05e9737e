// hinge::euclidean_distances: every row against every row, as exact as evaluating each difference, at the speed of a
// matrix product.
//
// float64 has no wider type to multiply in and goes to cdist.

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cdist.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "library.h"
#include "squares.h"

namespace hinge {

namespace {

HINGE_VECTORISED void roots(const double* squared, int64_t count, float* out) {
  for (int64_t j = 0; j < count; j++) out[j] = static_cast<float>(std::sqrt(squared[j]));
}

at::Tensor forwardFloat(const at::Tensor& x, const at::Tensor& y) {
  const auto rows = x.contiguous();
  const Squares squares(rows, x.is_same(y) ? rows : y.contiguous());
  const int64_t columns = squares.columns();
  auto out = at::empty({squares.rows(), columns}, rows.options());
  auto* distances = out.mutable_data_ptr<float>();
  squares.forEachRow([&](int64_t row, const double* squared) { roots(squared, columns, distances + row * columns); });
  return out;
}

at::Tensor distancesOf(const at::Tensor& x, const at::Tensor& y) {
  // cdist has no kernel for it in C++.
  if (x.is_meta()) return at::empty({x.size(0), y.size(0)}, x.options());
  const bool direct = !x.device().is_cpu() || x.scalar_type() != at::kFloat || x.numel() == 0 || y.numel() == 0;
  // 2: without a matrix product.
  return direct ? at::cdist(x, y, 2, 2) : forwardFloat(x, y);
}

class EuclideanDistances : public torch::autograd::Function<EuclideanDistances> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& y) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto distances = distancesOf(x, y);
    context->save_for_backward({x, y, distances});
    return distances;
  }

  // In operators, so that it can be differentiated again and runs on every device; in float64, because the difference
  // of two sums over close rows loses digits as the distances themselves would.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto x = saved[0].to(at::kDouble);
    const auto y = saved[0].is_same(saved[1]) ? x : saved[1].to(at::kDouble);
    const bool needsX = context->needs_input_grad(0);
    const bool needsY = context->needs_input_grad(1);
    std::vector<at::Tensor> ofX;
    at::Tensor products;
    at::Tensor sums;
    const int64_t step = Squares::blockRows(y.size(0));
    for (int64_t begin = 0; begin < x.size(0); begin += step) {
      const int64_t length = std::min(step, x.size(0) - begin);
      const auto weights = slopes(gradients[0].narrow(0, begin, length), saved[2].narrow(0, begin, length));
      const auto rows = x.narrow(0, begin, length);
      if (needsX) ofX.push_back(at::addmm(weights.sum(1, true) * rows, weights, y, 1, -1));
      if (!needsY) continue;
      if (!products.defined()) {
        products = at::mm(weights.t(), rows);
        sums = weights.sum(0);
      } else if (at::GradMode::is_enabled()) {
        products = at::addmm(products, weights.t(), rows);
        sums = sums + weights.sum(0);
      } else {
        products.addmm_(weights.t(), rows);
        sums.add_(weights.sum(0));
      }
    }
    const auto dtype = saved[0].scalar_type();
    torch::autograd::variable_list result(2);
    if (needsX) result[0] = ofX.empty() ? at::zeros_like(saved[0]) : at::cat(ofX).to(dtype);
    if (needsY)
      result[1] = products.defined() ? (sums.unsqueeze(1) * y - products).to(dtype) : at::zeros_like(saved[1]);
    return result;
  }

 private:
  // gradient / distance, and 0 between equal rows, in float64.
  static at::Tensor slopes(const at::Tensor& gradient, const at::Tensor& distances) {
    const auto wide = distances.to(at::kDouble);
    const auto equal = wide.eq(0);
    if (at::GradMode::is_enabled()) return (gradient / wide.masked_fill(equal, 1)).masked_fill(equal, 0);
    auto result = gradient.to(at::kDouble, false, true);
    return result.div_(wide).masked_fill_(equal, 0);
  }
};

at::Tensor euclideanDistances(const at::Tensor& x, const at::Tensor& y) {
  TORCH_CHECK(x.dim() == 2 && y.dim() == 2 && x.size(1) == y.size(1),
              "euclidean_distances: x must be [N, D] and y [M, D], got ", x.sizes(), " and ", y.sizes());
  TORCH_CHECK(x.scalar_type() == y.scalar_type() && at::isFloatingType(x.scalar_type()),
              "euclidean_distances: x and y must be of one floating dtype, got ", x.scalar_type(), " and ",
              y.scalar_type());
  if (at::GradMode::is_enabled() && (x.requires_grad() || y.requires_grad())) return EuclideanDistances::apply(x, y);
  return distancesOf(x, y);
}

}  // namespace

void defineEuclideanDistances(torch::Library& library) {
  defineComposite(library, "euclidean_distances(Tensor x, Tensor y) -> Tensor", &euclideanDistances);
}

}  // namespace hinge
