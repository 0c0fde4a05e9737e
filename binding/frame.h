// The frame: an array of doubles that JavaScript and C++ share. A call's arguments and results travel through it as
// words, so the hot path converts nothing through Node-API (docs/decisions/0001-shared-frame.md).
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hinge {

// How a Scalar is written: a tag word, then its payload.
enum class ScalarTag : uint8_t { Double = 0, Int = 1, Bool = 2, Complex = 3 };

class Frame {
 public:
  // A new array of at least `words` words, as the ArrayBuffer that JavaScript shall use from now on. Both sides own the
  // memory: JavaScript may drop or transfer its buffer, and may go on reading an old one.
  napi_value allocate(napi_env env, size_t words);

  void rewind() { position_ = 0; }
  size_t position() const { return position_; }

  // Reading. All throw std::out_of_range past the end and std::invalid_argument for a word of the wrong kind.
  double word();
  int64_t integer();
  size_t count();
  bool boolean();

  // Writing. Grows the array when it is full; `takeGrown` then says so.
  void put(double word);
  void putInteger(int64_t value);

  // The ArrayBuffer made by growing since the last call, or null.
  bool grown() const { return grown_; }
  napi_value takeGrown(napi_env env);

 private:
  void grow(size_t words);

  std::shared_ptr<double[]> words_;
  size_t capacity_ = 0;
  size_t position_ = 0;
  bool grown_ = false;
};

}  // namespace hinge
