#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/event/event.h"
#include "memlog/report/report.h"
#include "memlog/scan/read_events.h"

namespace memlog {

// The counters of the snapshots against what they may be: deques against their own maximum length, sessions, downloads
// and the queue against the guide's limits.
class CounterLimits {
 public:
  enum class State : std::uint8_t { ok, exceeded, no_limit, unjudged };
  struct Counter {
    std::string name;
    bool deque = false;
    double last = kMissing;
    double max = kMissing;
    double limit = kMissing;
    State state = State::unjudged;
    Timestamp max_at;
    std::uint16_t input = 0;
    std::uint64_t line = 0;
  };

  void fold(const Slice& slice);

  // Deques and the counters that have a limit; the others too where `all`.
  std::vector<Counter> counters(const RunNames& names, bool all) const;

  static Value value_of(const Counter& counter, const ReadResult& result);
  static Table table_of(const std::vector<Counter>& counters, const ReadResult& result);

 private:
  struct Track {
    double last = kMissing;
    double max = kMissing;
    Timestamp max_at;
    std::uint16_t input = 0;
    std::uint64_t line = 0;
    bool seen = false;
  };
  std::vector<Track> tracks_;      // by name
};

}  // namespace memlog
