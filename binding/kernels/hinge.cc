// hinge::triplet_hinge: the hinge over all triplets of some anchors, its gradient and exact counts, in O(C log C) a
// row.
//
// A row holds an anchor's distances to C candidates. The negatives that violate anything are sorted; each positive
// finds by binary search how many of them violate the margin, and prefix sums give their loss. The search uses the very
// comparison that evaluating a triplet would make, which is monotone in the negative's distance because rounding is, so
// that counts, and with power 1 the gradient, are those of evaluating every triplet, bit for bit.

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "library.h"
#include "ranking.h"

namespace hinge {

namespace {

struct Rule {
  double margin;
  int64_t power;      // 1 or 2
  bool activeAtKink;  // whether a triplet that meets the margin exactly has a gradient
};

struct RowResult {
  double loss = 0;
  int64_t total = 0;
  int64_t hard = 0;       // the negative is as near as the positive, or nearer
  int64_t violating = 0;  // the hinge is greater than 0
};

// What one triplet's hinge is of, in the order and precision in which operators on tensors would compute it.
template <typename scalar_t>
scalar_t argumentOf(scalar_t positive, scalar_t negative, scalar_t margin) {
  return margin - (negative - positive);
}

template <typename scalar_t>
class RowKernel {
 public:
  RowKernel(const Rule& rule) : rule_(rule), margin_(static_cast<scalar_t>(rule.margin)) {}

  // The loss of a row; its gradient goes to `gradient`, unless that is null.
  RowResult run(const scalar_t* distances, const bool* isPositive, const bool* isNegative, int64_t count,
                scalar_t* gradient) {
    read(distances, isPositive, isNegative, count);
    RowResult result;
    result.total = static_cast<int64_t>(positives_.size()) * static_cast<int64_t>(negatives_.size());
    if (result.total == 0) return result;
    if (finite_) {
      sorted(distances, gradient, result);
    } else {
      oneByOne(distances, gradient, result);
    }
    return result;
  }

 private:
  void read(const scalar_t* distances, const bool* isPositive, const bool* isNegative, int64_t count) {
    positives_.resize(static_cast<size_t>(count));
    negatives_.resize(static_cast<size_t>(count));
    size_t positives = 0;
    size_t negatives = 0;
    scalar_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
      positives_[positives] = i;
      negatives_[negatives] = i;
      positives += static_cast<size_t>(isPositive[i]);
      negatives += static_cast<size_t>(isNegative[i]);
      // NaN if one of those that take part is infinite or NaN.
      sum += isPositive[i] || isNegative[i] ? distances[i] * 0 : scalar_t(0);
    }
    positives_.resize(positives);
    negatives_.resize(negatives);
    finite_ = sum == 0;
  }

  bool isActive(scalar_t positive, scalar_t negative) const {
    const scalar_t argument = argumentOf(positive, negative, margin_);
    return rule_.activeAtKink ? argument >= 0 : argument > 0;
  }

  bool violates(scalar_t positive, scalar_t negative) const { return argumentOf(positive, negative, margin_) > 0; }

  static bool isHard(scalar_t positive, scalar_t negative) { return !(negative - positive > 0); }

  // The negatives that any positive reaches: those that the farthest one does.
  void rank(const scalar_t* distances) {
    scalar_t farthest = distances[positives_[0]];
    for (const int64_t column : positives_) farthest = std::max(farthest, distances[column]);
    ranking_.clear();
    for (const int64_t column : negatives_) {
      const scalar_t distance = distances[column];
      if (isActive(farthest, distance) || isHard(farthest, distance)) ranking_.add(distance, column);
    }
    ranking_.sort();
  }

  void sorted(const scalar_t* distances, scalar_t* gradient, RowResult& result) {
    rank(distances);
    const auto& near = ranking_.distances();
    const size_t count = near.size();
    sums_.resize(count + 1);
    squares_.resize(count + 1);
    sums_[0] = squares_[0] = 0;
    for (size_t i = 0; i < count; i++) {
      const auto distance = static_cast<double>(near[i]);
      sums_[i + 1] = sums_[i] + distance;
      squares_[i + 1] = squares_[i] + distance * distance;
    }
    // How many positives reach rank i and no further, and the sum of their thresholds.
    reached_.assign(count + 1, 0);
    thresholds_.assign(count + 1, 0);
    for (const int64_t column : positives_) {
      const scalar_t positive = distances[column];
      const size_t hard = countWhile(near, [&](scalar_t negative) { return isHard(positive, negative); });
      const size_t active = countWhile(near, [&](scalar_t negative) { return isActive(positive, negative); });
      const double threshold = static_cast<double>(positive) + static_cast<double>(margin_);
      const auto k = static_cast<double>(active);
      result.hard += static_cast<int64_t>(hard);
      result.violating += static_cast<int64_t>(
          rule_.activeAtKink ? countWhile(near, [&](scalar_t negative) { return violates(positive, negative); })
                             : active);
      if (rule_.power == 1) {
        result.loss += k * threshold - sums_[active];
      } else {
        result.loss += (k * threshold - 2 * sums_[active]) * threshold + squares_[active];
      }
      if (gradient != nullptr) {
        const double slope = rule_.power == 1 ? k : 2 * (k * threshold - sums_[active]);
        gradient[column] += static_cast<scalar_t>(slope);
        reached_[active]++;
        thresholds_[active] += threshold;
      }
    }
    if (gradient == nullptr) return;
    double violators = 0;
    double sum = 0;
    for (size_t i = count; i-- > 0;) {
      violators += static_cast<double>(reached_[i + 1]);
      sum += thresholds_[i + 1];
      const auto distance = static_cast<double>(near[i]);
      const double slope = rule_.power == 1 ? violators : 2 * (sum - violators * distance);
      gradient[ranking_.column(i)] -= static_cast<scalar_t>(slope);
    }
  }

  // For NaN and infinities, which have no order to search in.
  void oneByOne(const scalar_t* distances, scalar_t* gradient, RowResult& result) const {
    for (const int64_t column : positives_) {
      const scalar_t positive = distances[column];
      for (const int64_t other : negatives_) {
        const scalar_t negative = distances[other];
        const scalar_t argument = argumentOf(positive, negative, margin_);
        result.hard += isHard(positive, negative);
        result.violating += argument > 0 || std::isnan(argument);
        if (!isActive(positive, negative) && !std::isnan(argument)) continue;
        const auto value = static_cast<double>(argument);
        result.loss += rule_.power == 1 ? value : value * value;
        if (gradient == nullptr) continue;
        const double slope = rule_.power == 2 ? 2 * value : std::isnan(value) ? value : 1;
        const auto change = static_cast<scalar_t>(slope);
        gradient[column] += change;
        gradient[other] -= change;
      }
    }
  }

  Rule rule_;
  scalar_t margin_;
  bool finite_ = true;
  std::vector<int64_t> positives_;
  std::vector<int64_t> negatives_;
  Ranking<scalar_t> ranking_;
  std::vector<double> sums_;
  std::vector<double> squares_;
  std::vector<int64_t> reached_;
  std::vector<double> thresholds_;
};

using Results = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

template <typename scalar_t>
void runRows(const at::Tensor& distances, const at::Tensor& positives, const at::Tensor& negatives, const Rule& rule,
             Results& results) {
  const int64_t rows = distances.size(0);
  const int64_t columns = distances.size(1);
  auto& [losses, gradient, counts] = results;
  const auto* matrix = distances.const_data_ptr<scalar_t>();
  const auto* isPositive = positives.const_data_ptr<bool>();
  const auto* isNegative = negatives.const_data_ptr<bool>();
  auto* loss = losses.mutable_data_ptr<double>();
  auto* count = counts.mutable_data_ptr<int64_t>();
  scalar_t* slopes = gradient.numel() > 0 ? gradient.mutable_data_ptr<scalar_t>() : nullptr;
  at::parallel_for(0, rows, 1, [&](int64_t begin, int64_t end) {
    RowKernel<scalar_t> kernel(rule);
    for (int64_t row = begin; row < end; row++) {
      const int64_t at = row * columns;
      const RowResult result =
          kernel.run(matrix + at, isPositive + at, isNegative + at, columns, slopes == nullptr ? nullptr : slopes + at);
      loss[row] = result.loss;
      count[row * 3] = result.total;
      count[row * 3 + 1] = result.hard;
      count[row * 3 + 2] = result.violating;
    }
  });
}

Results tripletHinge(const at::Tensor& distances, const at::Tensor& positives, const at::Tensor& negatives,
                     double margin, int64_t power, bool activeAtKink, bool withGradient) {
  expectRelated("triplet_hinge", distances, positives, negatives);
  TORCH_CHECK(power == 1 || power == 2, "triplet_hinge: power must be 1 or 2, got ", power);
  TORCH_CHECK(std::isfinite(margin), "triplet_hinge: margin must be finite, got ", margin);
  const int64_t rows = distances.size(0);
  Results results{
      at::zeros({rows}, distances.options().dtype(at::kDouble)),
      withGradient ? at::zeros(distances.sizes(), distances.options()) : at::zeros({0}, distances.options()),
      at::zeros({rows, 3}, distances.options().dtype(at::kLong))};
  const Rule rule{margin, power, activeAtKink};
  const auto matrix = distances.contiguous();
  const auto chosen = positives.contiguous();
  const auto others = negatives.contiguous();
  AT_DISPATCH_FLOATING_TYPES(distances.scalar_type(), "triplet_hinge",
                             [&] { runRows<scalar_t>(matrix, chosen, others, rule, results); });
  return results;
}

}  // namespace

void defineTripletHinge(torch::Library& library) {
  defineCpu(library,
            "triplet_hinge(Tensor distances, Tensor positives, Tensor negatives, float margin, int power=1, "
            "bool active_at_kink=False, bool with_gradient=True) -> (Tensor losses, Tensor gradient, Tensor counts)",
            &tripletHinge);
}

}  // namespace hinge
