#pragma once

#include <vector>

#include "memlog/base/decimal.h"
#include "memlog/report/report.h"

namespace memlog {

// A death as charts and lists show it: what `memlog crash` says of it, in one line.
struct DeathMark {
  Timestamp time;
  double rss_mb = kMissing;
  Value task;                      // what ran, else what the process was seen doing last; null where nothing was
  Value process;
  Value source;                    // of the first evidence
};

// The deaths among the `crashes` of `memlog crash` that have a time. A restart without a reason is none.
std::vector<DeathMark> death_marks(const Value& crashes);

}  // namespace memlog
