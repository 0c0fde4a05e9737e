// hinge::triplet_tiles: the loss of all triplets that no sorting can sum: a smooth one, one that compares a negative
// with the nearer of anchor and positive, one whose triplets have weights. Every triplet is evaluated, none is kept.

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <vector>

#include "library.h"

namespace hinge {

namespace {

struct Shape {
  double margin;
  bool smooth;
  int64_t rows;
  int64_t columns;
};

// Distances small is near, and what each of a row's pairs counts.
template <typename scalar_t>
struct Inputs {
  const scalar_t* distances;  // [R, C]
  const bool* positives;
  const bool* negatives;
  const scalar_t* others;   // [C, C], or null: then a negative is compared with the anchor alone
  const scalar_t* weights;  // [R, C], or null
};

// The candidates of one kind of a row, side by side.
template <typename scalar_t>
struct Side {
  std::vector<int64_t> columns;
  std::vector<scalar_t> distances;
  std::vector<scalar_t> weights;

  void read(const scalar_t* distance, const bool* mask, const scalar_t* weight, int64_t count) {
    columns.clear();
    distances.clear();
    weights.clear();
    for (int64_t i = 0; i < count; i++) {
      if (!mask[i]) continue;
      columns.push_back(i);
      distances.push_back(distance[i]);
      weights.push_back(weight == nullptr ? scalar_t(1) : weight[i]);
    }
  }
};

// Value and slope of one triplet.
struct Term {
  double value;
  double slope;
};

template <typename scalar_t>
Term termOf(scalar_t positive, scalar_t negative, scalar_t margin, bool smooth) {
  const scalar_t argument = margin - (negative - positive);
  if (!smooth) return std::isnan(argument) || argument > 0 ? Term{static_cast<double>(argument), 1} : Term{0, 0};
  const auto x = static_cast<double>(argument);
  const double small = std::exp(-std::abs(x));
  return {std::max(x, 0.0) + std::log1p(small), (x >= 0 ? 1 : small) / (1 + small)};
}

// How a slope by the compared distance is shared: all to the nearer, half each where both are as near.
template <typename scalar_t>
double shareOfAnchor(scalar_t anchor, scalar_t positive) {
  if (anchor == positive) return 0.5;
  return anchor < positive ? 1 : 0;
}

struct Outputs {
  double* losses;    // [R]
  int64_t* counts;   // [R, 2]: triplets, those with a loss above 0
  double* gradient;  // [R, C], or null
};

template <typename scalar_t>
void runRow(const Shape& shape, const Inputs<scalar_t>& in, int64_t row, Side<scalar_t>& positives,
            Side<scalar_t>& negatives, const Outputs& out) {
  const int64_t at = row * shape.columns;
  const scalar_t* weights = in.weights == nullptr ? nullptr : in.weights + at;
  positives.read(in.distances + at, in.positives + at, weights, shape.columns);
  negatives.read(in.distances + at, in.negatives + at, weights, shape.columns);
  const auto margin = static_cast<scalar_t>(shape.margin);
  double loss = 0;
  int64_t nonZero = 0;
  for (size_t p = 0; p < positives.columns.size(); p++) {
    const scalar_t near = positives.distances[p];
    const scalar_t* fromPositive = in.others == nullptr ? nullptr : in.others + positives.columns[p] * shape.columns;
    double slopes = 0;
    for (size_t n = 0; n < negatives.columns.size(); n++) {
      const scalar_t own = negatives.distances[n];
      const scalar_t swapped = fromPositive == nullptr ? own : fromPositive[negatives.columns[n]];
      const Term term = termOf(near, fromPositive == nullptr ? own : std::min(own, swapped), margin, shape.smooth);
      const double weight = static_cast<double>(positives.weights[p]) * static_cast<double>(negatives.weights[n]);
      const double value = term.value * weight;
      loss += value;
      nonZero += value > 0;
      if (out.gradient == nullptr) continue;
      const double slope = term.slope * weight;
      slopes += slope;
      out.gradient[at + negatives.columns[n]] -= fromPositive == nullptr ? slope : slope * shareOfAnchor(own, swapped);
    }
    if (out.gradient != nullptr) out.gradient[at + positives.columns[p]] += slopes;
  }
  out.losses[row] = loss;
  out.counts[2 * row] = static_cast<int64_t>(positives.columns.size() * negatives.columns.size());
  out.counts[2 * row + 1] = nonZero;
}

// What a positive's own distances to negatives get, from all anchors that it is a positive of.
template <typename scalar_t>
void runSwapped(const Shape& shape, const Inputs<scalar_t>& in, int64_t positive, double* gradient) {
  const auto margin = static_cast<scalar_t>(shape.margin);
  const scalar_t* others = in.others + positive * shape.columns;
  for (int64_t row = 0; row < shape.rows; row++) {
    const int64_t at = row * shape.columns;
    if (!in.positives[at + positive]) continue;
    const double weight = in.weights == nullptr ? 1 : static_cast<double>(in.weights[at + positive]);
    for (int64_t n = 0; n < shape.columns; n++) {
      if (!in.negatives[at + n]) continue;
      const double share = 1 - shareOfAnchor(in.distances[at + n], others[n]);
      if (share == 0) continue;
      const Term term = termOf(in.distances[at + positive], others[n], margin, shape.smooth);
      const double other = in.weights == nullptr ? 1 : static_cast<double>(in.weights[at + n]);
      gradient[positive * shape.columns + n] -= term.slope * share * weight * other;
    }
  }
}

using Results = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

template <typename scalar_t>
void runAll(const Shape& shape, const Inputs<scalar_t>& in, Results& results) {
  auto& [losses, counts, gradient, ofOthers] = results;
  const Outputs out{losses.template mutable_data_ptr<double>(), counts.template mutable_data_ptr<int64_t>(),
                    gradient.numel() > 0 ? gradient.template mutable_data_ptr<double>() : nullptr};
  at::parallel_for(0, shape.rows, 1, [&](int64_t begin, int64_t end) {
    Side<scalar_t> positives;
    Side<scalar_t> negatives;
    for (int64_t row = begin; row < end; row++) runRow(shape, in, row, positives, negatives, out);
  });
  if (ofOthers.numel() == 0) return;
  auto* swapped = ofOthers.template mutable_data_ptr<double>();
  at::parallel_for(0, shape.columns, 1, [&](int64_t begin, int64_t end) {
    for (int64_t positive = begin; positive < end; positive++) runSwapped(shape, in, positive, swapped);
  });
}

Results tripletTiles(const at::Tensor& distances, const at::Tensor& positives, const at::Tensor& negatives,
                     const std::optional<at::Tensor>& others, const std::optional<at::Tensor>& weights, double margin,
                     bool smooth, bool withGradient) {
  expectRelated("triplet_tiles", distances, positives, negatives);
  const int64_t columns = distances.size(1);
  TORCH_CHECK(!others || (others->dim() == 2 && others->size(0) == columns && others->size(1) == columns &&
                          others->scalar_type() == distances.scalar_type()),
              "triplet_tiles: others must be ", distances.scalar_type(), " [", columns, ", ", columns, "]");
  TORCH_CHECK(!weights || (weights->sizes() == distances.sizes() && weights->scalar_type() == distances.scalar_type()),
              "triplet_tiles: weights must be ", distances.scalar_type(), " ", distances.sizes());
  const auto wide = distances.options().dtype(at::kDouble);
  const bool withOthers = withGradient && others.has_value();
  Results results{at::zeros({distances.size(0)}, wide), at::zeros({distances.size(0), 2}, wide.dtype(at::kLong)),
                  withGradient ? at::zeros(distances.sizes(), wide) : at::zeros({0}, wide),
                  withOthers ? at::zeros(others->sizes(), wide) : at::zeros({0}, wide)};
  const auto matrix = distances.contiguous();
  const auto isPositive = positives.contiguous();
  const auto isNegative = negatives.contiguous();
  const auto swapped = others ? others->contiguous() : at::Tensor();
  const auto counted = weights ? weights->contiguous() : at::Tensor();
  const Shape shape{margin, smooth, distances.size(0), columns};
  AT_DISPATCH_FLOATING_TYPES(distances.scalar_type(), "triplet_tiles", [&] {
    const Inputs<scalar_t> in{matrix.const_data_ptr<scalar_t>(), isPositive.const_data_ptr<bool>(),
                              isNegative.const_data_ptr<bool>(), others ? swapped.const_data_ptr<scalar_t>() : nullptr,
                              weights ? counted.const_data_ptr<scalar_t>() : nullptr};
    runAll(shape, in, results);
  });
  return results;
}

}  // namespace

void defineTripletTiles(torch::Library& library) {
  defineCpu(library,
            "triplet_tiles(Tensor distances, Tensor positives, Tensor negatives, Tensor? others, Tensor? weights, "
            "float margin, bool smooth=False, bool with_gradient=True) -> "
            "(Tensor losses, Tensor counts, Tensor gradient, Tensor gradient_of_others)",
            &tripletTiles);
}

}  // namespace hinge
