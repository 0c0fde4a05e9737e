// Times loops in the measured process, as stopwatch.ts does.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

class Stopwatch {
 public:
  template <class Body>
  void time(const std::string& row, Body body) {
    int64_t count = 1;
    double took = elapsed(body, count);
    for (double warm = took; warm < kWarmUpNs; warm += took) {
      if (took < kBatchNs / 2) count *= 2;
      took = elapsed(body, count);
    }
    count = std::max<int64_t>(1, std::llround(static_cast<double>(count) * kBatchNs / took));
    std::vector<double> each;
    for (int i = 0; i < kBatches; i++) each.push_back(elapsed(body, count) / static_cast<double>(count));
    std::sort(each.begin(), each.end());
    append(rows_, row, format("{\"best\":%.3f,\"median\":%.3f}", each[0], each[kBatches / 2]));
  }

  void number(const std::string& name, double value) { append(numbers_, name, format("%.17g", value)); }

  void print() const { std::printf("{\"rows\":{%s},\"numbers\":{%s}}\n", rows_.c_str(), numbers_.c_str()); }

 private:
  static constexpr double kWarmUpNs = 200e6;
  static constexpr double kBatchNs = 25e6;
  static constexpr int kBatches = 12;

  template <class Body>
  static double elapsed(Body& body, int64_t count) {
    const auto start = std::chrono::steady_clock::now();
    body(count);
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
  }

  template <class... Values>
  static std::string format(const char* pattern, Values... values) {
    char text[128];
    std::snprintf(text, sizeof text, pattern, values...);
    return text;
  }

  static void append(std::string& list, const std::string& key, const std::string& value) {
    if (!list.empty()) list += ',';
    list += '"' + key + "\":" + value;
  }

  std::string rows_;
  std::string numbers_;
};
