#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "memlog/event/batch.h"
#include "memlog/event/process_table.h"

namespace memlog {

// Lists of operations repeat what samples and earlier lists have told, and two logs of one monitor (its own and the
// program's) tell the same readings, collections and starts. What is known already is no record of its own: its flags are taken away here.
// Remembers the last operations of each process, more of them than the longest list has.
class RepeatFilter {
 public:
  // `log` is the number of the log that the event's file belongs to: within one log two readings are two.
  void apply(Event& event, const EventBatch& batch, std::size_t log);

 private:
  struct Known {
    std::int64_t second = 0;
    double rss_mb = kMissing;
    NameId task = kNoName;
    std::uint32_t own_hash = 0; // as Event::own_hash
    std::uint64_t context = 0;  // hash; 0 for none
    std::size_t log = 0;
    bool reading = false;
  };
  struct Ring {
    static constexpr std::size_t kSize = 64;
    std::array<Known, kSize> entries;
    std::size_t count = 0;
  };

  // A collection or a start: two logs of one program tell it within a moment.
  struct Happened {
    std::int64_t second = 0;
    double freed_mb = kMissing;
    std::size_t log = 0;
    std::uint32_t process = 0;
    EventKind kind = EventKind::gc;
  };

  static bool knows(const Ring& ring, const Known& asked);
  void apply_happened(Event& event, std::size_t log);

  std::vector<Ring> rings_;
  std::array<Happened, 64> happened_{};
  std::size_t happened_count_ = 0;
  std::size_t first_log_ = 0;
  bool any_log_ = false;
  bool several_logs_ = false;   // until then no reading can be told twice
};

}  // namespace memlog
