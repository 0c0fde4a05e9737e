#include "slots.h"

#include <c10/util/intrusive_ptr.h>

#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>

#include "environment.h"
#include "errors.h"

namespace hinge {

namespace {

constexpr uint32_t kIndexBits = 28;
constexpr uint64_t kIndexMask = (uint64_t{1} << kIndexBits) - 1;
constexpr uint64_t kLastGeneration = (uint64_t{1} << 24) - 1;
constexpr uint32_t kChunkBits = 12;
constexpr uint32_t kChunkSize = 1 << kChunkBits;
constexpr uint32_t kChunks = 1 << (kIndexBits - kChunkBits);
constexpr size_t kBatch = 256;
constexpr uint32_t kNobody = 0;  // environments count from 1

struct Slot {
  // generation * 2, plus 1 while a thread holds the slot
  std::atomic<uint64_t> state{2};
  c10::intrusive_ptr_target* target = nullptr;
  int64_t bytes = 0;
  bool accounted = false;
  uint32_t owner = 0;
  SlotKind kind = SlotKind::Free;
};

std::atomic<Slot*> chunks[kChunks];
std::mutex listMutex;
std::vector<uint32_t>& freeList() {
  static auto* list = new std::vector<uint32_t>();  // never destroyed: finalizers may run after static destructors
  return *list;
}
uint32_t chunkCount = 0;

Slot& slotAt(uint32_t index) {
  return chunks[index >> kChunkBits].load(std::memory_order_acquire)[index & (kChunkSize - 1)];
}

void refill(std::vector<uint32_t>& indices) {
  std::lock_guard lock(listMutex);
  auto& list = freeList();
  if (list.empty()) {
    if (chunkCount == kChunks) throw std::runtime_error("more than 268 million tensors are alive");
    chunks[chunkCount].store(new Slot[kChunkSize], std::memory_order_release);
    const uint32_t first = chunkCount++ << kChunkBits;
    for (uint32_t i = kChunkSize; i-- > 0;) list.push_back(first + i);
  }
  const size_t take = std::min(kBatch, list.size());
  indices.insert(indices.end(), list.end() - static_cast<ptrdiff_t>(take), list.end());
  list.resize(list.size() - take);
}

// Holds one slot while it is read or changed; empty when the handle is not live.
class Hold {
 public:
  explicit Hold(double handle) {
    if (!(handle >= 0) || handle >= 4503599627370496.0 || handle != std::trunc(handle)) return;
    const auto bits = static_cast<uint64_t>(handle);
    index_ = static_cast<uint32_t>(bits & kIndexMask);
    const uint64_t free = (bits >> kIndexBits) << 1;
    Slot* chunk = chunks[index_ >> kChunkBits].load(std::memory_order_acquire);
    if (chunk == nullptr) return;
    Slot& slot = chunk[index_ & (kChunkSize - 1)];
    uint64_t expected = free;
    while (!slot.state.compare_exchange_weak(expected, free | 1, std::memory_order_acquire)) {
      if (expected != free && expected != (free | 1)) return;
      if (expected == (free | 1)) std::this_thread::yield();
      expected = free;
    }
    next_ = free;
    if (slot.kind == SlotKind::Free) {
      slot.state.store(free, std::memory_order_release);
      return;
    }
    slot_ = &slot;
  }
  ~Hold() {
    if (slot_ != nullptr) slot_->state.store(next_, std::memory_order_release);
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  explicit operator bool() const { return slot_ != nullptr; }
  Slot* operator->() const { return slot_; }
  uint32_t index() const { return index_; }
  bool retire() {
    next_ += 2;
    return (next_ >> 1) >= kLastGeneration;
  }

 private:
  Slot* slot_ = nullptr;
  uint32_t index_ = 0;
  uint64_t next_ = 0;
};

double fill(Environment& owner, SlotKind kind, c10::intrusive_ptr_target* target, int64_t bytes) {
  if (owner.freeSlots.empty()) refill(owner.freeSlots);
  const uint32_t index = owner.freeSlots.back();
  owner.freeSlots.pop_back();
  Slot& slot = slotAt(index);
  // Held while it is filled, since a forged handle may be looking at it from another thread.
  uint64_t state = slot.state.load(std::memory_order_relaxed) & ~uint64_t{1};
  while (!slot.state.compare_exchange_weak(state, state | 1, std::memory_order_acquire)) state &= ~uint64_t{1};
  slot.target = target;
  slot.bytes = bytes;
  slot.accounted = false;
  slot.owner = owner.id;
  slot.kind = kind;
  slot.state.store(state, std::memory_order_release);
  Environment::add(owner.liveSlots, 1);
  Environment::add(owner.madeSlots, 1);
  Environment::add(owner.liveBytes, bytes);
  return static_cast<double>(((state >> 1) << kIndexBits) | index);
}

// Storage that others share is counted where it was first seen.
int64_t ownBytes(const at::TensorImpl& tensor) {
  if (!tensor.has_storage()) return 0;
  const auto& storage = tensor.unsafe_storage();
  if (!storage || storage.use_count() != 1 || storage.device_type() == at::kMeta) return 0;
  return static_cast<int64_t>(storage.nbytes());
}

template <class Target>
Target* copyOf(double handle, SlotKind kind, const char* noun) {
  Hold slot(handle);
  if (!slot || slot->kind != kind) throw StaleHandle(noun);
  auto* target = static_cast<Target*>(slot->target);
  c10::raw::intrusive_ptr::incref(target);
  return target;
}

}  // namespace

double Slots::add(Environment& owner, at::Tensor tensor) {
  auto impl = std::move(tensor).unsafeReleaseTensorImpl();
  const int64_t bytes = ownBytes(*impl);
  return fill(owner, SlotKind::Tensor, impl, bytes);
}

double Slots::add(Environment& owner, const at::Generator& generator) {
  return fill(owner, SlotKind::Generator, c10::intrusive_ptr<at::GeneratorImpl>(generator.getIntrusivePtr()).release(),
              0);
}

double Slots::add(Environment& owner, c10::intrusive_ptr<c10::ivalue::Object> object) {
  return fill(owner, SlotKind::Object, object.release(), 0);
}

at::Tensor Slots::tensor(double handle) {
  auto* impl = copyOf<at::TensorImpl>(handle, SlotKind::Tensor, "tensor");
  return at::Tensor(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(impl));
}

at::Generator Slots::generator(double handle) {
  auto* impl = copyOf<at::GeneratorImpl>(handle, SlotKind::Generator, "generator");
  return at::Generator(c10::intrusive_ptr<at::GeneratorImpl>::reclaim(impl));
}

c10::intrusive_ptr<c10::ivalue::Object> Slots::object(double handle) {
  auto* object = copyOf<c10::ivalue::Object>(handle, SlotKind::Object, "script module");
  return c10::intrusive_ptr<c10::ivalue::Object>::reclaim(object);
}

void Slots::release(Environment& environment, double handle) {
  c10::intrusive_ptr_target* target;
  int64_t bytes;
  bool accounted;
  bool exhausted;
  uint32_t index;
  {
    Hold slot(handle);
    if (!slot) return;
    target = slot->target;
    bytes = slot->bytes;
    accounted = slot->accounted;
    index = slot.index();
    slot->target = nullptr;
    slot->kind = SlotKind::Free;
    exhausted = slot.retire();
  }
  Environment::add(environment.liveSlots, -1);
  Environment::add(environment.liveBytes, -bytes);
  // A slot whose generations are used up stays empty for ever: no old handle can come true again.
  if (!exhausted) environment.freeSlots.push_back(index);
  if (environment.freeSlots.size() > 16 * kBatch) giveBackFree(environment.freeSlots);
  c10::raw::intrusive_ptr::decref(target);
  if (accounted && bytes > 0) environment.account(-bytes);
}

bool Slots::isLive(double handle) {
  return static_cast<bool>(Hold(handle));
}

int64_t Slots::adopt(double handle) {
  Hold slot(handle);
  if (!slot) throw StaleHandle("tensor");
  return std::exchange(slot->accounted, true) ? 0 : slot->bytes;
}

double Slots::addParcel(Environment& sender, double handle) {
  const double parcel = add(sender, tensor(handle));
  Hold(parcel)->owner = kNobody;
  return parcel;
}

void Slots::takeParcel(Environment& receiver, double handle) {
  Hold slot(handle);
  if (!slot || slot->kind != SlotKind::Tensor || slot->owner != kNobody) throw StaleHandle("shared tensor");
  slot->owner = receiver.id;
}

void Slots::releaseOwnedBy(Environment& environment) {
  uint32_t count;
  {
    std::lock_guard lock(listMutex);
    count = chunkCount;
  }
  for (uint32_t index = 0; index < count << kChunkBits; index++) {
    Slot& slot = slotAt(index);
    const uint64_t state = slot.state.load(std::memory_order_acquire) & ~uint64_t{1};
    const auto handle = static_cast<double>(((state >> 1) << kIndexBits) | index);
    bool owned;
    {
      Hold hold(handle);
      owned = hold && hold->owner == environment.id;
    }
    if (owned) release(environment, handle);
  }
}

void Slots::giveBackFree(std::vector<uint32_t>& indices) {
  std::lock_guard lock(listMutex);
  auto& list = freeList();
  list.insert(list.end(), indices.begin(), indices.end());
  indices.clear();
}

}  // namespace hinge
