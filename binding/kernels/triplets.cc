// hinge::margin_triplets: the triplets of a batch by `gap = distances[a][n] - distances[a][p]`, without the mask over
// all of them that a composition of operators needs.

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <vector>

#include "library.h"

namespace hinge {

namespace {

// As lib/selection/margin-triplets.ts numbers them.
enum class Type : int64_t { kAll, kHard, kSemihard, kEasy, kCount };

// Of the triplets of an anchor, or of all.
struct Counts {
  int64_t total = 0;
  int64_t hard = 0;       // !(gap > 0)
  int64_t violating = 0;  // !(gap > margin)
  int64_t both = 0;

  Counts& operator+=(const Counts& other) {
    total += other.total;
    hard += other.hard;
    violating += other.violating;
    both += other.both;
    return *this;
  }

  int64_t of(Type type) const {
    switch (type) {
      case Type::kHard:
        return both;
      case Type::kSemihard:
        return violating - both;
      case Type::kEasy:
        return total - violating;
      default:
        return violating;
    }
  }
};

// One anchor's row, divided by who belongs to it.
template <typename scalar_t>
struct Row {
  std::vector<int64_t> positives;
  std::vector<int64_t> negatives;
  std::vector<scalar_t> distances;  // of the negatives

  void read(const scalar_t* row, const bool* isPositive, const bool* isNegative, int64_t count) {
    positives.clear();
    negatives.clear();
    distances.clear();
    for (int64_t i = 0; i < count; i++) {
      if (isPositive[i]) positives.push_back(i);
      if (isNegative[i]) {
        negatives.push_back(i);
        distances.push_back(row[i]);
      }
    }
  }
};

// Rounded as the subtraction of two tensors rounds.
template <typename scalar_t>
scalar_t gapOf(scalar_t negative, scalar_t positive) {
  return static_cast<scalar_t>(negative - positive);
}

template <typename scalar_t>
Counts countRow(const Row<scalar_t>& row, const scalar_t* distances, scalar_t margin) {
  Counts counts;
  for (const int64_t positive : row.positives) {
    const scalar_t near = distances[positive];
    int32_t hard = 0;
    int32_t violating = 0;
    int32_t both = 0;
    for (const scalar_t distance : row.distances) {
      const scalar_t gap = gapOf(distance, near);
      // Written with `not`, so that NaN is never easy.
      const bool isHard = !(gap > scalar_t(0));
      const bool violates = !(gap > margin);
      hard += isHard;
      violating += violates;
      both += isHard & violates;
    }
    counts += {static_cast<int64_t>(row.distances.size()), hard, violating, both};
  }
  return counts;
}

// Where the triplets of an anchor go.
struct Columns {
  int64_t* anchor;
  int64_t* positive;
  int64_t* negative;
};

template <typename scalar_t>
void writeRow(const Row<scalar_t>& row, const scalar_t* distances, scalar_t margin, Type type, int64_t anchor,
              Columns out, std::vector<int64_t>& chosen) {
  const bool wantsViolation = type != Type::kEasy;
  const bool wantsHard = type == Type::kHard;
  const bool eitherWay = type == Type::kAll || type == Type::kEasy;
  chosen.resize(row.negatives.size() + 1);
  for (const int64_t positive : row.positives) {
    const scalar_t near = distances[positive];
    size_t count = 0;
    for (size_t i = 0; i < row.negatives.size(); i++) {
      const scalar_t gap = gapOf(row.distances[i], near);
      const bool isHard = !(gap > scalar_t(0));
      const bool violates = !(gap > margin);
      chosen[count] = row.negatives[i];
      count += static_cast<size_t>((violates == wantsViolation) & (eitherWay | (isHard == wantsHard)));
    }
    out.anchor = std::fill_n(out.anchor, count, anchor);
    out.positive = std::fill_n(out.positive, count, positive);
    out.negative = std::copy_n(chosen.begin(), count, out.negative);
  }
}

using Triplets = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

template <typename scalar_t>
Triplets mine(const at::Tensor& distances, const at::Tensor& positives, const at::Tensor& negatives, double margin,
              Type type) {
  const int64_t rows = distances.size(0);
  const int64_t columns = distances.size(1);
  const auto* matrix = distances.const_data_ptr<scalar_t>();
  const auto* isPositive = positives.const_data_ptr<bool>();
  const auto* isNegative = negatives.const_data_ptr<bool>();
  const auto limit = static_cast<scalar_t>(margin);
  std::vector<Counts> counts(static_cast<size_t>(rows));
  const int64_t grain = std::max<int64_t>(1, at::internal::GRAIN_SIZE / std::max<int64_t>(1, columns));

  at::parallel_for(0, rows, grain, [&](int64_t begin, int64_t end) {
    Row<scalar_t> row;
    for (int64_t anchor = begin; anchor < end; anchor++) {
      const int64_t at = anchor * columns;
      row.read(matrix + at, isPositive + at, isNegative + at, columns);
      counts[static_cast<size_t>(anchor)] = countRow(row, matrix + at, limit);
    }
  });

  Counts sum;
  std::vector<int64_t> starts;
  starts.reserve(counts.size());
  for (const Counts& each : counts) {
    starts.push_back(sum.of(type));
    sum += each;
  }
  const auto empty = [&](int64_t size) { return at::empty({size}, distances.options().dtype(at::kLong)); };
  const int64_t found = sum.of(type);
  Triplets result{empty(found), empty(found), empty(found), empty(3)};
  auto& [anchorsFound, positivesFound, negativesFound, totals] = result;
  const Columns out{anchorsFound.mutable_data_ptr<int64_t>(), positivesFound.mutable_data_ptr<int64_t>(),
                    negativesFound.mutable_data_ptr<int64_t>()};
  const std::array<int64_t, 3> summary{sum.total, sum.hard, sum.violating};
  std::copy(summary.begin(), summary.end(), totals.mutable_data_ptr<int64_t>());

  at::parallel_for(0, rows, grain, [&](int64_t begin, int64_t end) {
    Row<scalar_t> row;
    std::vector<int64_t> chosen;
    for (int64_t anchor = begin; anchor < end; anchor++) {
      if (counts[static_cast<size_t>(anchor)].of(type) == 0) continue;
      const int64_t at = anchor * columns;
      const scalar_t* line = matrix + at;
      const int64_t start = starts[static_cast<size_t>(anchor)];
      row.read(line, isPositive + at, isNegative + at, columns);
      writeRow(row, line, limit, type, anchor, {out.anchor + start, out.positive + start, out.negative + start},
               chosen);
    }
  });
  return result;
}

Triplets marginTriplets(const at::Tensor& distances, const at::Tensor& positives, const at::Tensor& negatives,
                        double margin, int64_t type) {
  expectRelated("margin_triplets", distances, positives, negatives);
  TORCH_CHECK(type >= 0 && type < static_cast<int64_t>(Type::kCount),
              "margin_triplets: no type of triplets has number ", type);
  TORCH_CHECK(distances.size(1) <= INT32_MAX, "margin_triplets: too many columns, ", distances.size(1));
  Triplets result;
  const auto matrix = distances.contiguous();
  const auto chosen = positives.contiguous();
  const auto others = negatives.contiguous();
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, distances.scalar_type(), "margin_triplets", [&] {
    result = mine<scalar_t>(matrix, chosen, others, margin, static_cast<Type>(type));
  });
  return result;
}

}  // namespace

void defineMarginTriplets(torch::Library& library) {
  defineCpu(library,
            "margin_triplets(Tensor distances, Tensor positives, Tensor negatives, float margin, int type) -> "
            "(Tensor anchor, Tensor positive, Tensor negative, Tensor counts)",
            &marginTriplets);
}

}  // namespace hinge
