#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "memlog/event/event.h"

namespace memlog {

// The order in which several inputs are told as one. Each input keeps its own order: its clock, as far as the merge is
// concerned, never goes back (a DST change does not reorder a file), and an event without a time stands where it is.
class MergeClock {
 public:
  static constexpr std::int64_t kStart = std::numeric_limits<std::int64_t>::min();

  // The place of `event` on the common timeline.
  std::int64_t place(const Event& event) {
    if (event.time.known() && event.time.dated && event.kind != EventKind::operation && event.time.ns > now_) now_ = event.time.ns;
    return now_;
  }

  std::int64_t now() const { return now_; }

  // The end of the run of events from `begin` on whose place is not after `until`.
  std::size_t run_end(const std::vector<Event>& events, std::size_t begin, std::int64_t until);

 private:
  std::int64_t now_ = kStart;
};

}  // namespace memlog
