#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "memlog/report/report.h"

namespace memlog {

// What a task's figures may grow by, and how sure one must be.
struct CompareOptions {
  std::string fail_on_increase = {};  // `10%` or `5MB`; empty: nothing fails
  std::size_t min_runs = 1;        // tasks with fewer runs on a side do not fail
  double significance = 1;         // growth fails when its p-value is at most this, or when no p-value could be
};

// Per task: before, after, how sure, new and vanished ones.
struct Comparison {
  Value tasks;                     // a list that makes its elements
  Table table;
  std::vector<Finding> findings;   // one for each task that the gate judged
  bool failed = false;             // a task's average or maximum grew by more than is allowed
  std::vector<std::string> untested;  // tasks that grew so, with too few values for any test to be sure; they fail
  std::size_t compared = 0;        // tasks that are on both sides
};

// Sets the `tasks` of two answers of `by-task` beside each other; what lists that make their elements look at has to
// outlive the comparison. The p-value is of the peaks of the runs where both
// sides have runs, else of the samples. Throws Error for a bad `fail_on_increase`.
Comparison compare_tasks(const Value& before, const Value& after, const CompareOptions& options);

// Adds the comparison with a baseline to an answer of `by-task`: an element of `baselines` in its data, a table in its
// text, its findings.
void add_comparison(Report& report, const std::string& baseline, const CompareOptions& options, Comparison comparison);

}  // namespace memlog
