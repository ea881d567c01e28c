#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "memlog/base/regex.h"

namespace memlog {

// A time that the user gives: absolute, a time of any day, or before the last record.
struct TimeBound {
  enum class Kind { none, absolute, of_day, before_last };
  Kind kind = Kind::none;
  std::int64_t ns = 0;
  bool zoned = false;  // absolute: `ns` is UTC, else what the log's clock shows

  bool is_set() const { return kind != Kind::none; }
};

// Reads `2025-11-16 08:30`, `2025-11-16T08:30:00`, `2025-11-16` (its first moment), `08:30` and `-2h`. Throws Error for
// anything else.
TimeBound parse_time_bound(std::string_view text, std::string_view option);

// What of the records an answer is about.
struct Filter {
  TimeBound since;
  TimeBound until;
  std::optional<Regex> task;
  std::optional<Regex> not_task;
  std::optional<Regex> process;

  bool any() const { return since.is_set() || until.is_set() || task || not_task || process; }
};

}  // namespace memlog
