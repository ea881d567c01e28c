#include <memory>

#include "command.h"
#include "memlog/analysis/period_report.h"
#include "memlog/analysis/record.h"
#include "memlog/base/error.h"

namespace memlog::app {

Command report() {
  auto options = std::make_shared<PeriodReport::Options>();
  return {
      .name = "report",
      .summary = "the whole picture of a period, by default of each 24 hours",
      .description = "Usage, time in each zone, tasks, spikes, leaks, crashes, garbage collections, counters against their limits, gaps in the log, and what "
                     "follows from them. The figures are those of the single commands; a window's are those with --since and --until.",
      .options = {{"--window", "TIME", "the length of a window (24h), or 'all' for one report", [options](const std::string& value) {
                     if (value == "all") options->window_s = 0;
                     else set_duration(options->window_s, "--window")(value);
                     if (value != "all" && options->window_s < 60) throw Error("a window of less than a minute", "give a duration such as '24h', or 'all'");
                   }},
                  {"--preset", "NAME", "zones of a guide: render-512 (350, 450, 500 MB) or host-2gb (1000, 1500 MB); default: 70, 90, 97 % of the limit",
                   [options](const std::string& value) {
                     if (value != "render-512" && value != "host-2gb") throw_bad_choice(value, "--preset", {"render-512", "host-2gb"});
                     options->preset = value;
                   },
                   {"render-512", "host-2gb"}},
                  {"--over", "SIZE", "jumps of SIZE or more are spikes (50MB)", set_size(options->spikes_over_mb, "--over")}},
      .examples = {{"memlog report logs/", "each day of a week, and the week"},
                   {"memlog report --window all --preset render-512 memory_debug.log", "one report, in the zones of a 512 MB host"},
                   {"memlog report -o markdown run.log >> $GITHUB_STEP_SUMMARY", "in the summary of a GitHub workflow"},
                   {"memlog report --json app.log | jq -r '.total.recommendations[].text'", "what to do"}},
      .run =
          [options](Context& context) {
            options->limit_mb = context.common.limit_mb;
            ReadResult result;
            PeriodReport analysis(*options, result);
            const bool any = read_inputs(context, result, [&](const Slice& slice) { analysis.fold(slice); });
            if (any || context.common.output == Output::json) {
              Report report = analysis.report(result);
              report.inputs = inputs_value(result);
              write_report(context, report);
            }
            return any && !result.failed ? kDone : kFailed;
          },
  };
}

}  // namespace memlog::app
