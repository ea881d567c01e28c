#include "memlog/analysis/by_task.h"

#include <memory>

#include "baseline_file.h"
#include "command.h"
#include "memlog/base/error.h"
#include "save_file.h"

namespace memlog::app {

Command by_task() {
  struct Options {
    ByTask::Options analysis;
    std::vector<std::string> baselines;
    CompareOptions compare;
    std::string save;
  };
  auto options = std::make_shared<Options>();
  static constexpr Choice<ByTask::Sort> kSorts[] = {{"max", ByTask::Sort::max},     {"avg", ByTask::Sort::avg},     {"p95", ByTask::Sort::p95},
                                                    {"count", ByTask::Sort::count}, {"delta", ByTask::Sort::delta}, {"name", ByTask::Sort::name}};
  std::vector<Option> list{choice_option("--sort", "KEY", "max, avg, p95, count, delta or name", options->analysis.sort, kSorts),
                           {"--runs", "", "list each run", set_flag(options->analysis.runs)},
                           {"--baseline", "FILE", "compare with an earlier 'by-task --json'; may be given more than once, to catch slow drift against the oldest",
                            [options](const std::string& value) { options->baselines.push_back(value); }}};
  for (Option& option : compare_options(options->compare)) list.push_back(std::move(option));
  list.push_back({"--save-baseline", "FILE", "write this answer to FILE as the next baseline, unless a task grew too much", set_text(options->save)});
  return {
      .name = "by-task",
      .summary = "what each task costs: average, percentiles, maximum; its runs and what each kept",
      .description = "Counts and figures are over every sample that carries the task's label. Runs go from a task's start to its end in the same "
                     "process; KEPT/RUN is the memory that finished runs did not give back, on average.",
      .options = std::move(list),
      .examples = {{"memlog by-task logs/", "all tasks in all logs of a directory"},
                   {"memlog by-task --sort delta worker.log", "which task keeps the most memory"},
                   {"memlog by-task --save-baseline accepted.json run.log", "a baseline for CI"},
                   {"memlog by-task --baseline accepted.json --fail-on-increase 10% run.log", "the gate that uses it"}},
      .run =
          [options](Context& context) {
            if (!options->compare.fail_on_increase.empty() && options->baselines.empty()) {
              throw Error("--fail-on-increase needs a baseline", "name one with --baseline FILE");
            }
            options->analysis.in_pieces = true;
            ByTask analysis(options->analysis);
            bool failed = false;
            bool judged = true;
            std::string accepted;
            bool any = false;
            const int status = answer(context, analysis, false, [&](Report& report) {
              any = size_of(report.field("tasks")) > 0;
              if (!options->save.empty()) accepted = render_json(report);
              // What is compared is this answer, not what the comparisons add to it.
              const Value tasks = options->baselines.empty() ? Value() : report.field("tasks");
              for (const std::string& baseline : options->baselines) {
                Comparison comparison = compare_tasks(baseline_tasks(baseline, context.common), tasks, options->compare);
                failed |= comparison.failed;
                judged &= judge_comparison(context, baseline, options->compare, comparison);
                add_comparison(report, baseline, options->compare, std::move(comparison));
              }
            });
            if (status == kDone && !judged) return kFailed;
            if (status == kDone && !failed && !options->save.empty()) {
              // The next run would have nothing to be compared with.
              if (!any) throw Error("no task to save as a baseline in '" + options->save + "'", "the file stays as it was; see what --task, --since and the other filters leave");
              save_file(options->save, accepted);
            }
            return status == kDone && failed ? kGateFailed : status;
          },
  };
}

}  // namespace memlog::app
