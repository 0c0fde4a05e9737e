#include "allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

namespace hinge {

namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kClasses = 96;
constexpr size_t kNotCached = 0;

// Small blocks lie in chunks of one size class. The chunks lie in one range of addresses, so a block needs no header:
// its address says that it is small, and its chunk says of which class.
constexpr size_t kLargestSmall = 512;
constexpr size_t kRange = size_t{8} << 30;  // of addresses; memory is taken as it is used
constexpr size_t kChunk = size_t{64} << 10;

constexpr size_t kLargestCached = size_t{32} << 20;
constexpr size_t kMostCachedBytes = size_t{256} << 20;  // of large blocks of one thread
constexpr size_t kMostLargeBlocks = 256;                // of one class: the garbage collector frees many at once

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

// Hands out chunks of small blocks, and blocks that ended threads left.
class SmallBlocks {
 public:
  SmallBlocks() {
    void* range =
        mmap(nullptr, kRange + kChunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) return;  // such as under a limit on addresses: all blocks are then large ones
    begin_ = (reinterpret_cast<uintptr_t>(range) + kChunk - 1) / kChunk * kChunk;
    next_ = begin_;
    end_ = begin_ + kRange;
  }

  bool contains(const void* block) const { return reinterpret_cast<uintptr_t>(block) - begin_ < end_ - begin_; }

  // A chunk's first unit holds its class.
  static size_t classOfBlock(const void* block) {
    return *reinterpret_cast<const size_t*>(reinterpret_cast<uintptr_t>(block) / kChunk * kChunk);
  }

  void refill(std::vector<void*>& list, size_t sizeClass) {
    std::lock_guard lock(mutex_);
    if (!left_[sizeClass].empty()) {
      list.swap(left_[sizeClass]);
      return;
    }
    if (next_ == end_) return;
    const uintptr_t chunk = next_;
    next_ += kChunk;
    *reinterpret_cast<size_t*>(chunk) = sizeClass;
    const size_t bytes = bytesOf(sizeClass);
    const size_t count = (kChunk - kAlignment) / bytes;
    // The last is taken first, so addresses ascend.
    for (size_t i = count; i-- > 0;) list.push_back(reinterpret_cast<void*>(chunk + kAlignment + i * bytes));
  }

  void leave(const std::vector<void*>& list, size_t sizeClass) {
    std::lock_guard lock(mutex_);
    left_[sizeClass].insert(left_[sizeClass].end(), list.begin(), list.end());
  }

 private:
  uintptr_t begin_ = 0;
  uintptr_t next_ = 0;
  uintptr_t end_ = 0;
  std::mutex mutex_;
  std::array<std::vector<void*>, kClasses> left_;
};

SmallBlocks& smallBlocks() {
  static auto* blocks = new SmallBlocks();  // never destroyed: tensors may outlive static destructors
  return *blocks;
}

// In front of the data of each large block.
struct Header {
  size_t sizeClass;
  size_t bytes;
  void* block;
};

Header& headerOf(void* data) {
  return static_cast<Header*>(data)[-1];
}

// Aligned here and not by the C library, whose aligned allocation asks for more than it keeps: a freed block would then
// not serve the next request of its size, and a loop over large tensors would take ever more memory.
void* allocateBlock(size_t bytes) {
  constexpr size_t extra = sizeof(Header) + kAlignment;
  void* block = bytes > SIZE_MAX - extra ? nullptr : std::malloc(bytes + extra);
  TORCH_CHECK(block != nullptr, "can't allocate memory: a tensor needs ", bytes, " bytes");
  const auto first = reinterpret_cast<uintptr_t>(block) + sizeof(Header);
  void* data = reinterpret_cast<void*>((first + kAlignment - 1) / kAlignment * kAlignment);
  headerOf(data).block = block;
  headerOf(data).bytes = bytes;
  return data;
}

void freeBlock(void* data) {
  std::free(headerOf(data).block);
}

// What one thread freed and will ask for again.
class BlockCache {
 public:
  ~BlockCache() {
    closed_ = true;
    for (size_t sizeClass = 1; sizeClass < kClasses; sizeClass++) {
      if (bytesOf(sizeClass) <= kLargestSmall) {
        smallBlocks().leave(lists_[sizeClass], sizeClass);
      } else {
        for (void* data : lists_[sizeClass]) freeBlock(data);
      }
      lists_[sizeClass].clear();
    }
  }

  void* takeSmall(size_t sizeClass) {
    if (closed_) return nullptr;
    auto& list = lists_[sizeClass];
    if (list.empty()) smallBlocks().refill(list, sizeClass);
    if (list.empty()) return nullptr;
    void* block = list.back();
    list.pop_back();
    return block;
  }

  void keepSmall(void* block) {
    const size_t sizeClass = SmallBlocks::classOfBlock(block);
    if (closed_) {
      smallBlocks().leave({block}, sizeClass);
    } else {
      lists_[sizeClass].push_back(block);
    }
  }

  void* takeLarge(size_t sizeClass) {
    if (closed_ || lists_[sizeClass].empty()) return nullptr;
    void* data = lists_[sizeClass].back();
    lists_[sizeClass].pop_back();
    largeBytes_ -= bytesOf(sizeClass);
    return data;
  }

  bool keepLarge(void* data, size_t sizeClass) {
    if (closed_ || sizeClass == kNotCached || lists_[sizeClass].size() == kMostLargeBlocks) return false;
    if (largeBytes_ + bytesOf(sizeClass) > kMostCachedBytes) return false;
    lists_[sizeClass].push_back(data);
    largeBytes_ += bytesOf(sizeClass);
    return true;
  }

 private:
  std::array<std::vector<void*>, kClasses> lists_;
  size_t largeBytes_ = 0;
  bool closed_ = false;
};

BlockCache& cache() {
  static thread_local BlockCache blocks;
  return blocks;
}

class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* data = nullptr;
    if (bytes > 0 && bytes <= kLargestSmall) data = cache().takeSmall(classOf(bytes));
    if (bytes > 0 && data == nullptr) data = allocateLarge(bytes);
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  static bool holds(const c10::DataPtr& data, size_t bytes) {
    if (data.get_deleter() != &release) return true;
    if (data.get() == nullptr) return bytes == 0;
    if (smallBlocks().contains(data.get())) return bytes <= bytesOf(SmallBlocks::classOfBlock(data.get()));
    return bytes <= headerOf(data.get()).bytes;
  }

  void copy_data(void* target, const void* source, size_t count) const override { std::memcpy(target, source, count); }

 private:
  static void* allocateLarge(size_t bytes) {
    // A small one comes here only when the range is used up or its thread is ending.
    const size_t sizeClass = bytes <= kLargestSmall || bytes > kLargestCached ? kNotCached : classOf(bytes);
    void* data = sizeClass == kNotCached ? nullptr : cache().takeLarge(sizeClass);
    if (data == nullptr) data = allocateBlock(sizeClass == kNotCached ? bytes : bytesOf(sizeClass));
    headerOf(data).sizeClass = sizeClass;
    return data;
  }

  static void release(void* data) {
    if (data == nullptr) return;
    if (smallBlocks().contains(data)) return cache().keepSmall(data);
    if (!cache().keepLarge(data, headerOf(data).sizeClass)) freeBlock(data);
  }
};

}  // namespace

bool holds(const c10::DataPtr& data, size_t bytes) {
  return CachingAllocator::holds(data, bytes);
}

void installAllocator() {
  static auto* allocator = new CachingAllocator();  // never destroyed: tensors may outlive static destructors
  c10::SetCPUAllocator(allocator, 1);
}

}  // namespace hinge
