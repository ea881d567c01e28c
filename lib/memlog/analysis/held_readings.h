#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "memlog/event/event.h"

namespace memlog {

// A reading and how long it held.
struct Held {
  Timestamp from;
  std::int64_t ns = 0;
  double rss_mb = kMissing;
  double available_mb = kMissing;
  double free_percent = kMissing;
};

// How long each reading holds: until the next one of its process or until the process starts or ends, at most an hour.
// After the last one nothing is known.
class HeldReadings {
 public:
  // The reading that `event` puts an end to.
  std::optional<Held> fold(const Event& event);

 private:
  std::vector<Held> lasts_;      // by process; `ns` is not used
};

}  // namespace memlog
