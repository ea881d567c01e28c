#pragma once

#include <string>
#include <vector>

#include "command.h"
#include "memlog/analysis/compare.h"

namespace memlog::app {

// The tasks of a baseline that the user asks about: one that is left out of the log's answer has not vanished.
Value baseline_tasks(const std::string& path, const Common& common);

// Warns about growth that no test could judge. With a gate and no task on both sides, says so: false.
bool judge_comparison(Context& context, const std::string& with, const CompareOptions& options, const Comparison& comparison);

// The options of a comparison, the same wherever there is one.
std::vector<Option> compare_options(CompareOptions& options);

}  // namespace memlog::app
