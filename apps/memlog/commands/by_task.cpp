#include <memory>

#include "command.h"
#include "memlog/analysis/by_task.h"
#include "memlog/base/error.h"

namespace memlog::app {

Command by_task() {
  auto options = std::make_shared<ByTask::Options>();
  static constexpr Choice<ByTask::Sort> kSorts[] = {{"max", ByTask::Sort::max},     {"avg", ByTask::Sort::avg},     {"p95", ByTask::Sort::p95},
                                                    {"count", ByTask::Sort::count}, {"delta", ByTask::Sort::delta}, {"name", ByTask::Sort::name}};
  return {
      .name = "by-task",
      .summary = "what each task costs: average, percentiles, maximum; its runs and what each kept",
      .description = "Counts and figures are over every sample that carries the task's label. Runs go from a task's start to its end in the same "
                     "process; KEPT/RUN is the memory that finished runs did not give back, on average.",
      .options = {choice_option("--sort", "KEY", "max, avg, p95, count, delta or name", options->sort, kSorts),
                  {"--runs", "", "list each run", set_flag(options->runs)},
                  {"--baseline", "FILE", "compare with an earlier 'by-task --json'", set_text(options->baseline)},
                  {"--fail-on-increase", "AMOUNT", "status 1 if a task's average or maximum grew by more than AMOUNT ('10%', '5MB')",
                   set_text(options->fail_on_increase)}},
      .examples = {{"memlog by-task logs/", "all tasks in all logs of a directory"},
                   {"memlog by-task --sort delta worker.log", "which task keeps the most memory"},
                   {"memlog by-task --json run.log > accepted.json", "a baseline for CI"},
                   {"memlog by-task --baseline accepted.json --fail-on-increase 10% run.log", "the gate that uses it"}},
      .run =
          [options](Context& context) {
            if (!options->fail_on_increase.empty() && options->baseline.empty()) {
              throw Error("--fail-on-increase needs a baseline", "name one with --baseline FILE");
            }
            ByTask analysis(*options);
            const int status = answer(context, analysis);
            return status == kDone && analysis.gate_failed() ? kGateFailed : status;
          },
  };
}

}  // namespace memlog::app
