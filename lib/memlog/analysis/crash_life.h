#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "memlog/analysis/crash_operations.h"
#include "memlog/analysis/crash_recent.h"
#include "memlog/analysis/limit.h"
#include "memlog/assemble/runs.h"
#include "memlog/event/batch.h"
#include "memlog/event/process_table.h"
#include "memlog/stats/leak_series.h"

namespace memlog::crash {

struct Evidence {
  std::string_view kind;   // docs/crash.md lists them
  Timestamp time;
  std::string text;
  SourceLine source;
};

struct AlertMark {
  std::int64_t ns = 0;
  Alert alert = Alert::none;
};

// How often finished runs gave back what they took.
struct Releases {
  std::uint64_t heavy_runs = 0;      // that took 20 MB or more
  std::uint64_t kept_most = 0;       // of them, that kept most of it
  NameId task = kNoName;             // the last of those
  SourceLine source;
};

// What is remembered of a process between two starts. All of it is bounded.
class Life {
 public:
  static constexpr std::size_t kOperations = Operations::kMost;
  static constexpr std::size_t kIntervals = 32;
  // Who writes on this long after its goodbye has not stopped, or is a new process.
  static constexpr std::int64_t kStopsWithinNs = 120 * kNanosPerSecond;

  // An operation that is known is later than this.
  bool begins_behind(const Timestamp& time) const { return operations_.begins_behind(time.ns); }
  void add_operation(const Event& event, std::string_view name, std::string_view context) { operations_.add(event, name, context); }
  void add_reading(const Event& event, const EventBatch& batch);
  // A row of readings (BareRow, ReadingRow), each of which is an operation too, whose times do not fall, and the highest
  // of them in tenths of a MB. Stands in crash_rows.cpp.
  template <typename Row>
  void add_row(const Row& row, std::uint32_t highest, std::uint64_t line_offset, const NameTable& names);
  // Another log tells a reading again, with what it was about.
  void add_context(const Event& event, std::string_view context);
  // A run that keeps `kept_share` of what it took has not given it back.
  void add_run_end(const Run& run, double kept_share);

  // A list has told operations: what comes may be one of them.
  bool knows_lists() const { return operations_.knows_lists(); }

  bool empty() const { return !last_time.known(); }
  double average_mb() const { return readings == 0 ? kMissing : static_cast<double>(rss_sum_) / static_cast<double>(readings) / 10'000.0; }
  // Its readings come at one beat, as far as the last intervals show.
  bool is_regular() const;
  double last_mb() const { return last_rss_mb; }

  // How often the monitor reads, in seconds: as it says, else the median of the last intervals.
  double period_s() const;

  // The last operations, oldest first, by time.
  std::vector<Operation> last_operations(std::size_t n) const { return operations_.last(n); }

  // The way to the end: from the lowest reading of the last hour.
  struct Growth {
    double window_s = kMissing;
    double start_mb = kMissing;
    double end_mb = kMissing;
    double mb_per_hour = kMissing;
  };
  Growth growth() const;

  // What memory grew by in the last `seconds`, scaled where readings are farther apart; NaN when nothing is remembered
  // of then.
  double grown_in(double seconds) const;

  // The queue over the last hour.
  struct Climb {
    double first = kMissing;
    double last = kMissing;
    std::size_t readings = 0;
    std::size_t rises = 0;
    bool fell = false;
  };
  Climb queue_climb() const;

  // The highest value of a counter, and how often it was told.
  struct High {
    double value = kMissing;
    std::uint64_t times = 0;
  };

  struct Alerts {
    std::uint64_t spikes = 0;
    std::uint64_t high = 0;
    std::uint64_t critical = 0;
  };
  Alerts recent_alerts() const;

  Timestamp started;                 // as a banner says, before the first reading
  Timestamp first_time;
  Timestamp last_time;               // of anything it wrote
  std::uint8_t last_format = 0;
  SourceLine last_source;
  std::int64_t clock_back_ns = 0;    // by how much its clock has been put back since it began
  double first_rss_mb = kMissing;
  double last_rss_mb = kMissing;
  double last_container_mb = kMissing;
  double last_free_percent = kMissing;
  double last_available_mb = kMissing;
  double highest_mb = kMissing;
  std::uint64_t readings = 0;
  double stated_limit_mb = kMissing;
  std::vector<Metric> metrics;       // the latest of each
  std::vector<High> highs;           // of each, in the same order
  SourceLine counters_source;        // where the last counters, container and system figures are told
  SourceLine container_source;
  SourceLine system_source;
  NameId host = kNoName;
  Timestamp critical_time;           // of the last critical alert
  SourceLine critical_source;
  double critical_mb = kMissing;
  double lowest_since_critical_mb = kMissing;
  bool shut_down = false;            // it said goodbye
  Timestamp limit_time;              // a time limit struck
  std::string limit_text;
  SourceLine limit_source;
  Timestamp goodbye_time;            // the life before ended as planned
  std::string goodbye_text;
  SourceLine goodbye_source;
  bool goodbye_asked = false;        // by a signal
  Timestamp replaced_time;           // another worker took the place of the one that said goodbye
  Releases releases;
  stats::LeakSeries series{0, stats::LeakSeries::Keeps::verdict};
  double told_period_s = kMissing;
  bool writes_only_high = false;     // its monitor is silent while memory is low

 private:
  void learn_period(std::string_view context);
  void note_container(const Event& event);
  void note_clock(std::int64_t ns, std::uint16_t input);

  Timestamp container_time_;
  std::int64_t container_gap_ns_ = 0;
  double rss_in_container_ = kMissing;  // of the process, when its container was measured
  Operations operations_;
  RecentReadings recent_;
  std::int64_t rss_sum_ = 0;         // in steps of 0.0001 MB
  std::deque<AlertMark> alerts_;
  std::deque<double> intervals_;
};

}  // namespace memlog::crash
