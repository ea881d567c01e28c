#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "memlog/event/event.h"

namespace memlog::assemble {

// The clock of one log: completes times of day and dates without a year from what the log and its files have told so
// far, and decides whose clock counts.
class Clock {
 public:
  // Days since 1970: the date in the file's name, and the day it was last written.
  Clock(std::optional<std::int64_t> date, std::optional<std::int64_t> modified) : date_(date), modified_(modified) {}

  // Another file of the same log. A date in its name dates its lines; without one the clock goes on.
  void next_file(std::optional<std::int64_t> date, std::optional<std::int64_t> modified);

  // The log says itself that what follows was written by this day.
  void ends_by(std::int64_t day);

  // For every event with a time, in the order of their lines; event.host is the run's. Where the application writes
  // times of its own, the further lines of a record lose the platform's, which may stand in another zone.
  void settle(Event& event);

  bool application_writes_times(NameId host) const { return host < application_.size() && application_[host]; }

  // Of the last line with a full date that told no operation, as an operation's time is its start; Timestamp::kNone
  // before the first one.
  std::int64_t last_time() const { return last_time_; }

 private:
  void date(Timestamp& time);
  void find_year(Timestamp& time) const;
  void find_day(Timestamp& time) const;

  std::optional<std::int64_t> date_;
  std::optional<std::int64_t> modified_;
  std::optional<std::int64_t> last_day_;              // of the last line with a full date
  std::int64_t last_full_ = 0;                        // its time
  std::int64_t last_time_ = Timestamp::kNone;
  std::int64_t last_of_day_ = Timestamp::kNone;       // the last time of day without a date
  std::int64_t days_passed_ = 0;                      // midnights seen by times of day
  std::vector<bool> application_;                     // by host
};

}  // namespace memlog::assemble
