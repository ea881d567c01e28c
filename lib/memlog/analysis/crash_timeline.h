#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "memlog/analysis/crash_life.h"
#include "memlog/event/process_table.h"
#include "memlog/scan/read_events.h"

namespace memlog::crash {

// One record in the minutes before a death, of any process and any log.
struct Moment {
  Timestamp time;
  std::string task;
  std::string context;
  std::string_view event;
  ProcessId process = 0;
  double rss_mb = kMissing;
  SourceLine source;
};

// The last records of all logs, as many as fit a window of time and a bound.
class RecentMoments {
 public:
  static constexpr std::size_t kMost = 20'000;

  explicit RecentMoments(double window_s) : window_ns_(static_cast<std::int64_t>(window_s * 1e9)) {}

  void add(const Event& event, const Slice& slice);

  // Those within the window before `end`, and on until `until`, oldest first.
  std::vector<Moment> between(const Timestamp& end, const Timestamp& until) const;

 private:
  bool told_again(const Event& event, std::string_view context);

  std::int64_t window_ns_;
  std::deque<Moment> moments_;
};

}  // namespace memlog::crash
