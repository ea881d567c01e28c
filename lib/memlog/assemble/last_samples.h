#pragma once

#include <cstdint>
#include <vector>

#include "memlog/event/bare_reading.h"
#include "memlog/event/event.h"
#include "memlog/event/process_table.h"

namespace memlog::assemble {

// The last reading of each process: one reading may be told twice by lines that do not belong together, and the second
// is no sample of its own.
class LastSamples {
 public:
  // For every event of a log, in order. Takes `sample` from a report or a warning that repeats the reading before it,
  // and `record` from such a warning.
  void settle(Event& event);

  // An ordinary reading, which repeats nothing.
  void note(const Event& event);
  void note(ProcessId process, const BareReading& reading, std::uint32_t own_hash);

 private:
  struct Sample {
    std::int64_t ns = Timestamp::kNone;
    double rss_mb = kMissing;
    NameId task = kNoName;
    std::uint32_t own_hash = 0;  // as Event::own_hash
    EventKind kind = EventKind::sample;
  };

  Sample& of(ProcessId process) {
    if (process >= samples_.size()) samples_.resize(process + 1);
    return samples_[process];
  }

  std::vector<Sample> samples_;  // by process
};

}  // namespace memlog::assemble
