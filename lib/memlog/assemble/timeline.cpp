#include "memlog/assemble/timeline.h"

namespace memlog {

std::size_t MergeClock::run_end(const std::vector<Event>& events, std::size_t begin, std::int64_t until) {
  if (until == std::numeric_limits<std::int64_t>::max()) return events.size();
  std::size_t at = begin;
  while (at < events.size()) {
    MergeClock ahead = *this;
    if (ahead.place(events[at]) > until) break;
    *this = ahead;
    ++at;
  }
  return at;
}

}  // namespace memlog
