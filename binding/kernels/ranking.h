// Candidates of a row, nearest first.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace hinge {

// Distances with their columns, to be sorted by distance. Reused row by row, so that its memory is.
template <typename scalar_t>
class Ranking {
 public:
  void clear() { entries_.clear(); }
  void add(scalar_t distance, int64_t column) { entries_.push_back({distance, column}); }

  void sort() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.first < b.first; });
    distances_.resize(entries_.size());
    for (size_t i = 0; i < entries_.size(); i++) distances_[i] = entries_[i].first;
  }

  size_t size() const { return entries_.size(); }
  // Valid once sorted.
  const std::vector<scalar_t>& distances() const { return distances_; }
  int64_t column(size_t rank) const { return entries_[rank].second; }

 private:
  using Entry = std::pair<scalar_t, int64_t>;
  std::vector<Entry> entries_;
  std::vector<scalar_t> distances_;
};

// A float32 and its column fit one word, whose order is the distance's: it is sorted by its digits.
template <>
class Ranking<float> {
 public:
  void clear() { entries_.clear(); }

  void add(float distance, int64_t column) {
    const auto bits = std::bit_cast<uint32_t>(distance);
    // Negative numbers in reverse, below the others.
    const uint32_t key = bits ^ ((bits >> 31) != 0 ? 0xFFFFFFFFU : 0x80000000U);
    entries_.push_back((static_cast<uint64_t>(key) << 32) | static_cast<uint32_t>(column));
  }

  void sort() {
    if (entries_.size() < kFew) {
      std::sort(entries_.begin(), entries_.end());
    } else if (entries_.size() < kMany) {
      sortByDigits<8>();
    } else {
      sortByDigits<11>();
    }
    distances_.resize(entries_.size());
    for (size_t i = 0; i < entries_.size(); i++) {
      const auto key = static_cast<uint32_t>(entries_[i] >> 32);
      distances_[i] = std::bit_cast<float>(key ^ ((key >> 31) != 0 ? 0x80000000U : 0xFFFFFFFFU));
    }
  }

  size_t size() const { return entries_.size(); }
  const std::vector<float>& distances() const { return distances_; }
  int64_t column(size_t rank) const { return static_cast<int64_t>(entries_[rank] & 0xFFFFFFFFU); }

 private:
  static constexpr size_t kFew = 64;
  static constexpr size_t kMany = 4096;

  template <uint32_t bits>
  void sortByDigits() {
    constexpr size_t passes = (32 + bits - 1) / bits;
    constexpr size_t radix = size_t{1} << bits;
    std::array<std::array<uint32_t, radix>, passes> counts{};
    const auto digit = [](uint64_t entry, size_t pass) { return (entry >> (32 + pass * bits)) & (radix - 1); };
    for (const uint64_t entry : entries_) {
      for (size_t pass = 0; pass < passes; pass++) counts[pass][digit(entry, pass)]++;
    }
    other_.resize(entries_.size());
    for (size_t pass = 0; pass < passes; pass++) {
      auto& starts = counts[pass];
      // A digit that all share moves nothing.
      if (starts[digit(entries_[0], pass)] == entries_.size()) continue;
      uint32_t sum = 0;
      for (auto& start : starts) sum += std::exchange(start, sum);
      for (const uint64_t entry : entries_) other_[starts[digit(entry, pass)]++] = entry;
      entries_.swap(other_);
    }
  }

  std::vector<uint64_t> entries_;
  std::vector<uint64_t> other_;
  std::vector<float> distances_;
};

// How many from the front meet a predicate that holds for a front part only. Without branches, which a search among
// random distances would mispredict.
template <typename scalar_t, typename Predicate>
size_t countWhile(const std::vector<scalar_t>& sorted, Predicate&& predicate) {
  size_t begin = 0;
  size_t length = sorted.size();
  while (length > 0) {
    const size_t half = length / 2;
    const bool holds = predicate(sorted[begin + half]);
    begin += holds ? half + 1 : 0;
    length = holds ? length - half - 1 : half;
  }
  return begin;
}

}  // namespace hinge
