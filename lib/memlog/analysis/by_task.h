#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/record.h"
#include "memlog/assemble/runs.h"
#include "memlog/event/bare_row.h"
#include "memlog/event/reading_columns.h"
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
    Runs runs;
  };
  // What most readings of a task need, in one place: those within what was seen before change a counter only.
  struct Tally {
    std::uint16_t* counters = nullptr;           // of Task::rss
    std::uint32_t least = BareReading::kNone;    // both within the counters
    std::uint16_t span = 0;                      // up to the highest
    std::uint16_t counter = 0;                   // the least that may be counted up
  };
  // Until one of a task's readings is kept among its samples.
  struct Wait {
    std::uint32_t planned = 0;     // readings that none is kept of
    std::uint32_t left = 0;        // of them
    std::uint32_t coming = 0;      // that a row has; 0 between rows
  };
  struct Counting {
    Tally tally;
    Wait wait;
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
  void fold_columns(const Slice& slice);
  void begin_readings(const Slice& slice, std::size_t readings);
  template <typename Row>
  void fold_row(const Row& row, std::uint64_t line_offset);
  void fold_rows(const Slice& slice);
  void fold_mixed(const Slice& slice);
  void count_row(const BareRow& row, std::uint64_t line_offset);
  void count_row(const ReadingRow& row, std::uint64_t line_offset);
  void keep_samples(const ReadingRow& row, NameId name);
  template <typename Row>
  bool add_run(const Row& row, std::size_t start, std::size_t end, std::uint32_t high);
  void count(const BareReading& reading, std::uint64_t line_offset) {
    if (options_.samples) in_turn(reading.task, reading.rss_mb());
    if (!counts(reading.task, reading.rss)) tell(reading, line_offset + reading.line);
  }
  // Counters lie anywhere in some hundred kilobytes.
  void ask_early(const BareReading& later) const {
    if (const Tally& tally = counting_[later.task].tally; later.rss - tally.least <= tally.span) __builtin_prefetch(tally.counters + later.rss, 1);
  }
  bool counts(NameId task, std::uint32_t rss) {
    const Tally& tally = counting_[task].tally;
    if (rss - tally.least > tally.span) return false;
    std::uint16_t& counter = tally.counters[rss];
    if (!Histogram::has_room(counter, tally.counter)) return false;
    ++counter;
    return true;
  }
  void in_turn(NameId task, double mb) {
    if (Wait& wait = counting_[task].wait; wait.left != 0) --wait.left;
    else keep(task, mb);
  }
  // Apart from these, which are short for being in loops.
  [[gnu::noinline]] void tell(const BareReading& reading, std::uint64_t line);
  [[gnu::noinline]] void keep(NameId task, double mb);
  void begin_tally(NameId task);
  void forget_tallies() {
    for (Counting& one : counting_) one.tally = {};
  }
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
  // What a run adds, in steps of 0.0001 MB.
  void add_peak(Task& entry, double mb, std::int64_t steps) {
    Runs& runs = entry.runs;
    runs.peak_sum += steps;
    ++runs.peaks;
    if (options_.samples) entry.kept().peaks.add(mb);
    if (!(runs.max_peak_mb >= mb)) runs.max_peak_mb = mb;
  }
  static void add_delta(Runs& runs, std::int64_t steps) {
    runs.delta_sum += steps;
    ++runs.deltas;
  }
  // Where the clock fell back in between, how long it took is not told.
  static void add_duration(Runs& runs, std::int64_t ns) {
    if (ns < 0) return;
    runs.duration_sum_s += static_cast<double>(ns) / 1e9;
    ++runs.durations;
  }
  Value::Object task_value(NameId name, const ReadResult& result) const;
  Value runs_value(const Task& task) const;
  std::vector<Cell> task_row(NameId name, bool runs, const ReadResult& result) const;
  void add_runs_table(Report& report, const ReadResult& result) const;

  Options options_;
  std::vector<Task> tasks_;          // by name
  std::vector<Counting> counting_;   // as well
  RunMarks marks_;                   // of a slice
  // By label, of a row.
  std::array<Tally, ReadingColumns::kLabels> label_tallies_{};
  std::array<std::uint32_t, ReadingColumns::kLabels> seen_{};
  std::vector<std::uint32_t> not_counted_;
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
