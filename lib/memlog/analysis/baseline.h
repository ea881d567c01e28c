#pragma once

#include <string>
#include <vector>

#include "memlog/assemble/runs.h"
#include "memlog/report/report.h"
#include "memlog/scan/read_events.h"

namespace memlog {

// Sets an answer of `by-task` beside an earlier one, which is read from the JSON file `baseline`, and adds what changed
// to the answer: `baseline` in its data, a table in its text. `limit` is what a task's average and maximum may grow by:
// `10%`, `5MB` or empty. Returns whether one grew by more. Throws Error for a file that is no such answer.
bool compare_with_baseline(Report& report, const std::string& baseline, const std::string& limit);

// `--runs`: one line a run.
void add_runs_table(Report& report, const std::vector<Run>& runs, const ReadResult& result);

}  // namespace memlog
