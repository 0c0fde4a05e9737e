// Squared Euclidean distances of rows, as exact as evaluating each difference, at the speed of a matrix product.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/mm.h>

#include <algorithm>

// Compiled for several instruction sets, of which the loader takes the best that the processor has.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define HINGE_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HINGE_VECTORISED
#endif

namespace hinge {

// ||x - y||^2 = ||x||^2 + ||y||^2 - 2 x.y loses all digits where x and y are close. Computed in float64 it keeps those
// of a float32 unless the two are very close, and what is very close is evaluated directly: equal rows are exactly 0
// apart.
class Squares {
 public:
  // x [N, D] and y [M, D] of float32, contiguous. The same tensor may be both.
  Squares(const at::Tensor& x, const at::Tensor& y);

  int64_t rows() const { return wideX_.size(0); }
  int64_t columns() const { return wideY_.size(0); }

  // Calls visit(row, squared), `squared` being an array of float64 [M] that it may write to; for several rows at a
  // time.
  template <typename Visit>
  void forEachRow(Visit&& visit) const {
    const int64_t count = columns();
    const int64_t step = blockRows(count);
    for (int64_t begin = 0; begin < rows(); begin += step) {
      const int64_t length = std::min(step, rows() - begin);
      const auto products = at::mm(wideX_.narrow(0, begin, length), wideY_.t());
      auto* values = products.mutable_data_ptr<double>();
      const int64_t grain = std::max<int64_t>(1, at::internal::GRAIN_SIZE / std::max<int64_t>(1, count));
      at::parallel_for(0, length, grain, [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; row++) {
          complete(begin + row, values + row * count);
          visit(begin + row, values + row * count);
        }
      });
    }
  }

  // A block of products of so many rows holds 1 MB; where rows are long up to 64 MB, because a product of few rows is
  // slow: each reads all columns again.
  static int64_t blockRows(int64_t columns) {
    const int64_t count = std::max<int64_t>(1, columns);
    return std::max<int64_t>({1, (1 << 17) / count, std::min<int64_t>(64, (1 << 23) / count)});
  }

 private:
  // From the products of a row with all columns to squared distances.
  void complete(int64_t row, double* values) const;

  at::Tensor x_;
  at::Tensor y_;
  at::Tensor wideX_;
  at::Tensor wideY_;
  at::Tensor normsX_;
  at::Tensor normsY_;
};

// ||x - y||^2 of two rows, from their differences.
double squaredDistance(const float* x, const float* y, int64_t dimensions);

}  // namespace hinge
