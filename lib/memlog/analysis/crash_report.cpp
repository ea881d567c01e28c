#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "memlog/analysis/crash.h"
#include "memlog/analysis/crash_recurrence.h"
#include "memlog/analysis/record.h"
#include "memlog/base/counted.h"
#include "memlog/base/size.h"

namespace memlog {

using namespace crash;

namespace {

constexpr std::string_view kLookedFor[] = {"kills for memory",           "SIGKILLs", "heap limits", "critical alerts before a restart",
                                           "restarts without a goodbye", "logs that end at the limit"};

std::string_view headline(Verdict verdict) {
  switch (verdict) {
    case Verdict::oom: return "OUT OF MEMORY";
    case Verdict::probable_oom: return "PROBABLY OUT OF MEMORY";
    case Verdict::heap_limit: return "AT ITS OWN HEAP LIMIT";
    case Verdict::killed_for_pressure: return "KILLED FOR MEMORY PRESSURE";
    case Verdict::killed: return "KILLED";
    case Verdict::unexplained_restart: return "UNEXPLAINED RESTART";
    case Verdict::not_oom: return "NOT OUT OF MEMORY";
  }
  return "";
}

// From the operation before of the same process.
double change_of(const std::vector<Operation>& operations, std::size_t i) {
  const std::size_t before = crash::before_operation(operations, i);
  return before == i ? kMissing : operations[i].rss_mb - operations[before].rss_mb;
}

double metric(const Death& death, NameId name) {
  for (const Metric& m : death.metrics) {
    if (m.name == name) return m.value;
  }
  return kMissing;
}

Value recurrence_value(const crash::Recurrence& recurrence) {
  Value::List shared;
  for (const auto& s : recurrence.shared) shared.emplace_back(Value::Object{{"what", s.what}, {"name", s.name}, {"deaths", static_cast<std::uint64_t>(s.times)}, {"more_than", s.more_than}});
  return Value::Object{{"deaths", static_cast<std::uint64_t>(recurrence.deaths)},
                       {"shared", std::move(shared)},
                       {"uptime_mean_s", rounded(recurrence.uptime_mean_s, 1)},
                       {"uptime_spread", rounded(recurrence.uptime_spread, 4)},
                       {"regular", recurrence.regular},
                       {"next_due", Value(recurrence.next_due)}};
}

std::string clock_text(const crash::ClockOffset& offset, const std::string& path) {
  const std::string by = format_duration(std::fabs(offset.offset_s));
  if (!offset.reference.empty()) {
    const std::string differ = fmt::format("The clock of {} differs from that of {} by {}, as {} readings that both tell show", path, offset.reference, by, offset.pairs);
    if (offset.corrected) return fmt::format("{}: its times were corrected by {:+.0f} s.", differ, offset.offset_s);
    return fmt::format("{}: they could not be corrected, since an input can be read only once. Give both as files.", differ);
  }
  const bool exact = offset.low_s == offset.high_s;
  return fmt::format("The clock of {} differs from the other log's by {}{}: its times were corrected by {:+.0f} s, which pairs {} {}{} with {}.", path, exact ? "" : "about ", by,
                     offset.offset_s, offset.pairs, offset.by_ends ? "end" : "kill", offset.pairs == 1 ? "" : "s", offset.pairs == 1 ? "a death that it tells" : "deaths that it tells");
}

Value timeline_value(const Death& death, const ReadResult& result) {
  Value::List list;
  for (const crash::Moment& moment : death.timeline) {
    list.emplace_back(Value::Object{{"time", Value(moment.time)},
                                    {"process", text_or_null(result.names.processes.display(moment.process))},
                                    {"event", moment.event},
                                    {"task", text_or_null(moment.task)},
                                    {"rss_mb", moment.rss_mb},
                                    {"context", text_or_null(moment.context)},
                                    {"source", source_of(moment.source.input, moment.source.line, result.inputs)}});
  }
  return list;
}

}  // namespace

std::size_t Crash::first_shown(const Death& death) const { return death.operations.size() - std::min(options_.last, death.operations.size()); }

Value Crash::death_value(const Death& death, std::size_t index, const ReadResult& result) const {
  const auto source = [&](const SourceLine& s) { return source_of(s.input, s.line, result.inputs); };
  Value::List evidence;
  for (const Evidence& e : death.evidence) {
    evidence.emplace_back(Value::Object{{"kind", e.kind}, {"time", Value(e.time)}, {"text", e.text}, {"source", source(e.source)}});
  }
  Value::List operations;
  for (std::size_t i = first_shown(death); i < death.operations.size(); ++i) {
    const Operation& o = death.operations[i];
    operations.emplace_back(Value::Object{{"time", Value(o.time)},
                                          {"operation", o.name},
                                          {"rss_mb", o.rss_mb},
                                          {"change_mb", rounded(change_of(death.operations, i), 4)},
                                          {"context", text_or_null(o.context)},
                                          {"source", source(o.source)}});
  }
  Value::List in_flight;
  for (const Run& run : death.in_flight) {
    in_flight.emplace_back(Value::Object{{"task", std::string(result.names.names.text(run.task))},
                                         {"started", Value(run.start)},
                                         {"rss_start_mb", run.start_mb},
                                         {"rss_last_mb", run.last_mb},
                                         {"peak_mb", run.peak_mb},
                                         {"source", source_of(run.input, run.line, result.inputs)}});
  }
  Value::Object metrics;
  for (const Metric& m : death.metrics) metrics.emplace_back(std::string(result.names.names.text(m.name)), metric_value(m.value));
  Value::List causes;
  for (const Cause& c : death.causes) {
    Value::List sources;
    for (const SourceLine& s : c.sources) {
      if (s.line > 0) sources.push_back(source(s));
    }
    causes.emplace_back(Value::Object{{"cause", c.cause}, {"confidence", crash::to_string(c.confidence)}, {"explanation", c.explanation}, {"sources", std::move(sources)}});
  }
  Value growth;
  if (is_known(death.growth.window_s)) {
    growth = Value::Object{{"window_s", rounded(death.growth.window_s, 3)},
                           {"start_mb", death.growth.start_mb},
                           {"end_mb", death.growth.end_mb},
                           {"mb_per_hour", rounded(death.growth.mb_per_hour, 1)}};
  }
  const bool both = death.restarted_at.known() && death.time.known();
  Value::Object fields{
      {"index", static_cast<std::int64_t>(index)},
      {"time", Value(death.time)},
      {"process", text_or_null(result.names.processes.display(death.process))},
      {"verdict", crash::to_string(death.verdict)},
      {"confidence", crash::to_string(death.confidence)},
      {"rss_mb", death.rss_mb},
      {"container_mb", death.container_mb},
      {"limit_mb", rounded(death.limit.mb, 1)},
      {"limit_source", text_or_null(death.limit.source)},
      {"started_at", Value(death.started_at)},
      {"restarted_at", Value(death.restarted_at)},
      {"downtime_s", both ? rounded(static_cast<double>(death.restarted_at.ns - death.time.ns) / 1e9, 3) : Value()},
      {"evidence", std::move(evidence)},
      {"operations", std::move(operations)},
      {"tasks_in_flight", std::move(in_flight)},
      {"alerts", Value::Object{{"spikes", death.alerts.spikes}, {"high", death.alerts.high}, {"critical", death.alerts.critical}}},
      {"metrics", std::move(metrics)},
      {"growth", std::move(growth)},
      {"causes", std::move(causes)},
      {"start_told", death.start_told},
  };
  if (options_.timeline) fields.emplace_back("timeline", timeline_value(death, result));
  if (options_.context > 0) {
    Value::List lines;
    for (const ContextLine& line : death.context) {
      lines.emplace_back(Value::Object{{"text", line.text}, {"source", source_of(static_cast<std::uint16_t>(line.input), line.line, result.inputs)}});
    }
    fields.emplace_back("context_lines", std::move(lines));
  }
  return fields;
}

// One death as an expert's note: when and how sure, how full, what grew, what ran, why.
void Crash::tell(std::vector<Block>& blocks, const Death& death, std::size_t index, std::size_t count, const ReadResult& result) const {
  const auto say = [&](std::string text, Tone tone = Tone::plain, int indent = 2) { blocks.emplace_back(Paragraph{std::move(text), tone, indent}); };
  const std::string process = result.names.processes.display(death.process);
  blocks.emplace_back(Heading{fmt::format("CRASH {} OF {}: {} at {}{} ({} confidence)", index, count, headline(death.verdict), death.time.known() ? format_time(death.time, ' ') : "an unknown time",
                                                 process.empty() ? "" : " in " + process, crash::to_string(death.confidence))});
  std::string state;
  if (is_known(death.rss_mb)) {
    // What holds the process cannot hold less: such a figure is older than the reading.
    const bool container = is_known(death.container_mb) && death.container_mb >= death.rss_mb;
    const double used = container ? death.container_mb : death.rss_mb;
    state = format_size(death.rss_mb);
    if (container) state = fmt::format("container {} (process {})", format_size(death.container_mb), state);
    if (is_known(death.limit.mb)) {
      state += fmt::format(" of {}{}, {:.1f} %", format_size(death.limit.mb), death.limit.source == "system" ? " in the system" : "", 100.0 * used / death.limit.mb);
    }
  } else {
    state = "no reading of its memory";
    if (is_known(death.limit.mb)) state += ", limit " + format_size(death.limit.mb);
  }
  if (const double n = metric(death, name::kSessions); is_known(n)) state += ", " + counted(static_cast<std::uint64_t>(n), "session");
  if (const double n = metric(death, name::kActiveDownloads); is_known(n)) state += ", " + counted(static_cast<std::uint64_t>(n), "download");
  if (const double n = metric(death, name::kQueue); is_known(n)) state += fmt::format(", {:.0f} queued", n);
  say("memory: " + state, death.verdict == Verdict::oom ? Tone::bad : Tone::plain);
  if (death.restarted_at.known() && death.time.known()) {
    const double after_s = static_cast<double>(death.restarted_at.ns - death.time.ns) / 1e9;
    const bool at_once = after_s > 0 && after_s < 1;
    say(fmt::format("restarted: {}, after {}", format_time(death.restarted_at, ' '), at_once ? fmt::format("{:.0f} ms", after_s * 1e3) : format_duration(after_s)));
  }
  if (death.started_at.known() && death.time.ns + death.clock_back_ns > death.started_at.ns) {
    say(fmt::format("had run for {}{}", death.start_told ? "" : "at least ", format_duration(static_cast<double>(death.time.ns + death.clock_back_ns - death.started_at.ns) / 1e9)));
  }
  if (is_known(death.growth.window_s) && death.growth.end_mb - death.growth.start_mb >= 1.0) {
    // A rate per hour says nothing about seconds.
    const std::string rate = death.growth.window_s >= 60 ? fmt::format(" ({:+.1f} MB/hour)", death.growth.mb_per_hour) : "";
    say(fmt::format("growth: {} to {} in {}{}", format_size(death.growth.start_mb), format_size(death.growth.end_mb), format_duration(death.growth.window_s), rate));
  }
  for (const Run& run : death.in_flight) {
    say(fmt::format("in flight: {}, started {} at {}, last {}  [{}]", result.names.names.text(run.task), format_time(run.start, ' '), format_size(run.start_mb),
                    format_size(run.last_mb), source_text(run.input, run.line, result.inputs)));
  }
  if (death.causes.empty()) {
    say(death.told_alone                                 ? "cause: unknown; of the process itself nothing was read"
        : death.verdict == Verdict::not_oom             ? fmt::format("cause: not memory; it is told how it ended: {}", death.evidence.front().text)
        : death.verdict == Verdict::unexplained_restart ? "cause: unknown; nothing before the restart explains it"
            : "cause: none stands out (looked at: tasks in flight, sessions, downloads, queue, jumps, leak, runs that keep memory, page cache, host)");
  }
  for (std::size_t i = 0; i < death.causes.size(); ++i) {
    const Cause& c = death.causes[i];
    say(fmt::format("{}: {} ({} confidence)  [{}]", i == 0 ? "probable cause" : "also", c.explanation, crash::to_string(c.confidence),
                    c.sources.empty() || c.sources[0].line == 0 ? "-" : source_text(c.sources[0].input, c.sources[0].line, result.inputs)),
        i == 0 ? Tone::warning : Tone::plain);
  }
  for (const Evidence& e : death.evidence) {
    const std::string time = e.time.known() ? format_time(e.time, ' ') + " " : "";
    say(fmt::format("evidence: {}{}: {}  [{}]", time, e.kind, e.text, source_text(e.source.input, e.source.line, result.inputs)), Tone::dim);
  }
  Table table;
  table.columns = {{"TIME"}, {.heading = "OPERATION", .flexible = true, .name = true}, {"RSS MB", true}, {"CHANGE", true}, {.heading = "CONTEXT", .flexible = true}, {.heading = "SOURCE", .flexible = true, .keep_end = true}};
  for (std::size_t i = first_shown(death); i < death.operations.size(); ++i) {
    const Operation& o = death.operations[i];
    const double change = change_of(death.operations, i);
    table.rows.push_back({{format_time(o.time, ' ')},
                          {o.name.empty() ? "(unnamed)" : o.name},
                          {o.rss_mb},
                          {is_known(change) ? Value(fmt::format("{:+.1f}", change)) : Value()},
                          {text_or_null(o.context)},
                          {source_text(o.source.input, o.source.line, result.inputs)}});
  }
  if (!table.rows.empty()) blocks.emplace_back(std::move(table));
  if (options_.timeline) tell_timeline(blocks, death, result);
  if (!death.context.empty()) {
    blocks.emplace_back(Heading{"LINES AROUND"});
    for (const ContextLine& line : death.context) {
      say(fmt::format("{}: {}", source_text(static_cast<std::uint16_t>(line.input), line.line, result.inputs), line.text), Tone::dim);
    }
  }
}

// Never silently: which source's clock was corrected, by how much, and what shows it.
void Crash::tell_clocks(Report& report, const ReadResult& result) const {
  Value::List list;
  Value::Object first;
  const auto add = [&](Value::Object of_source, double offset_s, std::uint64_t pairs) {
    if (first.empty()) first = {{"offset_s", offset_s}, {"pairs", pairs}};
    list.emplace_back(std::move(of_source));
  };
  for (const crash::ClockOffset& offset : clock_offsets_) {
    const std::string path = offset.input < result.inputs.size() ? result.inputs[offset.input].path : "";
    add({{"path", path},
         {"offset_s", offset.offset_s},
         {"low_s", rounded(offset.low_s, 0)},
         {"high_s", rounded(offset.high_s, 0)},
         {"pairs", static_cast<std::uint64_t>(offset.pairs)},
         {"by", offset.by_ends ? "ends" : offset.reference.empty() ? "kills" : "readings"},
         {"reference", text_or_null(offset.reference)},
         {"corrected", offset.corrected}},
        offset.offset_s, offset.pairs);
    report.blocks.emplace_back(Paragraph{clock_text(offset, path), Tone::warning});
  }
  for (const InputSummary& input : result.inputs) {
    for (const ClockCorrection& correction : input.clock_corrections) {
      const auto seconds = static_cast<double>(correction.shown_ns) / 1e9;
      add({{"path", input.path}, {"offset_s", seconds}, {"low_s", seconds}, {"high_s", seconds}, {"pairs", correction.records}, {"by", "lines"}, {"reference", Value()}, {"corrected", true}},
          seconds, correction.records);
      report.blocks.emplace_back(Paragraph{correction_text(correction, input.path) + '.', Tone::warning});
    }
  }
  if (list.empty()) return;
  report.fields.emplace_back("clock_offset", std::move(first));
  report.fields.emplace_back("clock_offsets", std::move(list));
}

Report Crash::report(const ReadResult& result) {
  end_of_log(result);
  Report report;
  report.schema = "memlog.crash/1";
  report.entries = "crashes";
  complete_timelines();
  find_context(result);
  report.fields = {{"crashes", Value(deaths_.size(), [this, &result](std::size_t i) { return death_value(deaths_[i], left_out_ + i + 1, result); })}};
  Value::List looked_for;
  for (const std::string_view what : kLookedFor) looked_for.emplace_back(what);
  report.fields.emplace_back("looked_for", std::move(looked_for));
  Value highest;
  if (is_known(highest_mb_)) {
    highest = Value::Object{{"rss_mb", highest_mb_}, {"time", Value(highest_at_)}, {"source", source_of(highest_source_.input, highest_source_.line, result.inputs)}};
  }
  report.fields.emplace_back("highest", std::move(highest));
  tell_clocks(report, result);
  const auto recurrence = find_recurrence(result);
  report.fields.emplace_back("recurrence", recurrence ? recurrence_value(*recurrence) : Value());
  if (left_out_ > 0) report.fields.emplace_back("earlier_crashes", left_out_);
  if (!not_placed_.empty()) {
    Value::List list;
    for (const Evidence& kill : not_placed_) list.emplace_back(Value::Object{{"text", kill.text}, {"source", source_of(kill.source.input, kill.source.line, result.inputs)}});
    report.fields.emplace_back("not_placed", std::move(list));
  }
  if (options_.paste && !deaths_.empty()) {
    for (const Death& death : deaths_) report.blocks.emplace_back(Paragraph{paste(death, result)});
    return report;
  }
  const std::uint64_t count = left_out_ + deaths_.size();
  report.blocks.emplace_back(MadeParts{deaths_.size(), [this, count, &result](std::size_t i) {
                                         auto part = std::make_unique<MadePart>();
                                         const std::size_t at = deaths_.size() - 1 - i;
                                         tell(part->blocks, deaths_[at], left_out_ + at + 1, count, result);
                                         return part;
                                       }});
  if (deaths_.empty()) {
    std::string text = "NO CRASH FOUND: looked for ";
    for (std::size_t i = 0; i < std::size(kLookedFor); ++i) text.append(i == 0 ? "" : i + 1 < std::size(kLookedFor) ? ", " : ", and ").append(kLookedFor[i]);
    text += '.';
    if (is_known(highest_mb_)) {
      text += fmt::format(" The highest memory was {} at {} [{}].", format_size(highest_mb_), format_time(highest_at_, ' '),
                          source_text(highest_source_.input, highest_source_.line, result.inputs));
    }
    report.blocks.emplace_back(Paragraph{std::move(text), Tone::good});
  } else {
    if (left_out_ > 0) {
      report.blocks.emplace_back(Paragraph{counted(left_out_, "earlier death is", "earlier deaths are") + " counted and not told: choose a time with --since and --until", Tone::dim});
    }
    tell_recurrence(report, result);
    report.blocks.emplace_back(Paragraph{});
  }
  for (const Evidence& kill : not_placed_) {
    report.blocks.emplace_back(Paragraph{fmt::format("Not placed: '{}', since {} [{}].", kill.text,
                                                     kill.time.known() ? "no life ended then without a goodbye" : "it has no time, and not exactly one life without a goodbye can be meant",
                                                     source_text(kill.source.input, kill.source.line, result.inputs)),
                                         Tone::warning});
  }
  for (const SourceLine& end : cut_) {
    report.blocks.emplace_back(Paragraph{fmt::format("The log ends in the middle of a line, near the limit: it may have been cut. No death is stated [{}].", source_text(end.input, end.line, result.inputs)),
                                         Tone::warning});
  }
  report.blocks.emplace_back(Paragraph{coverage_text(result), Tone::dim});
  if (!options_.in_pieces) report.hold();
  return report;
}

}  // namespace memlog
