#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/by_task.h"
#include "memlog/analysis/counter_limits.h"
#include "memlog/analysis/crash.h"
#include "memlog/analysis/leaks.h"
#include "memlog/analysis/limit.h"
#include "memlog/analysis/spikes.h"
#include "memlog/analysis/stated_report.h"
#include "memlog/analysis/time_index.h"
#include "memlog/analysis/told_window.h"
#include "memlog/analysis/usage.h"

namespace memlog {

// The whole picture of a log, and of each window of it: usage, zones, tasks, spikes, leaks, crashes, garbage
// collections, counters, gaps, and what follows from them.
//
// It asks the analyses of the single commands, so the figures are theirs: a window's are those of `--since` and
// `--until`. Deaths, jumps and gaps are looked for in the whole log and told in the window of their time, because a
// process that dies before midnight is missed only after it.
class PeriodReport : public Analysis {
 public:
  struct Options {
    double window_s = 86'400;      // 0: no windows
    std::string preset = {};       // zones of a guide; empty: shares of the limit
    double limit_mb = kMissing;
    double spikes_over_mb = 50;
    std::size_t told_tasks = 50;   // the largest are told in words; data has all
    std::size_t told_windows = 100'000;  // the last so many are told in words; data has all
    bool in_pieces = false;        // the answer makes its windows when it is written: analysis and result outlive it
  };

  // `result` is what the records are read into: windows are told while the log is read.
  PeriodReport(const Options& options, const ReadResult& result);
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;

  // For those who show more of the whole period. After report().
  const Zones& zones() const { return zones_; }
  Limit limit() const { return limit_.limit(); }

 private:
  // The analyses of one window, or of everything.
  struct Part {
    Part(const Options& options, std::size_t steps_bytes);
    void fold(const Slice& slice);

    std::int64_t window = 0;       // its number since 1970
    Usage usage;
    ByTask tasks;
    Leaks leaks;
    CounterLimits counters;
    StatedReport stated;
    LimitTracker limit;
    Histogram run_ends;
    std::vector<double> peaks;     // by process
    bool celery = false;
  };
  // All that is said of a window, or of the whole.
  struct Finished {
    Value::Object fields;
    std::vector<Block> blocks;
  };

  std::size_t fold_whole(const Slice& slice);
  Part* part_of(std::int64_t window);
  void close(Part& part);
  void close_front();
  void hold(const Held& held);
  void hold_in(std::int64_t window, const Held& held);
  std::optional<std::int64_t> next_read(std::int64_t window) const;
  ToldWindow tell(Part& part, bool windowed) const;
  Zones zones_for(const Limit& limit) const;
  Limit limit_for(const Limit& own) const;
  Value tell_spikes(ToldWindow& told, std::vector<Block>& blocks) const;
  Value tell_crashes(ToldWindow& told, std::vector<Block>& blocks) const;
  Value tell_gaps(const ToldWindow& told, std::vector<Block>& blocks) const;
  static Value tell_advice(const ToldWindow& told, std::vector<Block>& blocks);
  Finished finish(ToldWindow told, const std::string& heading) const;
  Finished finish_window(std::size_t i) const;

  Options options_;
  const ReadResult& result_;
  Part whole_;
  std::vector<std::unique_ptr<Part>> open_;   // the current window, in its first hour also the one before it
  ToldWindows told_;
  HeldReadings readings_;
  std::vector<Held> held_;                    // of this slice, until its windows are there
  std::int64_t now_ = 0;                      // number of the current window
  bool placed_ = false;
  Spikes spikes_;
  Crash crashes_;
  LimitTracker limit_;
  Zones zones_;
  // Since report():
  TimeIndex spike_times_;
  TimeIndex crash_times_;
  Value crashes_value_;
  std::vector<Usage::Gap> gaps_;
};

}  // namespace memlog
