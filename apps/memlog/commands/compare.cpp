#include "memlog/analysis/compare.h"

#include <memory>

#include "baseline_file.h"
#include "command.h"
#include "memlog/analysis/baseline.h"
#include "memlog/analysis/by_task.h"
#include "memlog/analysis/kept_tasks.h"
#include "memlog/analysis/record.h"
#include "memlog/base/error.h"

namespace memlog::app {

namespace {

struct Side {
  std::string path;
  bool baseline = false;
  Value tasks = Value::List{};
  Value inputs = Value::List{};
  int status = kDone;
  bool read = true;
};

// A log, a directory of logs, or a kept answer of by-task.
Side read_side(Context& context, const std::string& path) {
  Side side;
  side.path = path;
  if (path != "-" && is_baseline(path)) {
    side.baseline = true;
    side.tasks = baseline_tasks(path, context.common);
    return side;
  }
  Context one = context;
  one.paths = {path};
  ByTask analysis({.in_pieces = true});
  ReadResult result;
  const bool any = read_inputs(one, result, [&](const Slice& slice) { analysis.fold(slice); });
  // Nothing of what was learnt stays in memory while the other side is read.
  KeptTasks tasks;
  for_each_element(analysis.report(result).field("tasks"), [&](const Value& task) { tasks.add(task); });
  side.tasks = KeptTasks::list_of(std::move(tasks));
  side.inputs = inputs_value(result);
  side.read = any;
  side.status = any && !result.failed ? kDone : kFailed;
  return side;
}

Value value_of(const Side& side) { return Value::Object{{"path", side.path}, {"kind", side.baseline ? "baseline" : "log"}}; }

}  // namespace

Command compare() {
  auto options = std::make_shared<CompareOptions>();
  return {
      .name = "compare",
      .summary = "before and after, per task, with a test of significance",
      .description = "BEFORE and AFTER are a log, a directory of logs or a kept 'by-task --json' each. P is the chance of a difference like this one between "
                     "two runs of the same program: the rank-sum test of Mann and Whitney, exact for small numbers, over the peaks of the runs, or over the "
                     "samples of tasks without runs.",
      .options = compare_options(*options),
      .examples = {{"memlog compare before.log after.log", "what a change did to each task"},
                   {"memlog compare --fail-on-increase 10% accepted.json run.log", "a gate: status 1 when a task grew"},
                   {"memlog compare --fail-on-increase 5MB --significance 0.05 --min-runs 5 old/ new/", "only growth that is no accident"}},
      .run =
          [options](Context& context) {
            if (context.paths.size() != 2) throw Error("compare needs two inputs, before and after", "'memlog compare before.log after.log'");
            const Side before = read_side(context, context.paths[0]);
            const Side after = read_side(context, context.paths[1]);
            // Nothing to compare with: every task would seem new or vanished.
            if ((!before.read || !after.read) && context.common.output != Output::json) return kFailed;
            Comparison comparison = compare_tasks(before.tasks, after.tasks, *options);
            const bool judged = judge_comparison(context, context.paths[0], *options, comparison);
            Report report;
            report.schema = "memlog.compare/1";
            report.entries = "tasks";
            report.gate = options->fail_on_increase.empty() ? "" : "compare";
            report.findings = std::move(comparison.findings);
            Value::List inputs = as_list(before.inputs);
            for (const Value& input : as_list(after.inputs)) inputs.push_back(input);
            report.inputs = std::move(inputs);
            report.fields = {{"before", value_of(before)},
                             {"after", value_of(after)},
                             {"fail_on_increase", text_or_null(options->fail_on_increase)},
                             {"min_runs", static_cast<std::uint64_t>(options->min_runs)},
                             {"significance", options->significance},
                             {"failed", comparison.failed},
                             {"tasks", std::move(comparison.tasks)}};
            report.blocks.emplace_back(std::move(comparison.table));
            write_report(context, report);
            if (!judged || before.status != kDone || after.status != kDone) return kFailed;
            return comparison.failed ? kGateFailed : kDone;
          },
      .operands = "BEFORE AFTER",
  };
}

}  // namespace memlog::app
