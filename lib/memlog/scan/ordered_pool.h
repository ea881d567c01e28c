#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace memlog {

// A few threads that work ahead for one consumer. What there is to do comes from lanes, one per input; each lane keeps
// its own pieces in order and bounds how far the threads may run ahead, so memory is capped. The consumer, while it
// waits, does pieces itself: with no threads at all everything happens in its wait().
class OrderedPool {
 public:
  class Lane {
   public:
    virtual ~Lane() = default;

   protected:
    friend class OrderedPool;
    // Called with the pool's lock held.
    virtual bool ready() const = 0;         // the piece that is next in order is done
    virtual int claim() = 0;                // a piece to do, or -1
    virtual void finish(int piece) = 0;     // run() has returned
    // Called without it. Must not throw.
    virtual void run(int piece) = 0;

   private:
    int running_ = 0;
  };

  // `threads` counts the consumer.
  explicit OrderedPool(std::size_t threads);
  ~OrderedPool();
  OrderedPool(const OrderedPool&) = delete;
  OrderedPool& operator=(const OrderedPool&) = delete;

  std::size_t threads() const { return helpers_.size() + 1; }

  void add(Lane& lane);
  // Returns when no thread works in the lane any more.
  void remove(Lane& lane);

  // Until the lane's next piece is done.
  void wait(Lane& lane);

  // `change` a lane's state from anywhere, and let the threads look again for something to do.
  template <typename Change>
  void update(Change change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    if (!helpers_.empty()) work_.notify_one();
  }

 private:
  void help();
  void execute(Lane& lane, int piece, std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable work_;      // something may be there to do
  std::condition_variable done_;      // a piece was finished
  std::vector<Lane*> lanes_;
  std::vector<std::thread> helpers_;
  bool stopping_ = false;
};

}  // namespace memlog
