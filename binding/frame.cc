#include "frame.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

namespace hinge {

namespace {

constexpr double kSafeInteger = 9007199254740991.0;

void dropWords(node_api_nogc_env /*env*/, void* /*words*/, void* share) {
  delete static_cast<std::shared_ptr<double[]>*>(share);
}

}  // namespace

void Frame::grow(size_t words) {
  // calloc, because pages that nobody writes to then take no memory.
  const std::shared_ptr<double[]> larger(static_cast<double*>(std::calloc(words, sizeof(double))), std::free);
  if (!larger) throw std::bad_alloc();
  if (words_) std::memcpy(larger.get(), words_.get(), std::min(capacity_, words) * sizeof(double));
  words_ = larger;
  capacity_ = words;
  grown_ = true;
}

napi_value Frame::allocate(napi_env env, size_t words) {
  grow(words);
  return takeGrown(env);
}

napi_value Frame::takeGrown(napi_env env) {
  if (!grown_) return nullptr;
  napi_value buffer = nullptr;
  auto share = std::make_unique<std::shared_ptr<double[]>>(words_);
  if (napi_create_external_arraybuffer(env, words_.get(), capacity_ * sizeof(double), dropWords, share.get(),
                                       &buffer) != napi_ok) {
    throw std::runtime_error("this JavaScript engine does not allow memory shared with native code");
  }
  static_cast<void>(share.release());
  grown_ = false;
  return buffer;
}

double Frame::word() {
  if (position_ >= capacity_) throw std::out_of_range("native call: the frame ends before its arguments do");
  return words_[position_++];
}

int64_t Frame::integer() {
  const double value = word();
  if (std::isnan(value)) return std::bit_cast<int64_t>(word());
  if (value != std::trunc(value) || std::fabs(value) > kSafeInteger) {
    throw std::invalid_argument("native call: expected an integer word");
  }
  return static_cast<int64_t>(value);
}

size_t Frame::count() {
  const int64_t value = integer();
  if (value < 0 || static_cast<uint64_t>(value) > capacity_) {
    throw std::out_of_range("native call: a list is longer than the frame");
  }
  return static_cast<size_t>(value);
}

bool Frame::boolean() {
  return word() != 0;
}

void Frame::put(double word) {
  if (position_ >= capacity_) grow(capacity_ * 2);
  words_[position_++] = word;
}

void Frame::putInteger(int64_t value) {
  const auto number = static_cast<double>(value);
  if (std::fabs(number) <= kSafeInteger) {
    put(number);
  } else {
    put(std::numeric_limits<double>::quiet_NaN());
    put(std::bit_cast<double>(value));
  }
}

}  // namespace hinge
