// What one JavaScript environment (the main thread or a worker) owns: its frame, its books.
#pragma once

#include <node_api.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "frame.h"
#include "warnings.h"

namespace hinge {

// Work for the JavaScript thread that other threads may leave: references to delete, functions to run. It outlives the
// environment, because autograd nodes that hold JavaScript functions may.
class Mailroom {
 public:
  // Runs `task` on the JavaScript thread and waits for it. Throws unless that thread is in `pump`.
  void runAndWait(const std::function<void()>& task);
  // Serves `runAndWait` of other threads from before `start` is called until `done` is true; `wake` must follow a
  // change of `done`. `start` must not throw.
  void pump(const std::function<void()>& start, const std::function<bool()>& done);
  // Has `work` run by the thread whose task the JavaScript thread is serving; false when it serves none. A backward
  // pass inside a callback must run there: the engine knows its own threads, and takes a pass on another for one that
  // may wait for the thread that waits for the callback.
  bool runOnServed(const std::function<void()>& work);
  void wake();

  void discard(napi_ref reference);
  std::vector<napi_ref> takeDiscarded();

  std::thread::id thread = std::this_thread::get_id();
  std::atomic<bool> open{true};
  std::atomic<int64_t> callbacks{0};

 private:
  struct Task {
    const std::function<void()>* run;
    bool finished = false;
    const std::function<void()>* errand = nullptr;
  };
  int pumping_ = 0;
  std::vector<Task*> served_;  // innermost last
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task*> tasks_;
  std::vector<napi_ref> discarded_;
  std::atomic<bool> hasDiscarded_{false};
};

class Environment {
 public:
  explicit Environment(napi_env env);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  static Environment& of(napi_env env);

  // Tells V8 of memory that JavaScript objects keep alive outside its heap. Small amounts are gathered first, because
  // each report costs as much as a bare call.
  void account(int64_t bytes);
  void deleteDiscarded();
  // The JavaScript environment ends: releases what it still owns. The object itself stays, since the last finalizers
  // come after this.
  void close();

  const napi_env env;
  const uint32_t id;
  Frame frame;
  std::vector<std::string> strings;
  std::vector<uint32_t> freeSlots;
  int callbackDepth = 0;
  Warnings warnings;
  const std::shared_ptr<Mailroom> mailroom = std::make_shared<Mailroom>();
  // Only this environment writes them, so they cost no locked instruction; others may read.
  std::atomic<int64_t> liveSlots{0};
  std::atomic<int64_t> liveBytes{0};
  std::atomic<int64_t> madeSlots{0};
  static void add(std::atomic<int64_t>& counter, int64_t amount) {
    counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  // Environments are never destroyed, so that their books stay right: a tensor may be freed elsewhere than it was made.
  static int64_t total(std::atomic<int64_t> Environment::* counter);

 private:
  void collect();

  int64_t unreported_ = 0;
  int64_t reported_ = 0;
  int64_t lowest_ = 0;  // since the last forced collection
  std::chrono::steady_clock::time_point mayCollectFrom_;
};

}  // namespace hinge
