#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace memlog::stats {

// Sums by step: how long memory stood at each tenth of a MB. At most kMostSteps different ones, which no real log has;
// what comes beyond is added to the step above it, or to the highest.
//
// A table while there are few. With many the steps that readings have, which lie close together, move to an array.
class StepSums {
 public:
  static constexpr std::size_t kMostSteps = 1 << 16;

  struct Step {
    std::int64_t key = 0;
    std::int64_t sum = 0;
  };

  void add(std::int64_t key, std::int64_t n) {
    if (static_cast<std::uint64_t>(key) < array_.size() && array_[static_cast<std::size_t>(key)] != 0) {
      array_[static_cast<std::size_t>(key)] += n;
    } else {
      add_any(key, n);
    }
  }

  std::size_t size() const { return used_; }
  std::vector<Step> sorted() const;
  // What all of it takes.
  std::size_t bytes() const { return slots_.capacity() * sizeof(Step) + array_.capacity() * sizeof(std::int64_t) + full_.capacity() * sizeof(Step); }

 private:
  static constexpr std::int64_t kFree = INT64_MIN;
  static constexpr std::size_t kArray = 1 << 16;     // steps that it can hold, from 0 on
  static constexpr std::size_t kMostSlots = 1 << 13; // before there is one

  std::size_t slot_of(std::int64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = (static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15ULL >> 32) & mask;
    while (slots_[at].key != kFree && slots_[at].key != key) at = (at + 1) & mask;
    return at;
  }
  void add_any(std::int64_t key, std::int64_t n);
  void grow();
  void reach(std::int64_t key);

  std::vector<Step> slots_;        // open addressing
  std::vector<std::int64_t> array_;    // as long as the highest of its steps asks for
  std::vector<Step> full_;         // all of them by key, once there is no room for more
  std::size_t used_ = 0;
  std::size_t in_slots_ = 0;
};

}  // namespace memlog::stats
