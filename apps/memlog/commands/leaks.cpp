#include <memory>

#include "command.h"
#include "memlog/analysis/leaks.h"

namespace memlog::app {

Command leaks() {
  struct Options {
    Leaks::Options analysis;
    bool fail = false;
  };
  auto options = std::make_shared<Options>();
  static constexpr Choice<stats::Method> kMethods[] = {{"robust", stats::Method::robust}, {"classic", stats::Method::classic}};
  return {
      .name = "leaks",
      .summary = "is it leaking, how fast, how sure, since when, which task, when is the limit reached",
      .description = "A leak is sustained growth of the floor, the memory in use when no task runs and all that can be released has been, at or above "
                     "the threshold. Warm-ups, caches that fill, daily load, single steps and the peaks of tasks are no leaks. Short logs get no "
                     "verdict. --method classic is the rule of the original monitor: the growth from the first to the last sample, and the share of "
                     "rising steps.",
      .options = {{"--threshold", "MB", "growth in MB per hour from which it is a leak (10)", set_number(options->analysis.threshold_mb_per_hour, "--threshold")},
                  {"--min-duration", "TIME", "the shortest log that gets a verdict (2h)", set_duration(options->analysis.min_duration_s, "--min-duration")},
                  {"--min-samples", "N", "the fewest samples that get a verdict (24)", set_count(options->analysis.min_samples, "--min-samples")},
                  {"--metric", "NAME", "what to test for growth: rss, vms, container or a counter (sessions, threads, open_files, ...)", set_text(options->analysis.metric)},
                  {"--interval", "TIME", "time between the readings of a log without times", set_duration(options->analysis.interval_s, "--interval")},
                  choice_option("--method", "NAME", "robust or classic", options->analysis.method, kMethods),
                  {"--fail", "", "status 1 if a series leaks", set_flag(options->fail)},
                  {"--explain", "", "how the verdict came about, with the numbers", set_flag(options->analysis.explain)}},
      .examples = {{"memlog leaks logs/", "one verdict over all logs in a directory"},
                   {"memlog leaks --limit 512MB --explain memory_debug.log", "when 512 MB are reached, and why memlog thinks so"},
                   {"memlog leaks --fail app.log", "a gate: status 1 for a leak"}},
      .run =
          [options](Context& context) {
            options->analysis.limit_mb = context.common.limit_mb;
            Leaks analysis(options->analysis);
            const int status = answer(context, analysis);
            return status == kDone && options->fail && analysis.leaks() ? kGateFailed : status;
          },
  };
}

}  // namespace memlog::app
