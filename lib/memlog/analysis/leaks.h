#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/limit.h"
#include "memlog/assemble/runs.h"
#include "memlog/stats/leak_analysis.h"
#include "memlog/stats/mono_clock.h"

namespace memlog {

// Is a process leaking, how fast, how sure, since when, which task keeps the memory, when is the limit reached.
// docs/leaks.md states the method.
class Leaks : public Analysis {
 public:
  struct Options {
    stats::Method method = stats::Method::robust;
    double threshold_mb_per_hour = 10.0;
    double min_duration_s = 2 * 3600.0;
    std::size_t min_samples = 24;
    double limit_mb = kMissing;
    bool explain = false;
  };

  explicit Leaks(const Options& options);
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;

  // After report(): some series leaks.
  bool leaks() const { return leaks_; }

 private:
  struct Where {
    std::uint16_t input = 0;
    std::uint64_t line = 0;
  };

  stats::SampleState state_of(const Event& event, std::string_view task);
  void add_sample(const Event& event, double t, std::string_view task, const EventBatch& batch);
  Timestamp time_at(double t) const;
  Value series_value(const stats::LeakResult& result, const ReadResult& read) const;
  Value segments_value(const stats::LeakResult& result) const;
  Value culprits_value(const stats::LeakResult& result, const ReadResult& read) const;
  std::string name_of_series(const stats::LeakResult& result, const ReadResult& read) const;
  void tell(Report& report, const stats::LeakResult& result, const ReadResult& read) const;
  void explain(Report& report, const stats::LeakResult& result) const;
  std::string sparkline(const stats::LeakResult& result) const;

  Options options_;
  LimitTracker limit_;
  stats::MonoClock clock_;
  stats::LeakBook book_;
  RunTracker tracker_;
  std::vector<bool> task_labels_;   // names that were seen while a run was open: no idle reading carries them
  Timestamp sample_time_;           // zone and digits of the log's times
  bool leaks_ = false;
};

}  // namespace memlog
