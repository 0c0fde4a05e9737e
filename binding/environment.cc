#include "environment.h"

#include <algorithm>

#include "slots.h"

namespace hinge {

namespace {

std::mutex listMutex;
std::vector<Environment*>& environments() {
  static auto* list = new std::vector<Environment*>();
  return *list;
}
std::atomic<uint32_t> nextId{1};
constexpr int64_t kReportBytes = 1 << 20;
constexpr int64_t kPatience = 96 << 20;

}  // namespace

void Mailroom::runAndWait(const std::function<void()>& task) {
  std::unique_lock lock(mutex_);
  if (pumping_ == 0) {
    throw std::runtime_error(
        "a hook or Function of another thread is in this graph; it can only be called while its own thread runs "
        "backward");
  }
  Task entry{&task};
  tasks_.push_back(&entry);
  changed_.notify_all();
  for (;;) {
    changed_.wait(lock, [&] { return entry.finished || entry.errand != nullptr; });
    if (entry.finished) return;
    const auto* errand = std::exchange(entry.errand, nullptr);
    lock.unlock();
    (*errand)();
    lock.lock();
  }
}

bool Mailroom::runOnServed(const std::function<void()>& work) {
  std::lock_guard lock(mutex_);
  if (served_.empty()) return false;
  served_.back()->errand = &work;
  changed_.notify_all();
  return true;
}

void Mailroom::pump(const std::function<void()>& start, const std::function<bool()>& done) {
  std::unique_lock lock(mutex_);
  pumping_++;
  lock.unlock();
  start();
  lock.lock();
  for (;;) {
    changed_.wait(lock, [&] { return done() || !tasks_.empty(); });
    if (tasks_.empty()) break;
    Task* entry = tasks_.front();
    tasks_.pop_front();
    served_.push_back(entry);
    lock.unlock();
    (*entry->run)();
    lock.lock();
    served_.pop_back();
    entry->finished = true;
    changed_.notify_all();
  }
  pumping_--;
}

void Mailroom::wake() {
  std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Mailroom::discard(napi_ref reference) {
  std::lock_guard lock(mutex_);
  if (!open) return;  // the environment is gone and took its references along
  discarded_.push_back(reference);
  hasDiscarded_ = true;
}

std::vector<napi_ref> Mailroom::takeDiscarded() {
  if (!hasDiscarded_) return {};
  std::lock_guard lock(mutex_);
  hasDiscarded_ = false;
  return std::exchange(discarded_, {});
}

Environment::Environment(napi_env env) : env(env), id(nextId++) {
  std::lock_guard lock(listMutex);
  environments().push_back(this);
}

int64_t Environment::total(std::atomic<int64_t> Environment::* counter) {
  std::lock_guard lock(listMutex);
  int64_t sum = 0;
  for (const Environment* environment : environments()) sum += environment->*counter;
  return sum;
}

void Environment::close() {
  mailroom->open = false;
  Slots::releaseOwnedBy(*this);
  Slots::giveBackFree(freeSlots);
}

Environment& Environment::of(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *static_cast<Environment*>(data);
}

void Environment::account(int64_t bytes) {
  if (!mailroom->open) return;
  unreported_ += bytes;
  if (unreported_ < kReportBytes && unreported_ > -kReportBytes) return;
  reported_ += unreported_;
  lowest_ = std::min(lowest_, reported_);
  // Nothing may be left to report when the engine is told: it may collect garbage at once, finalizers come back here,
  // and memory that grows during a collection starts another one inside it, which ends the process.
  int64_t total;
  napi_adjust_external_memory(env, std::exchange(unreported_, 0), &total);
  if (bytes > 0 && reported_ - lowest_ > std::max(kPatience, lowest_ / 4)) collect();
}

// V8 begins to collect when 64 MB have come, and takes 20 ms or more to finish, in which a loop can make any amount. It
// collects at once when more is reported than its whole heap may hold.
void Environment::collect() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  if (begin < mayCollectFrom_) return;
  constexpr int64_t kMuch = int64_t{1} << 40;
  int64_t total;
  napi_adjust_external_memory(env, kMuch, &total);
  napi_adjust_external_memory(env, -kMuch, &total);
  lowest_ = reported_;
  const auto end = Clock::now();
  mayCollectFrom_ = end + 3 * (end - begin);
}

void Environment::deleteDiscarded() {
  for (napi_ref reference : mailroom->takeDiscarded()) napi_delete_reference(env, reference);
}

}  // namespace hinge
