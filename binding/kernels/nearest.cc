// hinge::nearest: the k nearest rows of a set by Euclidean distance, exactly, at the speed of a float32 matrix product.
//
// Products of float32 say what cannot be among the k nearest: ||y||^2 - 2 x.y is off by no more than a bound that the
// norms give. What could be is kept, a little more than k of a million rows, and evaluated directly in float64 at the
// end.

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "library.h"
#include "squares.h"

namespace hinge {

namespace {

// A block of products fits a processor's cache: 2 MB.
constexpr int64_t kQueries = 512;
constexpr int64_t kReferences = 1024;
// After so many the limit is looked at again.
constexpr int64_t kStride = 256;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// So many floats are compared at once; a compiler that is left to itself compares them one by one.
constexpr int64_t kLanes = 16;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
using Flags = int32_t __attribute__((vector_size(kLanes * sizeof(float))));
constexpr Flags kBits = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};

// All lanes in one word: their halves are joined until two are left.
inline __attribute__((always_inline)) uint32_t joined(const Flags& flags) {
  using Half = int32_t __attribute__((vector_size(sizeof(Flags) / 2)));
  using Quarter = int32_t __attribute__((vector_size(sizeof(Flags) / 4)));
  std::array<Half, 2> halves;
  std::memcpy(&halves, &flags, sizeof(flags));
  const Half half = halves[0] | halves[1];
  std::array<Quarter, 2> quarters;
  std::memcpy(&quarters, &half, sizeof(half));
  const Quarter quarter = quarters[0] | quarters[1];
  std::array<uint64_t, 2> words;
  std::memcpy(&words, &quarter, sizeof(quarter));
  const uint64_t word = words[0] | words[1];
  return static_cast<uint32_t>(word | word >> 32);
}

// Writes where what remains of a squared distance, without the query's own norm, is no more than a limit; returns how
// often.
HINGE_VECTORISED int64_t below(const float* products, const float* norms, int64_t count, float limit, int32_t* places) {
  int64_t total = 0;
  int64_t start = 0;
  for (; start + kLanes <= count; start += kLanes) {
    Lanes product;
    Lanes norm;
    std::memcpy(&product, products + start, sizeof(product));
    std::memcpy(&norm, norms + start, sizeof(norm));
    const Flags inside = (norm - 2 * product <= limit) & kBits;
    for (uint32_t bits = joined(inside); bits != 0; bits &= bits - 1)
      places[total++] = static_cast<int32_t>(start + std::countr_zero(bits));
  }
  for (; start < count; start++) {
    places[total] = static_cast<int32_t>(start);
    total += norms[start] - 2 * products[start] <= limit;
  }
  return total;
}

struct Found {
  float value;
  int64_t row;
};

// Of one query: what may be among its k nearest so far.
class Shortlist {
 public:
  void start(int64_t k, float slack) {
    k_ = static_cast<size_t>(k);
    slack_ = slack;
    limit_ = kInfinity;
    low_ = kInfinity;
    high_ = -kInfinity;
    most_ = 3 * k_ + 64;
    found_.clear();
    found_.reserve(most_);
  }

  float limit() const { return limit_; }

  // All that may be among the k nearest.
  std::vector<Found>& found() {
    if (found_.size() > k_) shorten();
    return found_;
  }

  void add(float value, int64_t row) {
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
    found_.push_back({value, row});
    if (found_.size() >= most_) shorten();
  }

 private:
  static constexpr size_t kBins = 256;

  // Keeps what is within the slack of a value that no fewer than k are up to.
  void shorten() {
    limit_ = upperBound() + slack_;
    high_ = std::min(high_, limit_);
    size_t kept = 0;
    for (const Found& each : found_) {
      found_[kept] = each;
      kept += each.value <= limit_ ? 1 : 0;
    }
    found_.resize(kept);
    // Many equal values stay; they are not looked through again for each that is added.
    most_ = std::max(most_, 2 * found_.size());
  }

  // The end of the bin that holds the k-th value. Counting in bins has no branches that a processor could mispredict,
  // as a selection of the k-th itself has.
  float upperBound() const {
    const float scale = static_cast<float>(kBins - 1) / (high_ - low_);
    if (!std::isnormal(scale)) return high_;  // all are equal, or too far apart
    std::array<uint32_t, kBins + 1> counts{};
    for (const Found& each : found_) counts[static_cast<size_t>(static_cast<int32_t>((each.value - low_) * scale))]++;
    size_t bin = 0;
    for (size_t count = counts[0]; count < k_; count += counts[bin]) bin++;
    // A bin was found with two roundings, of 6e-8 each.
    const double end = low_ + static_cast<double>(bin + 1) / scale * (1 + 3e-7);
    return std::min(high_, std::nextafter(static_cast<float>(end), kInfinity));
  }

  size_t k_ = 0;
  // All values lie between.
  float low_ = kInfinity;
  float high_ = -kInfinity;
  size_t most_ = 0;
  float slack_ = 0;
  float limit_ = kInfinity;
  std::vector<Found> found_;
};

struct Sets {
  at::Tensor queries;     // float32 [N, D]
  at::Tensor references;  // float32 [M, D]
  at::Tensor norms;       // float32 [M], squared
  std::vector<float> slack;
  int64_t self;  // the reference that is query 0, or -1

  int64_t own(int64_t query) const { return self < 0 ? -1 : self + query; }
};

// By how much two values of a query may be in the wrong order: twice the rounding of a product of D terms, of a norm
// and of their difference, and what is lost where products underflow.
std::vector<float> slackOf(const at::Tensor& queries, const at::Tensor& norms) {
  const auto lengths = queries.to(at::kDouble).square().sum(1).sqrt();
  // A float32 norm is rounded itself.
  const double longest = std::sqrt(norms.max().item<double>()) * 1.000001;
  const auto* length = lengths.const_data_ptr<double>();
  const double unit = std::ldexp(1.0, -24);
  const double terms = static_cast<double>(queries.size(1)) + 4;
  std::vector<float> slack(static_cast<size_t>(queries.size(0)));
  for (size_t i = 0; i < slack.size(); i++) {
    const double one = 2.02 * terms * unit * length[i] * longest + 4 * unit * longest * longest +
                       4 * terms * std::numeric_limits<float>::min();
    slack[i] = static_cast<float>(2.02 * one);
  }
  return slack;
}

// Asks for a row's memory, so that it is there when it is read.
void expectRow(const float* row, int64_t dimensions) {
  constexpr int64_t line = 16;
  for (int64_t i = 0; i < dimensions; i += line) __builtin_prefetch(row + i);
}

// Evaluates what is left of a query and writes its k nearest, of equals those with the lower rows.
void finish(const Sets& sets, int64_t query, const std::vector<Found>& found, int64_t k, float* distances,
            int64_t* rows) {
  constexpr size_t ahead = 4;
  const int64_t dimensions = sets.queries.size(1);
  const auto* x = sets.queries.const_data_ptr<float>() + query * dimensions;
  const auto* y = sets.references.const_data_ptr<float>();
  // A distance and its row in one word: what is not negative is in the order of its bits.
  static thread_local std::vector<uint64_t> words;
  words.clear();
  for (size_t i = 0; i < found.size(); i++) {
    if (i + ahead < found.size()) expectRow(y + found[i + ahead].row * dimensions, dimensions);
    const auto distance = static_cast<float>(std::sqrt(squaredDistance(x, y + found[i].row * dimensions, dimensions)));
    words.push_back(uint64_t{std::bit_cast<uint32_t>(distance)} << 32 | static_cast<uint64_t>(found[i].row));
  }
  std::sort(words.begin(), words.end());
  for (int64_t i = 0; i < k; i++) {
    const uint64_t word = words[static_cast<size_t>(i)];
    distances[i] = std::bit_cast<float>(static_cast<uint32_t>(word >> 32));
    rows[i] = static_cast<int64_t>(word & std::numeric_limits<uint32_t>::max());
  }
}

void scan(const float* products, const float* norms, int64_t begin, int64_t count, int64_t own, Shortlist& shortlist) {
  std::array<int32_t, kStride + 1> places;
  for (int64_t start = 0; start < count; start += kStride) {
    const int64_t length = std::min(kStride, count - start);
    const int64_t found = below(products + start, norms + start, length, shortlist.limit(), places.data());
    for (int64_t i = 0; i < found; i++) {
      const int64_t j = start + places[static_cast<size_t>(i)];
      if (begin + j != own) shortlist.add(norms[j] - 2 * products[j], begin + j);
    }
  }
}

using Neighbors = std::tuple<at::Tensor, at::Tensor>;

Neighbors nearest(const at::Tensor& queries, const at::Tensor& references, const at::Tensor& norms, int64_t k,
                  int64_t self) {
  TORCH_CHECK(queries.dim() == 2 && references.dim() == 2 && queries.size(1) == references.size(1),
              "nearest: queries must be [N, D] and references [M, D], got ", queries.sizes(), " and ",
              references.sizes());
  TORCH_CHECK(queries.scalar_type() == at::kFloat && references.scalar_type() == at::kFloat,
              "nearest: queries and references must be float32, got ", queries.scalar_type(), " and ",
              references.scalar_type());
  const int64_t count = queries.size(0);
  const int64_t total = references.size(0);
  TORCH_CHECK(norms.dim() == 1 && norms.size(0) == total && norms.scalar_type() == at::kFloat,
              "nearest: norms must be float32 [", total, "], got ", norms.scalar_type(), " ", norms.sizes());
  TORCH_CHECK(self < 0 || self + count <= total, "nearest: ", total, " references cannot include ", count, " queries");
  TORCH_CHECK(k >= 1 && k <= total - (self < 0 ? 0 : 1),
              "nearest: k must be between 1 and the number of candidates, got ", k);
  TORCH_CHECK(total <= std::numeric_limits<uint32_t>::max(), "nearest: at most 2^32 - 1 references, got ", total);
  Neighbors result{at::empty({count, k}, queries.options()), at::empty({count, k}, queries.options().dtype(at::kLong))};
  if (count == 0) return result;
  Sets sets{queries.contiguous(), references.contiguous(), norms.contiguous(), {}, self};
  sets.slack = slackOf(sets.queries, sets.norms);
  for (const float slack : sets.slack) {
    TORCH_CHECK(std::isfinite(slack), "nearest: queries and references must be finite");
  }
  auto* distances = std::get<0>(result).mutable_data_ptr<float>();
  auto* rows = std::get<1>(result).mutable_data_ptr<int64_t>();
  const auto* squares = sets.norms.const_data_ptr<float>();
  std::vector<Shortlist> shortlists(static_cast<size_t>(std::min(kQueries, count)));
  auto products = at::empty({std::min(kQueries, count), std::min(kReferences, total)}, queries.options());
  for (int64_t first = 0; first < count; first += kQueries) {
    const int64_t length = std::min(kQueries, count - first);
    for (int64_t i = 0; i < length; i++) {
      shortlists[static_cast<size_t>(i)].start(k, sets.slack[static_cast<size_t>(first + i)]);
    }
    const auto block = sets.queries.narrow(0, first, length);
    for (int64_t begin = 0; begin < total; begin += kReferences) {
      const int64_t width = std::min(kReferences, total - begin);
      auto values = products.flatten().narrow(0, 0, length * width).view({length, width});
      at::mm_out(values, block, sets.references.narrow(0, begin, width).t());
      const auto* product = values.const_data_ptr<float>();
      at::parallel_for(0, length, 16, [&](int64_t from, int64_t to) {
        for (int64_t i = from; i < to; i++) {
          scan(product + i * width, squares + begin, begin, width, sets.own(first + i),
               shortlists[static_cast<size_t>(i)]);
        }
      });
    }
    at::parallel_for(0, length, 16, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; i++) {
        const int64_t query = first + i;
        finish(sets, query, shortlists[static_cast<size_t>(i)].found(), k, distances + query * k, rows + query * k);
      }
    });
  }
  return result;
}

}  // namespace

void defineNearest(torch::Library& library) {
  defineCpu(library,
            "nearest(Tensor queries, Tensor references, Tensor norms, int k, int self=-1) -> "
            "(Tensor distances, Tensor indices)",
            &nearest);
}

}  // namespace hinge
