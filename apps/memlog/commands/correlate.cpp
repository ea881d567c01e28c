#include "memlog/analysis/correlate.h"

#include <memory>

#include "command.h"
#include "memlog/analysis/record.h"
#include "memlog/base/error.h"
#include "memlog/scan/log_lines.h"

namespace memlog::app {

Command correlate() {
  struct Options {
    double window_s = 60;
    double over_mb = 50;
    double pressure_mb = kMissing;
    std::size_t lines = 5;
    std::vector<std::string> with;
    std::vector<std::pair<std::string, std::string>> counted;
  };
  auto options = std::make_shared<Options>();
  return {
      .name = "correlate",
      .summary = "the main log's lines around each memory event; do errors come when memory is high",
      .description = "Reads the memory log, then the main log given with --with, of plain or JSON lines. Lines within --window of a spike, an alert or a death are shown with it, errors "
                     "and lost connections first. Those are also counted while memory is high and otherwise; P is the chance of so many while it is high if they "
                     "had nothing to do with memory.",
      .options = {{"--with", "FILE", "the main log; may be given more than once", [options](const std::string& value) { options->with.push_back(value); }},
                  {"--window", "TIME", "how far from an event a line may be (60s)", set_duration(options->window_s, "--window")},
                  {"--lines", "N", "lines to show of each event (5)", set_count(options->lines, "--lines")},
                  {"--pressure", "SIZE", "memory is high from SIZE on; default: 70 % of the limit, else the highest tenth of the samples", set_size(options->pressure_mb, "--pressure")},
                  {"--over", "SIZE", "jumps of SIZE or more are spikes (50MB)", set_size(options->over_mb, "--over")},
                  {"--count", "NAME=RE", "count the lines that match as well: 'flood=FloodWait'",
                   [options](const std::string& value) {
                     const auto equals = value.find('=');
                     if (equals == std::string::npos || equals == 0 || equals + 1 == value.size()) throw Error("cannot read '" + value + "' of --count", "give a name and a pattern: '--count flood=FloodWait'");
                     options->counted.emplace_back(value.substr(0, equals), value.substr(equals + 1));
                   }}},
      .examples = {{"memlog correlate memory_debug.log --with bot.log", "what the bot said around each alert"},
                   {"memlog correlate --count flood=FloodWait memory_debug.log --with bot.log", "does the flood limit strike when memory is high"},
                   {"memlog correlate --json memory.log --with app.log | jq '.counts'", "the numbers"}},
      .run =
          [options](Context& context) {
            if (options->with.empty()) throw Error("no main log given", "name it with --with FILE");
            Correlation::Options analysis_options;
            analysis_options.window_s = options->window_s;
            analysis_options.lines = options->lines;
            analysis_options.over_mb = options->over_mb;
            analysis_options.pressure_mb = options->pressure_mb;
            analysis_options.limit_mb = context.common.limit_mb;
            for (const auto& [name, pattern] : options->counted) analysis_options.counted.push_back({name, Regex(pattern, "--count")});
            Correlation analysis(std::move(analysis_options));
            ReadResult result;
            const bool any = read_inputs(context, result, [&](const Slice& slice) { analysis.fold(slice); });
            if (!any && context.common.output != Output::json) return kFailed;
            analysis.ready(result);
            bool failed = !any || result.failed;
            for (const std::string& path : options->with) {
              try {
                for_each_line(path, [&](const Line& line, bool of_memory) { analysis.add(path, line, of_memory); });
                analysis.finished(path);
              } catch (const Error& error) {
                context.error(error.what(), error.help());
                failed = true;
              }
            }
            for (const auto& [message, help] : analysis.warnings()) context.warn(help.empty() ? message : message + "\nhelp: " + help);
            Report report = analysis.report(result);
            report.inputs = inputs_value(result);
            write_report(context, report);
            return failed ? kFailed : kDone;
          },
      .operands = "MEMORY_LOG... --with MAIN_LOG",
  };
}

}  // namespace memlog::app
