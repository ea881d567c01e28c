#include "memlog/assemble/run_rows.h"

namespace memlog {

// False where it has several runs at once.
bool RunTracker::take_row(ProcessId process) {
  const std::vector<Run>& open = runs(process);
  if (process >= rows_.size()) rows_.resize(process + 1);
  if (open.size() > 1) return false;
  rows_[process] = {.round = round_, .task = open.empty() ? kNoRun : open.front().task};
  in_round_.push_back(process);
  return true;
}

// What the row knows is the process' again.
void RunTracker::give_row(ProcessId process, std::span<const BareReading> all, std::uint64_t line_offset) {
  Row& row = rows_[process];
  if (row.round != round_) return;
  row.round = 0;
  std::vector<Run>& open = open_[process];
  if (row.start != kBefore || row.task == kNoRun) open.clear();
  if (row.task == kNoRun) return;
  if (row.start != kBefore) open.push_back(started(all[row.start], line_offset));
  if (row.last != kBefore) note_row(open, all[row.last], row.high / 10.0);
}

// Its last reading is known, and the highest one.
void RunTracker::finish(Run& run, const BareReading& last, std::uint32_t highest, std::uint64_t line_offset) {
  run.last_mb = last.rss_mb();
  if (const double high = highest / 10.0; !(run.peak_mb >= high)) run.peak_mb = high;
  run.delta_mb = last.delta != BareReading::kNoChange ? last.delta / 10.0 : run.last_mb - run.start_mb;
  run.end = {.ns = last.ns, .digits = last.digits};
  run.end_line = line_offset + last.line;
  run.outcome = last.kind == EventKind::task_failed ? RunOutcome::failed : RunOutcome::finished;
  on_end_(run);
}

void RunTracker::fold_alone(std::uint32_t at, std::span<const BareReading> all, std::uint64_t line_offset) {
  const ProcessId process = all[at].process;
  give_row(process, all, line_offset);
  fold(all[at], line_offset);
  take_row(process);
}

}  // namespace memlog
