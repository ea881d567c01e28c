#include "command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "cores.h"
#include "memlog/analysis/record.h"
#include "memlog/base/error.h"
#include "memlog/base/size.h"
#include "memlog/base/suggest.h"
#include "memlog/base/text.h"

namespace memlog::app {

std::string Option::long_name() const {
  const auto at = names.find("--");
  return at == std::string::npos ? std::string() : names.substr(at);
}

std::string Option::short_name() const { return names.starts_with("--") ? std::string() : names.substr(0, 2); }

std::function<void(const std::string&)> set_flag(bool& target) {
  return [&target](const std::string&) { target = true; };
}

std::function<void(const std::string&)> set_text(std::string& target) {
  return [&target](const std::string& value) { target = value; };
}

std::function<void(const std::string&)> set_count(std::size_t& target, std::string option) {
  return [&target, option](const std::string& value) {
    std::string_view s = value;
    const auto n = take_integer(s);
    if (!n || !s.empty()) throw Error("cannot read '" + value + "' of " + option, "give a whole number");
    target = static_cast<std::size_t>(*n);
  };
}

std::function<void(const std::string&)> set_number(double& target, std::string option) {
  return [&target, option](const std::string& value) {
    std::string_view s = value;
    const auto n = take_decimal(s);
    if (!n || !s.empty()) throw Error("cannot read '" + value + "' of " + option, "give a number");
    target = *n;
  };
}

std::function<void(const std::string&)> set_size(double& target, std::string option) {
  return [&target, option](const std::string& value) {
    const auto mb = parse_size_mb(value);
    if (!mb) throw Error("cannot read the size '" + value + "' of " + option, "give a size such as '512MB' or '2GB'");
    target = *mb;
  };
}

// Nothing runs in no memory: shares of the limit would have no meaning.
std::function<void(const std::string&)> set_limit(double& target) {
  return [set = set_size(target, "--limit"), &target](const std::string& value) {
    set(value);
    if (!(target > 0)) throw Error("a limit of '" + value + "' is no memory", "give what the process may use, such as '512MB'");
  };
}

std::function<void(const std::string&)> set_duration(double& target, std::string option) {
  return [&target, option](const std::string& value) {
    const auto seconds = parse_duration(value);
    if (!seconds) throw Error("cannot read the duration '" + value + "' of " + option, "give one such as '2h', '90m' or '45s'");
    target = *seconds;
  };
}

void throw_bad_choice(const std::string& value, const std::string& option, const std::vector<std::string>& choices) {
  std::string list;
  for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
  std::vector<std::string_view> known(choices.begin(), choices.end());
  const std::string_view near = suggest(value, known);
  throw Error("unknown value '" + value + "' of " + option + (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"), "one of: " + list);
}

std::vector<Option> common_options(Common& common) {
  static constexpr Choice<Output> kOutputs[] = {
      {"text", Output::text}, {"json", Output::json}, {"ndjson", Output::ndjson}, {"csv", Output::csv}, {"markdown", Output::markdown}, {"junit", Output::junit}, {"github", Output::github}};
  Option output = choice_option("-o,--output", "FORMAT", "text, json, ndjson, csv or markdown; for gates also junit and github (annotations)", common.output, kOutputs);
  const auto set_output = output.set;
  output.set = [set_output, &common](const std::string& value) {
    set_output(value);
    common.output_given = true;
  };
  Option color{"--color", "WHEN", "auto, always or never; NO_COLOR counts", {}, {"auto", "always", "never"}};
  color.set = [&common, choices = color.choices](const std::string& value) {
    for (const std::string& choice : choices) {
      if (choice == value) {
        common.color = value;
        return;
      }
    }
    throw_bad_choice(value, "--color", choices);
  };
  return {
      {"--json", "", "one JSON document, like -o json", [&common](const std::string&) {
         common.output = Output::json;
         common.output_given = true;
       }},
      std::move(output),
      {"--since", "TIME", "only records from TIME on: '2025-11-16 08:30', '08:30' (any day), '-2h' (before the last record)", set_text(common.since)},
      {"--until", "TIME", "only records up to TIME", set_text(common.until)},
      {"--task", "RE", "only records whose task or operation matches the RE2 pattern; starts and kills still tell of deaths", set_text(common.task)},
      {"--not-task", "RE", "without records whose task or operation matches; those without a task stay", set_text(common.not_task)},
      {"--process", "RE", "only processes that match: worker, container, pid", set_text(common.process)},
      {"--input-format", "NAME", "read every line as this format instead of finding it out", set_text(common.input_format)},
      {"--define", "NAME=RE", "a format of your own: RE2 with named groups time, rss, vms, task, process, event, context; others are metrics",
       [&common](const std::string& value) { common.definitions.push_back(value); }},
      {"--formats", "FILE", "formats of your own from a TOML file: [name] with pattern, and perhaps time_format and example", set_text(common.formats_file)},
      {"--limit", "SIZE", "the memory limit, as '512MB'; default: what the log says or implies", set_limit(common.limit_mb)},
      {"--strict", "", "a malformed line ends the run with status 2", set_flag(common.strict)},
      std::move(color),
      {"--wide", "", "tables as wide as they are, whatever the terminal", set_flag(common.wide)},
      {"--no-expansion-limit", "", "read compressed inputs to their end, however much they expand", set_flag(common.no_expansion_limit)},
      {"--threads", "N", "threads to read with", set_count(common.threads, "--threads")},
      {"-q,--quiet", "", "no warnings", set_flag(common.quiet)},
      {"-v,--verbose", "", "more about what was read, on stderr", set_flag(common.verbose)},
  };
}

namespace {

// Long work shows on a terminal that it goes on.
class Progress {
 public:
  explicit Progress(bool quiet) : shown_to_(!quiet && ::isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) write_progress("\r\x1b[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::size_t events) {
    if (!shown_to_) return;
    events_ += events;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < (shown_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(1000))) return;
    last_ = now;
    shown_ = true;
    write_progress(fmt::format("\rmemlog: {:.1f} million records read", static_cast<double>(events_) / 1e6));
  }

 private:
  static void write_progress(const std::string& text) {
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // nobody is looking
  }

  bool shown_to_;
  bool shown_ = false;
  std::uint64_t events_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// What inputs that overlap both have is no fault, but whoever gave two logs of two hosts should know that they are one.
void warn_about_copies(Context& context, const ReadResult& result) {
  constexpr std::size_t kMostNamed = 3;
  std::uint64_t repeated = 0;
  std::uint64_t mixed = 0;
  std::size_t inputs = 0;
  std::string names;
  for (const InputSummary& input : result.inputs) {
    if (input.repeated == 0) continue;
    repeated += input.repeated;
    mixed += input.mixed;
    if (++inputs <= kMostNamed) names += fmt::format("{}{} of {} as in {}", names.empty() ? "" : ", ", input.repeated, input.path, input.repeats);
  }
  // Two logs of one program tell much alike, and much besides.
  if (repeated == 0 || mixed * 5 > repeated) return;
  if (inputs > kMostNamed) names += fmt::format(" and those of {} more", inputs - kMostNamed);
  context.warn(fmt::format("{} record{} told by more than one input and counted once: {}", repeated, repeated == 1 ? "" : "s", names));
}

// A definition that fits nothing is most likely a mistake. Within a window of time not all lines may have been read.
void warn_about_definitions(Context& context, const ReadResult& result, const std::vector<UserFormat>& user, std::uint64_t asked) {
  const Common& common = context.common;
  if (!common.since.empty() || !common.until.empty()) return;
  for (std::size_t i = 0; i < user.size(); ++i) {
    const std::size_t number = formats().size() + i;
    bool matched = (asked >> number & 1) == 0;  // not asked for
    bool lines = false;
    for (const InputSummary& input : result.inputs) {
      lines |= input.lines.lines > 0;
      matched |= input.format_lines[number] > 0;
      for (const ShownProblem& problem : input.problems) matched |= problem.format == number;
    }
    if (matched || !lines) continue;
    const bool by_option = i + common.definitions.size() >= user.size();
    context.warn(fmt::format("no line matched '{}' ({})\nhelp: {}", user[i].name(), user[i].pattern(),
                             by_option ? "a definition of --define is NAME=PATTERN" : "the pattern is looked for in the whole line and in the message without its envelopes"));
  }
}

void warn_about(Context& context, const ReadResult& result, const InputList& list) {
  for (const InputSummary& input : result.inputs) {
    if (!input.error.empty()) {
      const bool named = input.error.find(input.path) != std::string::npos;
      context.error(named ? input.error : input.path + ": " + input.error, {});
    }
    const std::int64_t malformed = input.lines.malformed;
    if (malformed > 0 && !context.common.quiet) {
      std::string text = fmt::format("{}: {} malformed line{} skipped", input.path, malformed, malformed == 1 ? "" : "s");
      if (!input.problems.empty()) text += fmt::format(", the first at line {}", input.problems.front().line);
      context.warn(context.lists_problems ? text : text + "\nhelp: 'memlog formats " + input.path + "' lists them");
    }
  }
  if (!context.common.quiet) warn_about_copies(context, result);
  for (const InputSummary& input : result.inputs) {
    if (context.common.quiet || context.tells_clocks) break;
    for (const ClockCorrection& correction : input.clock_corrections) context.warn(correction_text(correction, input.path));
  }
  if (result.names.names_merged > 0 && !context.common.quiet && !context.tells_each_name) {
    context.warn(fmt::format("more than {} different names: the later ones are told together as '(other)'\nhelp: '--task PATTERN' tells those that match", RunNames::kMaxNames));
  }
  if (result.names.few_merged > 0 && !context.common.quiet) {
    context.warn(fmt::format("more than {} counters and hosts: later ones are told together as '(other)'", RunNames::kMaxFew));
  }
  if (context.common.verbose) {
    for (const InputSummary& input : result.inputs) {
      context.note(fmt::format("{}: {} lines: {} of records, {} ignored, {} malformed; {} records, {} samples", input.path, input.lines.lines,
                               input.lines.records, input.lines.ignored, input.lines.malformed, input.records, input.samples));
    }
    if (list.passed_over > 0) context.note(fmt::format("{} files in directories are no logs and were passed over", list.passed_over));
  }
}

}  // namespace

// More than these only wait for one another.
constexpr std::size_t kMostThreads = 256;

std::size_t threads_of(const Common& common) { return common.threads != 0 ? std::min(common.threads, kMostThreads) : available_cores(); }

std::vector<UserFormat> user_formats(const Common& common) {
  std::vector<UserFormat> list;
  if (!common.formats_file.empty()) list = read_user_formats(common.formats_file);
  for (const std::string& definition : common.definitions) list.push_back(parse_definition(definition));
  const std::size_t room = kMaxFormats - formats().size();
  if (list.size() > room) throw Error(fmt::format("{} formats are defined; {} can be", list.size(), room));
  return list;
}

bool read_inputs(Context& context, ReadResult& result, const std::function<void(const Slice&)>& on_slice, bool keep_raw,
                 const Analysis* analysis) {
  const Common& common = context.common;
  ReadOptions options;
  options.strict = common.strict;
  const std::vector<UserFormat> user = user_formats(common);
  if (!user.empty()) options.stream.parse.user = &user;
  options.stream.parse.formats = format_bits(common.input_format, options.stream.parse.user);
  options.stream.parse.keep_raw = keep_raw;
  options.stream.parse.survey = context.survey != nullptr;
  options.stream.survey = context.survey;
  if (analysis != nullptr) {
    options.wanted_above_mb = [analysis] { return analysis->wanted_above_mb(); };
    options.stream.parse.rss_only = analysis->rss_only();
    options.stream.parse.bare_readings = analysis->bare_readings();
    options.stream.parse.reading_columns = analysis->reading_columns();
  }
  options.stream.parse.reading_columns |= context.takes_rows;
  if (context.slow) {
    // Smaller chunks are read a little more slowly, and that does not matter here; their memory does.
    options.slow_caller = true;
    options.stream.chunk_size = ChunkReader::kDefaultChunk / 16;
  }
  options.threads = threads_of(common);
  if (!common.since.empty()) options.filter.since = parse_time_bound(common.since, "--since");
  if (!common.until.empty()) options.filter.until = parse_time_bound(common.until, "--until");
  if (!common.task.empty()) options.filter.task.emplace(common.task, "--task");
  if (!common.not_task.empty()) options.filter.not_task.emplace(common.not_task, "--not-task");
  if (!common.process.empty()) options.filter.process.emplace(common.process, "--process");
  if (const char* chunk = std::getenv("MEMLOG_CHUNK"); chunk != nullptr) {
    std::string_view s = chunk;
    if (const auto n = take_integer(s); n && *n > 0) options.stream.chunk_size = static_cast<std::size_t>(*n);
  }

  if (context.paths.empty()) {
    if (::isatty(STDIN_FILENO) != 0) throw Error("no log given", "name a file or a directory, or pipe a log in: 'memlog peak memory.log'");
    context.paths.push_back("-");
  }
  options.stream.expansion.lifted = common.no_expansion_limit;
  InputList list = list_inputs(context.paths, options.stream.expansion);
  for (InputPath& input : list.inputs) {
    if (const auto shift = context.clock_shift_s.find(input.path); shift != context.clock_shift_s.end()) input.shift_ns = shift->second * kNanosPerSecond;
  }
  for (const std::string& error : list.errors) context.error(error, {});
  if (!list.inputs.empty()) {
    Progress progress(common.quiet);
    read_events(list, options, result, [&](const Slice& slice) {
      on_slice(slice);
      progress.advance(slice.events.size() + slice.readings.size() + (slice.row != nullptr ? slice.row->size() : 0));
    });
  }
  result.failed |= !list.errors.empty();
  warn_about(context, result, list);
  if (!common.quiet) warn_about_definitions(context, result, user, options.stream.parse.formats);
  // What could not be opened is an input as well, for those who read the answer only.
  for (std::size_t i = 0; i < list.errors.size(); ++i) {
    InputSummary& input = result.inputs.emplace_back();
    input.path = list.failed[i];
    input.error = list.errors[i];
    input.opened = false;
  }
  if (result.records() > 0) return true;
  if (!list.inputs.empty() || list.errors.empty()) {
    const std::string where = list.inputs.size() == 1 ? (list.inputs[0].path == "-" ? "standard input" : "'" + list.inputs[0].path + "'") : list.inputs.empty() ? "'" + context.paths[0] + "'" : "any input";
    context.error("no memory record in " + where,
                  list.inputs.empty() ? "the directory holds no log" : "'memlog formats' lists what can be read, 'memlog formats FILE' shows what a file holds");
  }
  return false;
}

void write_report(Context& context, const Report& report) {
  const Output output = context.common.output;
  if (report.gate.empty() && (output == Output::junit || output == Output::github)) {
    throw Error("this answer is no gate: there is nothing to write as junit or github", "'memlog check' and 'memlog compare' are gates");
  }
  Style style = context.style;
  if (context.common.wide) style.width = 0;
  render(report, output, style, context.out);
}

int answer(Context& context, Analysis& analysis, bool keep_raw, const std::function<void(Report&)>& finish) {
  ReadResult result;
  const bool any = read_inputs(context, result, [&](const Slice& slice) { analysis.fold(slice); }, keep_raw,
                               &analysis);
  // Readers of data get their document even when it is empty; for people the error says it all.
  const Output output = context.common.output;
  if (any || output == Output::json) {
    Report report = analysis.report(result);   // may make its entries as they are written, from `analysis` and `result`
    report.inputs = inputs_value(result);
    if (finish) finish(report);
    write_report(context, report);
  }
  return any && !result.failed ? kDone : kFailed;
}

}  // namespace memlog::app
