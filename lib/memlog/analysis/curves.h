#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/analysis/bands.h"
#include "memlog/analysis/limit.h"
#include "memlog/assemble/runs.h"
#include "memlog/scan/read_events.h"
#include "memlog/stats/curve.h"

namespace memlog {

// What charts draw: the memory of each process and of each task over time, restarts, deaths, alerts, and the runs of
// tasks. All of it is bounded: what has no room is counted.
class Curves {
 public:
  // Readings without a process that has room of its own are drawn as one.
  static constexpr std::size_t kMostProcesses = 16;
  static constexpr std::size_t kMostTasks = 64;
  static constexpr std::size_t kMostMarks = 400;
  static constexpr std::size_t kMostBands = 600;

  struct Options {
    double limit_mb = kMissing;
    bool by_task = false;            // curves of tasks as well
    std::size_t bins = 2048;
  };
  struct Series {
    std::uint32_t id = 0;            // of the process or the task
    stats::Curve curve;
    std::uint64_t samples = 0;
    double min_mb = kMissing;
    double max_mb = kMissing;
    Timestamp max_at;
  };
  struct Mark {
    enum class Kind : std::uint8_t { restart, death, spike, high, critical };
    Kind kind = Kind::restart;
    Timestamp time;
    ProcessId process = 0;
    NameId task = kNoName;           // of a start or a death: its own, else the last one of its process
    double rss_mb = kMissing;
    std::uint64_t source = 0;
  };

  explicit Curves(const Options& options);
  void fold(const Slice& slice);
  void finish() { tracker_.finish(); }

  const std::vector<Series>& processes() const { return processes_; }
  const std::vector<Series>& tasks() const { return tasks_; }
  const std::vector<Mark>& marks() const { return marks_; }
  // In order. With more runs than there is room for, neighbours of one task are one band, gaps smaller than a pixel
  // included, so that the whole period is told.
  std::vector<Run> bands() const { return bands_.sorted(); }
  std::uint64_t bands_merged() const { return bands_.merged(); }
  std::uint64_t marks_left_out() const { return marks_left_out_; }
  std::uint64_t merged_processes() const { return merged_; }
  Limit limit() const { return limit_.limit(); }
  // Of all readings, the ones that the curves left out too; NaN without any.
  double first_t() const { return first_t_; }
  double last_t() const { return last_t_; }
  // Zone and digits of the log's times.
  Timestamp time_at(double t) const;

  static std::uint64_t source_of(const Event& event) { return (static_cast<std::uint64_t>(event.input) << 48) | (event.line & 0xffffffffffffULL); }

 private:
  Series* series(std::vector<Series>& list, std::vector<int>& index, std::uint32_t id, std::size_t most, std::size_t bins);
  void mark(Mark::Kind kind, const Event& event);
  void note(const Event& event);

  Options options_;
  LimitTracker limit_;
  RunTracker tracker_;
  std::vector<Series> processes_;
  std::vector<Series> tasks_;
  std::vector<int> process_index_;
  std::vector<int> task_index_;
  std::vector<NameId> last_tasks_;  // by process
  std::vector<Mark> marks_;
  std::uint64_t marks_left_out_ = 0;
  std::uint64_t merged_ = 0;
  Bands bands_{kMostBands};
  Timestamp any_time_;
  double first_t_ = kMissing;
  double last_t_ = kMissing;
  std::vector<bool> selected_;
};

}  // namespace memlog
