#include "squares.h"

#include <array>

namespace hinge {

namespace {

// Below this share of ||x||^2 + ||y||^2 a squared distance is evaluated directly: above it the product's rounding, some
// 1e-15 of that sum, is a hundredth of a float32's.
constexpr double kClose = 1e-5;

// Returns whether any is so close, or not finite.
HINGE_VECTORISED bool subtract(double* values, double norm, const double* norms, int64_t count) {
  int64_t close = 0;
  for (int64_t j = 0; j < count; j++) {
    const double sum = norm + norms[j];
    values[j] = sum - 2 * values[j];
    // Written with `not`, so that NaN is evaluated too.
    close += !(values[j] > kClose * sum) ? 1 : 0;
  }
  return close > 0;
}

}  // namespace

HINGE_VECTORISED double squaredDistance(const float* x, const float* y, int64_t dimensions) {
  // Several sums at once: one alone waits for itself at every step.
  constexpr int64_t width = 8;
  std::array<double, width> sums{};
  int64_t i = 0;
  for (; i + width <= dimensions; i += width) {
    for (int64_t j = 0; j < width; j++) {
      const double difference = static_cast<double>(x[i + j]) - static_cast<double>(y[i + j]);
      sums[static_cast<size_t>(j)] += difference * difference;
    }
  }
  double sum = 0;
  for (; i < dimensions; i++) {
    const double difference = static_cast<double>(x[i]) - static_cast<double>(y[i]);
    sum += difference * difference;
  }
  for (const double each : sums) sum += each;
  return sum;
}

Squares::Squares(const at::Tensor& x, const at::Tensor& y) : x_(x), y_(y) {
  wideX_ = x.to(at::kDouble);
  wideY_ = x.is_same(y) ? wideX_ : y.to(at::kDouble);
  normsX_ = wideX_.square().sum(1);
  normsY_ = x.is_same(y) ? normsX_ : wideY_.square().sum(1);
}

void Squares::complete(int64_t row, double* values) const {
  const int64_t count = columns();
  const int64_t dimensions = x_.size(1);
  const double norm = normsX_.const_data_ptr<double>()[row];
  const auto* norms = normsY_.const_data_ptr<double>();
  if (!subtract(values, norm, norms, count)) return;
  const auto* from = x_.const_data_ptr<float>() + row * dimensions;
  const auto* to = y_.const_data_ptr<float>();
  for (int64_t j = 0; j < count; j++) {
    if (!(values[j] > kClose * (norm + norms[j]))) values[j] = squaredDistance(from, to + j * dimensions, dimensions);
  }
}

}  // namespace hinge
