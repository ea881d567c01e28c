#include "memlog/scan/ordered_pool.h"

#include <algorithm>
#include <system_error>

namespace memlog {

OrderedPool::OrderedPool(std::size_t threads) {
  for (std::size_t i = 1; i < threads; ++i) {
    try {
      helpers_.emplace_back([this] { help(); });
    } catch (const std::system_error&) {
      break;  // a host that gives no more threads: fewer do it too
    }
  }
}

OrderedPool::~OrderedPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void OrderedPool::add(Lane& lane) {
  update([&] { lanes_.push_back(&lane); });
}

void OrderedPool::remove(Lane& lane) {
  std::unique_lock lock(mutex_);
  std::erase(lanes_, &lane);
  done_.wait(lock, [&] { return lane.running_ == 0; });
}

void OrderedPool::execute(Lane& lane, int piece, std::unique_lock<std::mutex>& lock) {
  ++lane.running_;
  lock.unlock();
  lane.run(piece);
  lock.lock();
  lane.finish(piece);
  --lane.running_;
}

void OrderedPool::wait(Lane& lane) {
  std::unique_lock lock(mutex_);
  while (!lane.ready()) {
    if (const int piece = lane.claim(); piece >= 0) execute(lane, piece, lock);
    else done_.wait(lock);
  }
}

void OrderedPool::help() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    Lane* found = nullptr;
    int piece = -1;
    for (Lane* lane : lanes_) {
      piece = lane->claim();
      if (piece < 0) continue;
      found = lane;
      break;
    }
    if (found == nullptr) {
      work_.wait(lock);
      continue;
    }
    execute(*found, piece, lock);
    // Only the consumer waits for it, and whoever removes the lane.
    done_.notify_all();
  }
}

}  // namespace memlog
