#include "memlog/scan/quick_memories.h"

#include <algorithm>

namespace memlog {

QuickMemory& QuickMemories::own() {
  const std::thread::id user = std::this_thread::get_id();
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(all_.begin(), all_.end(), [&](const OfThread& one) { return one.user == user; });
  if (known != all_.end()) return *known->memory;
  // Not made zeros: most of the memory is never touched.
  all_.push_back({user, std::unique_ptr<QuickMemory>(new QuickMemory)});
  return *all_.back().memory;
}

}  // namespace memlog
