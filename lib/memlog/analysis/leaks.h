#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/counters.h"
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
    std::string metric = "rss";      // or vms, container, or a counter by its name
    double interval_s = 0;           // between readings of a log without times
    bool explain = false;
  };

  explicit Leaks(const Options& options);
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;

  bool bare_readings() const override { return options_.metric == "rss"; }
  bool reading_columns() const override { return options_.metric == "rss"; }

  // After report(): some series leaks.
  bool leaks() const { return leaks_; }

 private:
  stats::SampleState state_of(const Event& event);
  stats::SampleState marked_state(EventKind kind, ProcessId process, NameId task, bool celery);
  void fold_reading(const BareReading& reading, std::uint64_t line_offset);
  void fold_readings(std::span<const BareReading> all, std::uint64_t line_offset);
  void fold_columns(ReadingRow row, std::uint64_t line_offset);
  // Of rows: BareRow, ReadingRow.
  class RowRuns;
  std::optional<stats::LeakBook::Lent> lend_for(ProcessId process, std::uint8_t format, std::int64_t ns);
  template <typename Row>
  void fold_row(const Row& row, const stats::LeakBook::Lent& lent, std::uint64_t line_offset);
  template <typename Row>
  std::uint64_t floor_of(const Row& row, std::size_t begin, RowRuns& runs, stats::LeakSeries& series, double clock_offset);
  template <typename Row>
  std::uint64_t labelled_of(const Row& word) const;
  template <typename Row>
  void learn_labels(const Row& samples);
  void add_sample(const Event& event, double t, const EventBatch& batch);
  double value_of(const Event& event, const EventBatch& batch) const;
  std::optional<double> axis_time(const Event& event);
  std::vector<Correlate> correlates(const stats::LeakResult& result) const;
  Value correlates_value(const stats::LeakResult& result, const ReadResult& read) const;
  bool in_mb() const { return options_.metric == "rss" || options_.metric == "vms" || options_.metric == "container"; }
  std::string_view unit() const { return in_mb() ? " MB" : ""; }
  Limit limit_of(const stats::LeakResult& result) const;
  Timestamp time_at(double t) const;
  Value series_value(const stats::LeakResult& result, const ReadResult& read) const;
  Value segments_value(const stats::LeakResult& result) const;
  Value culprits_value(const stats::LeakResult& result, const ReadResult& read) const;
  std::string name_of_series(const stats::LeakResult& result, const ReadResult& read) const;
  void tell(Report& report, const stats::LeakResult& result, const ReadResult& read) const;
  void explain(Report& report, const stats::LeakResult& result, const ReadResult& read) const;
  std::optional<Figure> sparkline(const stats::LeakResult& result) const;

  Options options_;
  LimitTracker limit_;
  stats::MonoClock clock_;
  stats::LeakBook book_;
  Counters counters_;
  NameId metric_ = kNoName;         // options_.metric, once the log has named it
  NameId idle_ = kNoName;           // "Idle" and "Periodic Check", once the log has said so
  NameId periodic_ = kNoName;
  double supplied_s_ = 0;           // the next time, where the log has none
  RunTracker tracker_;
  int daily_;                       // formats that mark runs
  int celery_;
  std::vector<char> task_labels_;   // names that were seen while a run was open: no idle reading carries them
  std::vector<bool> has_clock_;     // processes whose monitor also reads by the clock
  Timestamp sample_time_;           // zone and digits of the log's times
  bool leaks_ = false;
};

}  // namespace memlog
