#include "allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace hinge {

namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kLargestCached = size_t{8} << 20;
constexpr size_t kMostCachedBytes = size_t{64} << 20;  // of one thread
constexpr size_t kMostBlocks = 2048;                   // of one class: the garbage collector frees many at once
constexpr size_t kClasses = 96;
constexpr size_t kNotCached = 0;

// In front of each block, as wide as the alignment.
struct Header {
  size_t sizeClass;
};
static_assert(sizeof(Header) <= kAlignment);

// Four classes per doubling: at most a quarter of a block is wasted.
size_t classOf(size_t bytes) {
  const size_t units = (bytes + kAlignment - 1) / kAlignment;
  if (units <= 4) return units;
  const int shift = std::bit_width(units - 1) - 3;
  const size_t step = (units - 1) >> shift;  // 4..7
  return 4 + static_cast<size_t>(shift) * 4 + (step - 4) + 1;
}

size_t bytesOf(size_t sizeClass) {
  if (sizeClass <= 4) return sizeClass * kAlignment;
  const size_t offset = sizeClass - 5;
  return (offset % 4 + 5) * kAlignment << (offset / 4);
}

class BlockCache {
 public:
  ~BlockCache() {
    closed_ = true;
    for (auto& list : lists_) {
      for (void* block : list) c10::free_cpu(block);
    }
  }

  void* take(size_t sizeClass) {
    if (closed_ || lists_[sizeClass].empty()) return nullptr;
    void* block = lists_[sizeClass].back();
    lists_[sizeClass].pop_back();
    bytes_ -= bytesOf(sizeClass);
    return block;
  }

  bool keep(void* block, size_t sizeClass) {
    if (closed_ || sizeClass == kNotCached || lists_[sizeClass].size() == kMostBlocks) return false;
    if (bytes_ + bytesOf(sizeClass) > kMostCachedBytes) return false;
    lists_[sizeClass].push_back(block);
    bytes_ += bytesOf(sizeClass);
    return true;
  }

 private:
  std::array<std::vector<void*>, kClasses> lists_;
  size_t bytes_ = 0;
  bool closed_ = false;
};

BlockCache& cache() {
  static thread_local BlockCache blocks;
  return blocks;
}

class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
    const size_t sizeClass = bytes > kLargestCached ? kNotCached : classOf(bytes);
    void* block = sizeClass == kNotCached ? c10::alloc_cpu(kAlignment + bytes) : cache().take(sizeClass);
    if (block == nullptr) block = c10::alloc_cpu(kAlignment + bytesOf(sizeClass));
    static_cast<Header*>(block)->sizeClass = sizeClass;
    void* data = static_cast<std::byte*>(block) + kAlignment;
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void* target, const void* source, size_t count) const override { std::memcpy(target, source, count); }

 private:
  static void release(void* data) {
    if (data == nullptr) return;
    void* block = static_cast<std::byte*>(data) - kAlignment;
    if (!cache().keep(block, static_cast<Header*>(block)->sizeClass)) c10::free_cpu(block);
  }
};

}  // namespace

void installAllocator() {
  static auto* allocator = new CachingAllocator();  // never destroyed: tensors may outlive static destructors
  c10::SetCPUAllocator(allocator, 1);
}

}  // namespace hinge
