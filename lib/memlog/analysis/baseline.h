#pragma once

#include <string>

#include "memlog/report/report.h"

namespace memlog {

// The `tasks` of an answer of `by-task` that was kept as JSON, as a list that makes its elements: they are put aside one
// by one while the file is read. Throws Error for a file that is none, or whose figures are none.
Value read_baseline(const std::string& path);

// Whether a file is such an answer rather than a log; by its first bytes.
bool is_baseline(const std::string& path);

}  // namespace memlog
