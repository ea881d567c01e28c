#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "command.h"
#include "memlog/analysis/clock_comparison.h"
#include "memlog/analysis/crash.h"
#include "memlog/analysis/record.h"
#include "memlog/base/decimal.h"
#include "memlog/base/error.h"
#include "memlog/base/suggest.h"
#include "memlog/base/text.h"

namespace memlog::app {

namespace {

bool can_read_again(const Context& context) {
  return std::all_of(context.paths.begin(), context.paths.end(), [](const std::string& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error) || std::filesystem::is_directory(path, error);
  });
}

int write(Context& context, Crash& analysis, const ReadResult& result, bool any) {
  if (any || context.common.output == Output::json) {
    Report report = analysis.report(result);
    report.inputs = inputs_value(result);
    write_report(context, report);
  }
  return any && !result.failed ? kDone : kFailed;
}

// Lives are told in order of time, so a log whose clock differs has to be read with it corrected: once more, since only
// the readings of both show it.
int answer_with_one_clock(Context& context, const Crash::Options& options) {
  ReadResult result;
  context.tells_clocks = true;
  ClockComparison clocks;
  Crash first(options);
  const auto fold = [&](const Slice& slice) {
    first.fold(slice);
    if (slice.inputs.size() > 1) clocks.fold(slice);
  };
  const bool any = read_inputs(context, result, fold, false, &first);
  const std::vector<ClockComparison::Shift> shifts = clocks.shifts();
  if (shifts.empty()) return write(context, first, result, any);
  const bool again = can_read_again(context);
  std::vector<crash::ClockOffset> offsets;
  for (const ClockComparison::Shift& shift : shifts) {
    for (const InputSummary& input : result.inputs) {
      if (again && input.log == shift.input) context.clock_shift_s[input.path] = shift.seconds;
    }
    const auto seconds = static_cast<double>(shift.seconds);
    offsets.push_back({shift.input, seconds, seconds, seconds, shift.pairs, result.inputs[shift.reference].path, again});
  }
  if (!again) {
    first.set_clock_offsets(offsets);
    return write(context, first, result, any);
  }
  // What there was to warn of has been said.
  Context quiet = context;
  quiet.warn = quiet.note = [](const std::string&) {};
  quiet.error = [](const std::string&, const std::string&) {};
  std::vector<std::string> paths;
  for (const crash::ClockOffset& offset : offsets) paths.push_back(result.inputs[offset.input].path);
  ReadResult corrected;
  Crash second(options);
  const bool still = read_inputs(quiet, corrected, [&](const Slice& slice) { second.fold(slice); }, false, &second);
  // The order of the inputs is that of their times.
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t input = 0; input < corrected.inputs.size(); ++input) {
      if (corrected.inputs[input].path == paths[i]) offsets[i].input = static_cast<std::uint16_t>(input);
    }
  }
  second.set_clock_offsets(offsets);
  return write(context, second, corrected, still);
}

std::string_view unit_of(const crash::Threshold& threshold) {
  switch (threshold.unit) {
    case crash::Threshold::Unit::mb: return "MB";
    case crash::Threshold::Unit::percent: return "%";
    case crash::Threshold::Unit::count: break;
  }
  return "";
}

// `sessions=3`, as the help, the completions and the errors show it.
std::string standard_of(const crash::Threshold& threshold) { return fmt::format("{}={}", threshold.name, threshold.standard); }

std::string names_of_thresholds() {
  std::string names;
  for (const crash::Threshold& threshold : crash::all_thresholds()) names.append(names.empty() ? "" : ", ").append(threshold.name);
  return names;
}

// `NAME=N`, the number with its unit or without.
void set_threshold(Crash::Options& options, const std::string& value) {
  const auto equals = value.find('=');
  std::string_view number = equals == std::string::npos ? std::string_view{} : std::string_view(value).substr(equals + 1);
  const auto most = take_decimal(number);
  const std::string name = value.substr(0, equals);
  std::vector<std::string_view> known;
  const crash::Threshold* threshold = nullptr;
  for (const crash::Threshold& one : crash::all_thresholds()) {
    known.push_back(one.name);
    if (one.name == name) threshold = &one;
  }
  if (threshold == nullptr && !name.empty() && most) {
    const std::string_view near = suggest(name, known);
    const std::string names = names_of_thresholds();
    throw Error("--max knows no '" + name + "'", near.empty() ? "it knows " + names : "did you mean '" + std::string(near) + "'? It knows " + names);
  }
  const std::string example = standard_of(threshold == nullptr ? crash::all_thresholds().front() : *threshold);
  if (!most || threshold == nullptr || !(number.empty() || trim(number) == unit_of(*threshold))) {
    throw Error("cannot read '" + value + "' of --max", "give a name and a number: '--max " + example + "'");
  }
  if (*most < 0) throw Error("--max of '" + name + "' is less than 0", "give a number from 0 on: '--max " + example + "'");
  options.thresholds.set(name, *most);
}

// The option with all that it knows, for the help, the man page and the completions.
Option max_option(Crash::Options& options) {
  std::string help = "how many are too many, or another threshold of a cause:";
  std::vector<std::string> completions;
  for (const crash::Threshold& threshold : crash::all_thresholds()) {
    help += fmt::format("{} {}", completions.empty() ? "" : ",", standard_of(threshold));
    completions.push_back(std::string(threshold.name) + "=");
  }
  return {"--max", "NAME=N", std::move(help), [&options](const std::string& value) { set_threshold(options, value); }, std::move(completions)};
}

}  // namespace

Command crash() {
  auto options = std::make_shared<Crash::Options>();
  return {
      .name = "crash",
      .summary = "what happened before each out-of-memory death, and why",
      .description = "Finds deaths in restart banners, critical alerts, starts without a goodbye, SIGKILLs, reports of the kernel, platforms and supervisors, and in "
                     "logs that end at the limit. Logs of several sources are read together: a kernel's kill and the restart that follows it are one death, "
                     "and clocks that differ are found, told and corrected. Each is one entry with its evidence, the last operations, the tasks in flight and the probable "
                     "causes. The newest comes first; in JSON the oldest.",
      .options = {{"-n,--last", "N", "operations to show before each death (5)", set_count(options->last, "--last")},
                  {"--timeline", "", "the minutes before each death, all sources interleaved", set_flag(options->timeline)},
                  {"--before", "TIME", "how long before (15m); implies --timeline", [options](const std::string& value) {
                     set_duration(options->before_s, "--before")(value);
                     options->timeline = true;
                   }},
                  {"--context", "N", "lines of the logs before and after each death", set_count(options->context, "--context")},
                  {"--paste", "", "a summary to paste into an issue, without user ids", set_flag(options->paste)},
                  {"--keep-context", "", "in that summary: what each operation was about", set_flag(options->keep_context)},
                  max_option(*options)},
      .examples = {{"memlog crash memory_debug.log", "every death in a log that survived them"},
                   {"memlog crash -n 10 --limit 512MB logs/", "with the last ten operations"},
                   {"memlog crash bot.log /var/log/kern.log", "the bot's log and who killed it"},
                   {"memlog crash bot.log supervisord.log", "and who started it: systemd's journal, docker inspect, ..."},
                   {"memlog crash --max sessions=5 --max spike_mb=80 bot.log", "what is too much is known better here"},
                   {"memlog crash --timeline --before 30m memory_debug.log bot.log", "the half hour before, from both logs"},
                   {"memlog crash --paste memory_debug.log", "what a maintainer asks for"},
                   {"memlog crash --json app.log | jq -r '.crashes[].causes[0].explanation'", "the first cause of each"}},
      .run =
          [options](Context& context) {
            options->limit_mb = context.common.limit_mb;
            options->tasks_filtered = !context.common.task.empty() || !context.common.not_task.empty();
            options->in_pieces = true;
            return answer_with_one_clock(context, *options);
          },
  };
}

}  // namespace memlog::app
