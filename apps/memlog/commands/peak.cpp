#include <memory>

#include "command.h"
#include "memlog/analysis/peak.h"

namespace memlog::app {

Command peak() {
  auto options = std::make_shared<Peak::Options>();
  static constexpr Choice<Peak::Metric> kMetrics[] = {{"rss", Peak::Metric::rss},
                                                      {"vms", Peak::Metric::vms},
                                                      {"container", Peak::Metric::container},
                                                      {"system_used", Peak::Metric::system_used}};
  static constexpr double kDefaultGap = 30 * 60;
  return {
      .name = "peak",
      .summary = "when memory was highest, and what ran then",
      .description = "Lists the samples with the most memory, highest first; of equal ones the earlier first.",
      .options = {{"-n,--top", "N", "entries to list (10)", set_count(options->top, "--top")},
                  choice_option("--metric", "NAME", "rss, vms, container or system_used", options->metric, kMetrics),
                  {"--over", "SIZE", "all samples above SIZE instead of the top ones", set_size(options->over_mb, "--over")},
                  {"--distinct", "GAP", "one entry per episode: peaks less than GAP (30m) apart are one",
                   [options](const std::string& value) {
                     if (value.empty()) options->distinct_s = kDefaultGap;
                     else set_duration(options->distinct_s, "--distinct")(value);
                   },
                   {}, true},
                  {"--raw", "", "the original lines, for grep", set_flag(options->raw)}},
      .examples = {{"memlog peak logs/memory_20251116.log", "the ten highest samples of a day"},
                   {"memlog peak --distinct -n 3 logs/", "the three highest episodes of all logs in a directory"},
                   {"memlog peak --json app.log | jq '.entries[0].task'", "what ran at the peak"}},
      .run =
          [options](Context& context) {
            context.tells_each_name = true;
            Peak analysis(*options);
            return answer(context, analysis, options->raw);
          },
  };
}

}  // namespace memlog::app
