// hinge::select_pairs: for each row the positives and the negatives that a rule chooses by their Euclidean distance, a
// block of rows at a time, so that the distances of a hundred thousand rows are never held at once.

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <vector>

#include "library.h"
#include "squares.h"

namespace hinge {

namespace {

// As lib/miners/select-pairs.ts numbers them.
enum class Rule : int64_t { kHard, kEasy, kSemihard, kCount };

struct Candidate {
  double squared;
  int64_t column;
};

// Nearer first; of two as near the one with the lower number.
bool nearer(const Candidate& a, const Candidate& b) {
  return a.squared < b.squared || (a.squared == b.squared && a.column < b.column);
}

bool farther(const Candidate& a, const Candidate& b) {
  return a.squared > b.squared || (a.squared == b.squared && a.column < b.column);
}

// Of what is offered, the `size` that come first.
class Best {
 public:
  Best(bool nearestFirst, size_t size) : before_(nearestFirst ? nearer : farther), size_(size) {}

  void clear() { kept_.clear(); }

  void offer(const Candidate& candidate) {
    if (kept_.size() < size_) {
      kept_.push_back(candidate);
      std::push_heap(kept_.begin(), kept_.end(), before_);
    } else if (before_(candidate, kept_.front())) {
      std::pop_heap(kept_.begin(), kept_.end(), before_);
      kept_.back() = candidate;
      std::push_heap(kept_.begin(), kept_.end(), before_);
    }
  }

  // What a candidate must be inside of to be kept, or as far as.
  double edge(double otherwise) const { return kept_.size() < size_ ? otherwise : kept_.front().squared; }

  const std::vector<Candidate>& sorted() {
    std::sort_heap(kept_.begin(), kept_.end(), before_);
    return kept_;
  }

 private:
  bool (*before_)(const Candidate&, const Candidate&);
  size_t size_;
  std::vector<Candidate> kept_;
};

struct Choice {
  Rule rule;
  int64_t skip;   // how many that would come first are passed over
  int64_t count;  // how many are chosen then
};

// The columns of each class.
using Members = std::unordered_map<int64_t, std::vector<int64_t>>;

// Whether any of some values lies in (low, high]. Random distances almost never do once the best are known.
HINGE_VECTORISED bool anyWithin(const double* values, int64_t count, double low, double high) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; i++) found += (values[i] > low) & (values[i] <= high);
  return found > 0;
}

struct Plan {
  const int64_t* labels;
  const int64_t* candidates;
  const Members* members;
  int64_t columns;
  int64_t self;  // the column that is row 0, or -1
  Choice positive;
  Choice negative;
};

class RowSelection {
 public:
  explicit RowSelection(const Plan& plan)
      : plan_(plan),
        positives_(plan.positive.rule == Rule::kEasy, static_cast<size_t>(plan.positive.skip + plan.positive.count)),
        negatives_(plan.negative.rule != Rule::kEasy, static_cast<size_t>(plan.negative.skip + plan.negative.count)) {}

  void run(int64_t row, const double* squared, int64_t* positives, int64_t* negatives) {
    const int64_t label = plan_.labels[row];
    const int64_t own = plan_.self < 0 ? -1 : plan_.self + row;
    // A semi-hard one is compared with the first chosen on the other side, which cannot be semi-hard then.
    if (plan_.positive.rule == Rule::kSemihard) {
      const double limit = negativesOf(label, own, squared, -1, negatives);
      positivesOf(label, own, squared, limit, positives);
    } else {
      const double limit = positivesOf(label, own, squared, kNone, positives);
      negativesOf(label, own, squared, plan_.negative.rule == Rule::kSemihard ? limit : -1, negatives);
    }
  }

 private:
  static constexpr double kNone = std::numeric_limits<double>::infinity();
  static constexpr int64_t kStride = 64;

  // Those nearer than the limit. Returns the squared distance of the first chosen; where there is none, what lets no
  // negative be semi-hard.
  double positivesOf(int64_t label, int64_t own, const double* squared, double limit, int64_t* out) {
    positives_.clear();
    const auto members = plan_.members->find(label);
    if (members != plan_.members->end()) {
      for (const int64_t j : members->second) {
        if (j != own && (squared[j] < limit || limit == kNone)) positives_.offer({squared[j], j});
      }
    }
    return write(positives_.sorted(), plan_.positive, out, kNone);
  }

  // Those farther than the limit.
  double negativesOf(int64_t label, int64_t own, const double* squared, double limit, int64_t* out) {
    negatives_.clear();
    const bool nearest = plan_.negative.rule != Rule::kEasy;
    for (int64_t begin = 0; begin < plan_.columns; begin += kStride) {
      const int64_t end = std::min(begin + kStride, plan_.columns);
      const double low = nearest ? limit : std::nextafter(negatives_.edge(limit), -1);
      const double high = nearest ? negatives_.edge(kNone) : kNone;
      if (!anyWithin(squared + begin, end - begin, std::max(low, limit), high)) continue;
      for (int64_t j = begin; j < end; j++) {
        if (plan_.candidates[j] != label && j != own && squared[j] > limit) negatives_.offer({squared[j], j});
      }
    }
    return write(negatives_.sorted(), plan_.negative, out, -1);
  }

  static double write(const std::vector<Candidate>& best, const Choice& choice, int64_t* out, double none) {
    const auto skip = static_cast<size_t>(choice.skip);
    for (size_t i = skip; i < best.size(); i++) out[i - skip] = best[i].column;
    return best.size() > skip ? best[skip].squared : none;
  }

  Plan plan_;
  Best positives_;
  Best negatives_;
};

using Selected = std::tuple<at::Tensor, at::Tensor>;

void expectChoice(const char* name, int64_t rule, int64_t skip, int64_t count) {
  TORCH_CHECK(rule >= 0 && rule < static_cast<int64_t>(Rule::kCount), "select_pairs: no rule of ", name,
              "s has number ", rule);
  TORCH_CHECK(skip >= 0 && count >= 1, "select_pairs: ", name, "s must skip at least 0 and choose at least 1, got ",
              skip, " and ", count);
}

Selected selectPairs(const at::Tensor& x, const at::Tensor& y, const at::Tensor& labels, const at::Tensor& candidates,
                     int64_t self, at::IntArrayRef positive, at::IntArrayRef negative) {
  TORCH_CHECK(x.dim() == 2 && y.dim() == 2 && x.size(1) == y.size(1),
              "select_pairs: x must be [N, D] and y [M, D], got ", x.sizes(), " and ", y.sizes());
  TORCH_CHECK(x.scalar_type() == at::kFloat && y.scalar_type() == at::kFloat,
              "select_pairs: x and y must be float32, got ", x.scalar_type(), " and ", y.scalar_type());
  TORCH_CHECK(labels.scalar_type() == at::kLong && labels.dim() == 1 && labels.size(0) == x.size(0),
              "select_pairs: labels must be int64 [", x.size(0), "], got ", labels.scalar_type(), " ", labels.sizes());
  TORCH_CHECK(candidates.scalar_type() == at::kLong && candidates.dim() == 1 && candidates.size(0) == y.size(0),
              "select_pairs: candidates must be int64 [", y.size(0), "], got ", candidates.scalar_type(), " ",
              candidates.sizes());
  TORCH_CHECK(positive.size() == 3 && negative.size() == 3,
              "select_pairs: a choice must be a rule, how many to skip, how many to choose");
  expectChoice("positive", positive[0], positive[1], positive[2]);
  expectChoice("negative", negative[0], negative[1], negative[2]);
  const Choice ofPositives{static_cast<Rule>(positive[0]), positive[1], positive[2]};
  const Choice ofNegatives{static_cast<Rule>(negative[0]), negative[1], negative[2]};
  TORCH_CHECK(ofPositives.rule != Rule::kSemihard || ofNegatives.rule != Rule::kSemihard,
              "select_pairs: positives and negatives cannot both be semi-hard");
  const auto classes = labels.contiguous();
  const auto others = candidates.contiguous();
  const auto rows = x.contiguous();
  const Squares squares(rows, x.is_same(y) ? rows : y.contiguous());
  Selected result{at::full({x.size(0), ofPositives.count}, -1, classes.options()),
                  at::full({x.size(0), ofNegatives.count}, -1, classes.options())};
  auto* positives = std::get<0>(result).mutable_data_ptr<int64_t>();
  auto* negatives = std::get<1>(result).mutable_data_ptr<int64_t>();
  Members members;
  const auto* ids = others.const_data_ptr<int64_t>();
  for (int64_t j = 0; j < others.size(0); j++) members[ids[j]].push_back(j);
  const Plan plan{classes.const_data_ptr<int64_t>(), ids, &members, squares.columns(), self, ofPositives, ofNegatives};
  squares.forEachRow([&](int64_t row, const double* squared) {
    RowSelection selection(plan);
    selection.run(row, squared, positives + row * ofPositives.count, negatives + row * ofNegatives.count);
  });
  return result;
}

}  // namespace

void defineSelectPairs(torch::Library& library) {
  defineCpu(library,
            "select_pairs(Tensor x, Tensor y, Tensor labels, Tensor candidates, int self, int[] positive, "
            "int[] negative) -> (Tensor positive, Tensor negative)",
            &selectPairs);
}

}  // namespace hinge
