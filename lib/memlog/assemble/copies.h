#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "memlog/event/batch.h"

namespace memlog {

// Finds what several inputs have because they overlap: copies of one log, yesterday's download and today's, a rotation
// that left behind what it had copied. Events of two logs that are equal in all they say are one; of events that are equal
// within a log, as many count as the log with the most of them has.
//
// Events of one time come close to one another on the timeline, so only the last ones are remembered: kRemembered to
// twice as many, however long the logs are.
class CopyFilter {
 public:
  static constexpr std::size_t kRemembered = std::size_t{1} << 15;

  // The input whose event `event` repeats; nothing if it is the first to tell it. `log` is the number of the log that the
  // event's file belongs to. To be asked once for each event, of all logs that overlap.
  std::optional<std::uint16_t> repeats(const Event& event, const EventBatch& batch, std::size_t log);

 private:
  struct Entry {
    std::uint64_t key = 0;        // 0: free
    std::uint32_t count = 0;
    std::uint16_t input = 0;      // the first one
  };
  // Open addressing, at most half full.
  struct Generation {
    std::vector<Entry> slots;
    std::size_t used = 0;
  };

  static Entry* find(Generation& generation, std::uint64_t key);
  Entry& entry(std::uint64_t key, std::uint16_t input);

  Generation young_;
  Generation old_;
};

}  // namespace memlog
