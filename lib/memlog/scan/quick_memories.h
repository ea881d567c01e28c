#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "memlog/format/quick_memory.h"

namespace memlog {

// What quick readers remember, for each thread that reads: it goes on with its own, which is in its core's cache, in
// whatever input. It takes some 180 KB, so all inputs that are open share it.
class QuickMemories {
 public:
  // The calling thread's. Lives as long as this.
  QuickMemory& own();

 private:
  struct OfThread {
    std::thread::id user;
    std::unique_ptr<QuickMemory> memory;
  };

  std::mutex mutex_;
  std::vector<OfThread> all_;
};

}  // namespace memlog
