#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "memlog/assemble/run_marks.h"
#include "memlog/event/bare_reading.h"
#include "memlog/event/event.h"
#include "memlog/event/process_table.h"

namespace memlog {

enum class RunOutcome : std::uint8_t { open, finished, failed, retried, killed, unfinished };
std::string_view to_string(RunOutcome outcome);

// A task, start to end, in one process.
struct Run {
  NameId task = kNoName;
  ProcessId process = 0;
  NameId host = kNoName;
  std::uint32_t run_id = 0;       // Event::run_id
  Timestamp start;
  Timestamp end;
  double start_mb = kMissing;
  double last_mb = kMissing;      // RSS at its last sample, its end included
  double peak_mb = kMissing;      // of samples while it was open, and of the peaks that they print
  double delta_mb = kMissing;     // kept at its end: as printed, else last - start; NaN unless it ended by itself
  std::uint64_t line = 0;         // of the start
  std::uint64_t end_line = 0;
  std::uint16_t input = 0;
  RunOutcome outcome = RunOutcome::open;
};

inline bool ends_run(EventKind kind) { return kind == EventKind::task_end || kind == EventKind::task_failed; }

// Pairs starts and ends of tasks by process. Ends that the log tells without a reading (a retry, a kill, a restart) end
// runs as well.
//
// The rules: where tasks run one at a time (daily, Celery) a start while another run is open ends that one: as retried
// in Celery, whose process has lived on, as unfinished elsewhere. In the daily log the next end ends the open run,
// whatever its label. A kill of a process, a new process under its name and an unplanned restart kill its runs.
class RunTracker {
 public:
  using OnEnd = std::function<void(const Run&)>;

  explicit RunTracker(OnEnd on_end);

  void fold(const Event& event) {
    // Nearly all are readings within a run or without one.
    if (event.kind == EventKind::sample && (event.flags & (flag::kBoot | flag::kShutdown)) == 0 && event.process < open_.size()) {
      note_sample(open_[event.process], event);
    } else {
      fold_any(event);
    }
  }

  // The same of a bare reading of input 0 whose line is still that of the chunk.
  void fold(const BareReading& reading, std::uint64_t line_offset) {
    std::vector<Run>& open = runs(reading.process);
    if (reading.kind == EventKind::task_start) {
      start(open, reading, line_offset);
    } else if (!open.empty()) {
      note_sample(open, reading);
      if (ends_run(reading.kind)) end(open, reading, line_offset);
    }
  }

  // The same of a row of one process without peaks of their own, whose marks are known, and the highest reading behind the
  // last of them. Gives how many readings end a run or stand in one, its start included. The row is a BareRow
  // or a ReadingRow. Stands in run_rows.h.
  template <typename Readings>
  std::size_t fold_row(const Readings& row, std::span<const RunMark> marks, std::uint32_t high, std::uint64_t line_offset) {
    return fold_row(row, marks, high, line_offset, [](std::size_t, std::size_t, std::uint32_t) { return false; });
  }
  // The same. Of a run that starts and ends in the row `whole(start, end, high)` is asked first, with the places of both
  // and its peak in tenths of a MB: where it says true, it has taken the run, and nobody else is told.
  template <typename Readings, typename Whole>
  std::size_t fold_row(const Readings& row, std::span<const RunMark> marks, std::uint32_t high, std::uint64_t line_offset, Whole whole);

  // The same of readings of several processes, each with its peak or without. Calls `besides(i)` for each of them, before its
  // run is told; `whole` is that of fold_row(). Stands in run_rows.h.
  template <typename Besides, typename Whole>
  void fold_rows(std::span<const BareReading> all, std::uint64_t line_offset, Besides besides, Whole whole);

  // The process was killed, though no event says so.
  void end_process(ProcessId process) { end_all(process, RunOutcome::killed, nullptr); }

  // The log ends: what is open is unfinished.
  void finish();

  // The runs that are open in a process, oldest first.
  const std::vector<Run>& open_runs(ProcessId process) const { return process < open_.size() ? open_[process] : none_; }

 private:
  std::vector<Run>& runs(ProcessId process) {
    if (process >= open_.size()) grow(process);
    return open_[process];
  }
  void grow(ProcessId process);
  static std::size_t run_of(const std::vector<Run>& open, const Event& event);
  void start(const Event& event);
  void end(const Event& event);
  void fold_any(const Event& event);
  void start(std::vector<Run>& open, const BareReading& reading, std::uint64_t line_offset);
  void end(std::vector<Run>& open, const BareReading& reading, std::uint64_t line_offset);
  static void note_sample(std::vector<Run>& open, const BareReading& reading) {
    note_row(open, reading, reading.rss_mb());
    if (reading.peak == BareReading::kNone) return;
    for (Run& run : open) {
      if (reading.task == run.task && !(run.peak_mb >= reading.peak / 10.0)) run.peak_mb = reading.peak / 10.0;
    }
  }
  // Readings up to `last`, the highest of `high_mb`.
  static void note_row(std::vector<Run>& open, const BareReading& last, double high_mb) {
    for (Run& run : open) {
      run.last_mb = last.rss_mb();
      if (!(run.peak_mb >= high_mb)) run.peak_mb = high_mb;
      run.end.ns = last.ns;
      run.end.zone_minutes = Timestamp::kNoZone;
      run.end.digits = last.digits;
      run.end.dated = true;
      run.end.yearless = false;
    }
  }
  static void note_sample(std::vector<Run>& open, const Event& event) {
    for (Run& run : open) {
      if (is_known(event.rss_mb)) {
        run.last_mb = event.rss_mb;
        if (!(run.peak_mb >= event.rss_mb)) run.peak_mb = event.rss_mb;
      }
      // The peak that a monitor prints is that of its task.
      if (is_known(event.peak_mb) && event.task == run.task && !(run.peak_mb >= event.peak_mb)) run.peak_mb = event.peak_mb;
      if (event.time.known()) run.end = event.time;
    }
  }
  // Where the log tells that a run has ended.
  struct End {
    Timestamp time;
    std::uint64_t line = 0;
  };
  // A process within readings of several. Its run may have started before them: then it stands in `open_` still.
  struct Row {
    std::uint32_t round = 0;        // of fold_rows() that knows it
    NameId task = kNoRun;
    std::uint32_t high = 0;         // of the run's readings here, in tenths of a MB
    std::uint32_t start = kBefore;  // all three: among the readings
    std::uint32_t last = kBefore;
  };
  struct RowEnd {
    std::uint32_t at = 0;
    std::uint32_t start = kBefore;
    std::uint32_t high = 0;
  };
  static constexpr NameId kNoRun = std::numeric_limits<NameId>::max();
  static constexpr std::uint32_t kBefore = std::numeric_limits<std::uint32_t>::max();
  bool take_row(ProcessId process);
  void give_row(ProcessId process, std::span<const BareReading> all, std::uint64_t line_offset);
  template <typename Whole>
  void tell_ends(const RowEnd* end, std::span<const BareReading> all, std::uint64_t line_offset, Whole whole);
  void fold_alone(std::uint32_t at, std::span<const BareReading> all, std::uint64_t line_offset);
  void finish(Run& run, const BareReading& last, std::uint32_t highest, std::uint64_t line_offset);
  static Run started(const BareReading& reading, std::uint64_t line_offset);
  void end_all(ProcessId process, RunOutcome outcome, const Event* event);
  void close(std::vector<Run>& open, std::size_t at, RunOutcome outcome, const End* end);

  OnEnd on_end_;
  std::vector<Run> none_;
  std::vector<std::vector<Run>> open_;
  std::vector<char> shut_down_;
  std::vector<Row> rows_;           // by process
  std::vector<ProcessId> in_round_; // whose rows are of it
  std::vector<RowEnd> ends_;        // of rows, not told yet; what is written behind the last is none
  std::uint32_t round_ = 0;
  int daily_;
  int celery_;
};

}  // namespace memlog
