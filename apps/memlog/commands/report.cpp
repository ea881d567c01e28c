#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "baseline_file.h"
#include "command.h"
#include "memlog/analysis/chart.h"
#include "memlog/analysis/period_report.h"
#include "memlog/analysis/record.h"
#include "memlog/base/counted.h"
#include "memlog/base/error.h"
#include "save_file.h"

namespace memlog::app {

namespace {

void write_page(const std::string& path, Context& context, PeriodReport& analysis, Curves& curves, const ReadResult& result) {
  const Report report = analysis.report(result);
  curves.finish();
  const auto files = std::count_if(result.inputs.begin(), result.inputs.end(), [](const InputSummary& input) { return input.opened; });
  const std::string of = files != 1 ? std::to_string(files) + " files" : result.inputs[0].path == "-" ? std::string("standard input") : result.inputs[0].path;
  std::string about = coverage_text(result);
  if (const auto merged = curves.bands_merged(); merged > 0) {
    about += fmt::format("; {} share a strip of the chart with a neighbour, under the name of the longest", counted(merged, "run"));
  }
  const Value chart = chart_value(curves, analysis.zones(), report.field("total")["crashes"], result);
  const auto write = [&](const Sink& sink) { render_html(report, chart, "Memory of " + of, about, sink); };
  if (path == "-") write(context.out);
  else save_file(path, write);
}

}  // namespace

Command report() {
  auto options = std::make_shared<PeriodReport::Options>();
  auto page = std::make_shared<std::string>();
  return {
      .name = "report",
      .summary = "the whole picture of a period, by default of each 24 hours",
      .description = "Usage, time in each zone, tasks, spikes, leaks, crashes, garbage collections, counters against their limits, gaps in the log, and what "
                     "follows from them. The figures are those of the single commands; a window's are those with --since and --until, but jumps and deaths are "
                     "found in the whole log.",
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
                  {"--html", "FILE", "write one self-contained page with the curve to zoom into; '-' is standard output", set_text(*page)},
                  {"--over", "SIZE", "jumps of SIZE or more are spikes (50MB)", set_size(options->spikes_over_mb, "--over")}},
      .examples = {{"memlog report logs/", "each day of a week, and the week"},
                   {"memlog report --html week.html logs/", "a page for the browser, to keep or to send"},
                   {"memlog report --window all --preset render-512 memory_debug.log", "one report, in the zones of a 512 MB host"},
                   {"memlog report -o markdown run.log >> $GITHUB_STEP_SUMMARY", "in the summary of a GitHub workflow"},
                   {"memlog report --json app.log | jq -r '.total.recommendations[].text'", "what to do"}},
      .run =
          [options, page](Context& context) {
            options->limit_mb = context.common.limit_mb;
            options->in_pieces = true;
            context.slow = true;
            // A page for a browser stays small: its tables are those of two weeks, its curve is that of all.
            constexpr std::size_t kWindowsOnPage = 14;
            constexpr std::size_t kTasksOnPage = 200;
            if (!page->empty()) {
              options->told_windows = kWindowsOnPage;
              options->told_tasks = kTasksOnPage;
            }
            ReadResult result;
            PeriodReport analysis(*options, result);
            Curves curves({.limit_mb = options->limit_mb});
            const bool any = read_inputs(context, result, [&](const Slice& slice) {
              analysis.fold(slice);
              if (!page->empty()) curves.fold(slice);
            });
            if (!page->empty()) {
              if (any) write_page(*page, context, analysis, curves, result);
              return any && !result.failed ? kDone : kFailed;
            }
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
