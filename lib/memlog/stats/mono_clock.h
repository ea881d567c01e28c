#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "memlog/stats/leak_constants.h"

// Log clocks are local clocks: they go back at the end of daylight saving time and when somebody sets them.
namespace memlog::stats {

// Turns the log's times into an axis that a slope can be measured on, and back. One per timeline: feed it the time of
// every reading of every process in the order of the log.
//
// A step back of at most 90 s is disorder between writers; the time is kept. A larger one is a clock change: from
// there on the step is added, with the median of the recent intervals for the time that passed meanwhile, or exactly
// 3600, 1800 or 7200 s where that is near. A step forward is a gap: nothing is assumed about it.
class MonoClock {
 public:
  // Seconds on the repaired axis for seconds of the log's clock; nothing for a time that is not a number.
  std::optional<double> repair(double log_seconds);

  // The same of a row of times that do not fall: where goes_on() says so of the first, each is repaired by adding
  // offset(), and add_row() looks at the repaired times at(0) … at(count - 1).
  bool goes_on(double log_seconds) const;
  double offset() const { return offset_; }
  template <typename At>
  void add_row(std::size_t count, At at) {
    if (count == 0) return;
    // Of the intervals only the last ones stay.
    std::array<double, kRecentIntervals + 1> newest;
    std::size_t found = 0;
    double later = at(count - 1);
    for (std::size_t i = count; i-- > 0 && found < kRecentIntervals;) {
      const double before = i == 0 ? *latest_ : at(i - 1);
      newest[found] = later - before;
      found += later > before ? 1 : 0;
      later = before;
    }
    note_intervals(newest, found);
    latest_ = at(count - 1);
  }

  // The way back: seconds of the log's clock, as somebody reading the log would see them.
  double log_time(double repaired_seconds) const;

  std::size_t changes() const { return steps_.size(); }

 private:
  struct Step {
    double from = 0.0;      // on the repaired axis
    double offset = 0.0;    // repaired - log
  };

  double step_for(double back) const;
  void note_interval(double forward);
  void note_intervals(const std::array<double, kRecentIntervals + 1>& newest_first, std::size_t count);
  void remember(double from);
  double median_interval() const;

  double offset_ = 0.0;
  std::optional<double> latest_;
  std::array<double, kRecentIntervals> intervals_{};
  std::size_t interval_count_ = 0;    // filled
  std::size_t next_interval_ = 0;
  std::vector<Step> steps_;
};

}  // namespace memlog::stats
