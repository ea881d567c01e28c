#include "baseline_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "memlog/analysis/baseline.h"
#include "memlog/base/counted.h"
#include "memlog/base/error.h"

namespace memlog::app {

Value baseline_tasks(const std::string& path, const Common& common) {
  Value tasks = read_baseline(path);
  if (common.task.empty() && common.not_task.empty()) return tasks;
  std::optional<Regex> wanted;
  std::optional<Regex> unwanted;
  if (!common.task.empty()) wanted.emplace(common.task, "--task");
  if (!common.not_task.empty()) unwanted.emplace(common.not_task, "--not-task");
  std::vector<std::size_t> places;
  std::size_t place = 0;
  for_each_element(tasks, [&](const Value& task) {
    const std::string name = as_text(task["task"]);
    if ((!wanted || wanted->matches(name)) && (!unwanted || !unwanted->matches(name))) places.push_back(place);
    ++place;
  });
  const std::size_t size = places.size();
  return {size, [tasks, places = std::move(places)](std::size_t i) { return element_of(tasks, places[i]); }};
}

bool judge_comparison(Context& context, const std::string& with, const CompareOptions& options, const Comparison& comparison) {
  if (!comparison.untested.empty() && !context.common.quiet) {
    std::string names;
    constexpr std::size_t kMost = 3;
    for (std::size_t i = 0; i < std::min(kMost, comparison.untested.size()); ++i) names += (i > 0 ? ", '" : "'") + comparison.untested[i] + "'";
    if (comparison.untested.size() > kMost) names += " and " + counted(comparison.untested.size() - kMost, "more task");
    context.warn(fmt::format("too few values to test the growth of {} at a significance of {}: it counts as growth\nhelp: keep more runs, or leave tasks with few out with --min-runs", names, options.significance));
  }
  if (options.fail_on_increase.empty() || comparison.compared > 0) return true;
  context.warn(fmt::format("no task to compare with '{}': the gate judged nothing, which is a failure", with));
  return false;
}

std::vector<Option> compare_options(CompareOptions& options) {
  return {
      {"--fail-on-increase", "AMOUNT", "status 1 if a task's average or maximum grew by more than AMOUNT ('10%', '5MB')",
       [&options](const std::string& value) {
         // An unset variable of a pipeline must not be a gate that is always open.
         if (value.empty()) throw Error("--fail-on-increase needs an amount", "give a percentage ('10%') or a size ('5MB')");
         options.fail_on_increase = value;
       }},
      {"--min-runs", "N", "tasks with fewer runs before or after do not fail (1)", set_count(options.min_runs, "--min-runs")},
      {"--significance", "P", "growth fails only when its p-value is at most P, such as 0.05", [&options](const std::string& value) {
         set_number(options.significance, "--significance")(value);
         if (!(options.significance > 0) || options.significance > 1) throw Error("--significance of " + value, "give a probability above 0 and at most 1, such as 0.05");
       }},
  };
}

}  // namespace memlog::app
