#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/analysis/held_readings.h"
#include "memlog/analysis/zones.h"
#include "memlog/event/event.h"
#include "memlog/event/process_table.h"
#include "memlog/report/report.h"
#include "memlog/scan/read_events.h"
#include "memlog/stats/histogram.h"
#include "memlog/stats/step_sums.h"
#include "memlog/stats/top_n.h"

namespace memlog {

// How much memory was in use in a period, for how long, what garbage collections freed, where the log has gaps.
class Usage {
 public:
  // `system`: somebody will ask how long the system was short.
  explicit Usage(bool system = true) : system_(system) {}
  void fold(const Slice& slice);

  std::uint64_t samples() const { return samples_; }
  double quantile(double q) const { return rss_.quantile(q); }
  double maximum() const { return max_mb_; }

  Value usage_value() const;
  Table usage_table() const;

  // Adds time: which of it belongs to this period is the caller's knowledge.
  void hold(const Held& held);
  ZoneTimes zone_times(const Zones& zones, bool keep = false) const;

  Value gc_value() const;
  std::string gc_text() const;

  // Stretches without a record that are far longer than this log's others. Longest first up to a fixed number, then by time.
  struct Gap {
    Timestamp from;
    Timestamp to;
    double seconds = 0;
    std::uint16_t input = 0;
    std::uint64_t line = 0;          // of the record before
  };
  std::vector<Gap> gaps() const;

  struct Alerts {
    std::uint64_t spikes = 0;
    std::uint64_t high = 0;
    std::uint64_t critical = 0;
  };
  const Alerts& alerts() const { return alerts_; }
  std::uint64_t collections() const { return collections_; }
  double freed_mb() const { return freed_mb_; }

 private:
  void note_gap(const Event& event);

  bool system_;
  Histogram rss_;
  std::uint64_t samples_ = 0;                    // that it counts
  double current_mb_ = kMissing;
  double min_mb_ = kMissing;
  double max_mb_ = kMissing;
  Timestamp first_;
  Timestamp last_;
  stats::StepSums time_at_;                      // nanoseconds by tenth of a MB
  stats::StepSums available_;                    // by tenth of a MB of the system's available memory
  stats::StepSums free_;                         // by tenth of a percent
  Histogram intervals_;                          // seconds between records
  TopN<Gap> longest_{64};
  Gap pending_;
  Alerts alerts_;
  std::uint64_t collections_ = 0;
  double collected_ = 0;
  double freed_mb_ = 0;
  bool freed_known_ = false;
};

}  // namespace memlog
