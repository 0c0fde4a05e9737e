#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIndexing.h>

#include "stopwatch.h"

int main() {
  at::set_num_threads(1);
  Stopwatch stopwatch;
  const at::Tensor a = at::arange(1, 5, at::kFloat);
  const at::Tensor b = at::arange(5, 9, at::kFloat);
  const at::Tensor square = at::ones({8, 8});

  stopwatch.time("add", [&](int64_t count) {
    for (int64_t i = 0; i < count; i++) at::Tensor result = a + b;
  });
  stopwatch.time("mul number", [&](int64_t count) {
    for (int64_t i = 0; i < count; i++) at::Tensor result = a * 2.5;
  });
  stopwatch.time("sum keepdim", [&](int64_t count) {
    for (int64_t i = 0; i < count; i++) at::Tensor result = square.sum(1, true);
  });
  stopwatch.time("matmul", [&](int64_t count) {
    for (int64_t i = 0; i < count; i++) at::Tensor result = square.matmul(square);
  });
  stopwatch.time("index", [&](int64_t count) {
    using at::indexing::Slice;
    for (int64_t i = 0; i < count; i++) at::Tensor result = square.index({Slice(0, 4), 2});
  });
  stopwatch.print();
}
