#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/record.h"
#include "memlog/assemble/runs.h"
#include "memlog/stats/aside_steps.h"
#include "memlog/stats/even_samples.h"
#include "memlog/stats/histogram.h"

namespace memlog {

// What each task costs and keeps.
class ByTask : public Analysis {
 public:
  enum class Sort : std::uint8_t { max, avg, p95, count, delta, name };
  struct Options {
    Sort sort = Sort::max;
    bool runs = false;             // list each run
    bool in_pieces = false;        // the answer makes its entries when it is written: analysis and result outlive it
    bool samples = true;           // tell readings and peaks of runs, for tests of significance
    std::size_t steps_bytes = kStepsBytes;  // with more, the steps of histograms are put aside
  };
  // Far more than the tasks of ordinary logs take; four thousand with hundreds of different readings each would take tens
  // of megabytes.
  static constexpr std::size_t kStepsBytes = 3 << 20;

  explicit ByTask(const Options& options);
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;

  // For periods of a log, whose answers together hold the steps of the whole. While the whole is told so, it counts what
  // it folds and leaves the steps to the period, which hands them over when it answers or when nobody will ask it.
  void leave_steps(bool leave) { leaves_steps_ = leave; }
  void give_steps_to(ByTask& whole) { whole_ = &whole; }
  void hand_over();
  // Little or nothing will be folded any more.
  void rest() { put_aside(); }

  bool rss_only() const override { return true; }
  bool bare_readings() const override { return true; }
  bool reading_columns() const override { return true; }

 private:
  struct Runs {
    std::uint64_t started = 0;
    std::uint64_t finished = 0;
    std::uint64_t failed = 0;
    std::uint64_t retried = 0;
    std::uint64_t killed = 0;
    std::uint64_t unfinished = 0;
    std::int64_t delta_sum = 0;    // of finished runs, in 0.0001 MB
    std::uint64_t deltas = 0;
    std::int64_t peak_sum = 0;
    std::uint64_t peaks = 0;
    double max_peak_mb = kMissing;
    double duration_sum_s = 0;
    std::uint64_t durations = 0;
  };
  // For tests of significance.
  struct Samples {
    stats::EvenSamples readings;
    stats::EvenSamples peaks;      // of runs
  };
  struct Task {
    Samples& kept() {
      if (samples == nullptr) samples = std::make_unique<Samples>();
      return *samples;
    }

    Histogram rss;
    std::unique_ptr<Samples> samples;  // once there is one, where they are wanted
    double p50_mb = kMissing;      // when the log has ended; then the steps are forgotten
    double p95_mb = kMissing;
    double min_mb = kMissing;
    double max_mb = kMissing;
    Timestamp max_at;
    std::uint16_t max_input = 0;
    std::uint64_t max_line = 0;
    std::uint32_t planned = 0;     // readings that its tally may count
    Runs runs;
  };
  // What most readings of a task need, in one place: those within what was seen before change counters only.
  struct Tally {
    std::uint16_t* counters = nullptr;   // of Task::rss
    std::uint64_t sum = 0;               // of what was counted here, in tenths of a MB
    std::uint16_t least = 0;             // both within the counters
    std::uint16_t span = 0;              // up to the highest
    std::uint16_t counter = 1;           // the least that may be counted up: 0 where values may be new
    std::uint32_t began = 0;             // of them, that were
    std::uint32_t left = 0;              // of Task::planned readings, until one must be told to Task::samples
  };

  Task& task(NameId name) {
    if (name >= tasks_.size()) tasks_.resize(name + 1);
    return tasks_[name];
  }
  void select(NameId name) {
    if (name >= selected_.size()) selected_.resize(name + 1);
    selected_[name] = 1;
  }
  void fold_readings(const Slice& slice);
  void begin_readings(const Slice& slice, std::size_t readings);
  template <typename Row>
  void fold_row(const Row& row, std::uint64_t line_offset);
  void fold_rows(const Slice& slice);
  void fold_mixed(const Slice& slice);
  void count(const BareReading& reading, std::uint64_t line_offset) {
    if (!counts(reading.task, reading.rss)) tell(reading, line_offset + reading.line);
  }
  bool counts(NameId task, std::uint32_t rss) {
    Tally& tally = tallies_[task];
    if (!(rss - tally.least <= tally.span && tally.left != 0 && Histogram::has_room(tally.counters[rss], tally.counter))) return false;
    std::uint16_t& counter = tally.counters[rss];
    tally.began += counter == 0 ? 1 : 0;
    ++counter;
    tally.sum += rss;
    --tally.left;
    return true;
  }
  // Apart from count(), which is short for being in a loop.
  [[gnu::noinline]] void tell(const BareReading& reading, std::uint64_t line);
  void settle(NameId name);
  // Adds to a histogram, and to what all of them take.
  template <typename Add>
  void add_to(Histogram& rss, Add add) {
    const std::size_t before = rss.bytes();
    add(rss);
    steps_bytes_ += rss.bytes() - before;
  }
  void put_aside();
  void take_quantiles();
  void give_up_steps(NameId name);
  void end_run(const Run& run);
  Value::Object task_value(NameId name, const ReadResult& result) const;
  Value runs_value(const Task& task) const;
  std::vector<Cell> task_row(NameId name, bool runs, const ReadResult& result) const;
  void add_runs_table(Report& report, const ReadResult& result) const;

  Options options_;
  std::vector<Task> tasks_;          // by name
  std::vector<Tally> tallies_;       // as well
  RunMarks marks_;                   // of a slice
  std::vector<char> selected_;       // names that the user's filters let through
  RunTracker tracker_;
  int daily_;
  int celery_;
  std::vector<Run> listed_;          // with --runs
  std::uint64_t runs_not_listed_ = 0;
  std::uint64_t samples_ = 0;        // that were asked for
  std::size_t steps_bytes_ = 0;      // of all histograms
  bool leaves_steps_ = false;
  ByTask* whole_ = nullptr;          // that gets the steps
  stats::AsideSteps aside_;          // by name
};

}  // namespace memlog
