#include "memlog/analysis/recognised.h"

#include <fmt/format.h>

#include "memlog/analysis/record.h"
#include "memlog/envelope/peel.h"
#include "memlog/format/format.h"
#include "memlog/report/render.h"

namespace memlog {

void Recognised::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    if (!event.is(flag::kRecord | flag::kSelected)) continue;
    ++by_kind_[static_cast<std::size_t>(event.kind)];
    ++records_[event.format];
    if (event.is(flag::kSample)) ++samples_[event.format];
    if (!event.time.known() || event.kind == EventKind::operation) continue;
    if (!first_time_[event.format].known()) first_time_[event.format] = event.time;
    last_time_[event.format] = event.time;
  }
}

namespace {

// Shapes of ignored lines that are shown.
constexpr std::size_t kShownShapes = 10;

Value time_cell(const Timestamp& time) { return time.known() ? Value(format_time(time, ' ')) : Value(); }

Value stacks_value(const Survey& survey) {
  Value::List list;
  for (const Survey::Stack& stack : survey.stacks()) {
    list.emplace_back(Value::Object{{"envelope", layers_text(stack.layers)},
                                    {"lines", stack.lines},
                                    {"record_lines", stack.record_lines},
                                    {"first_time", Value(stack.first_time)},
                                    {"last_time", Value(stack.last_time)}});
  }
  return list;
}

Value shapes_value(const Survey& survey, const ReadResult& result) {
  Value::List list;
  for (const Survey::Shape& shape : survey.shapes(kShownShapes)) {
    list.emplace_back(Value::Object{{"shape", shape.shape}, {"lines", shape.lines}, {"example", shape.example}, {"source", source_of(shape.input, shape.line, result.inputs)}});
  }
  return list;
}

Table stack_table(const Survey& survey) {
  Table table;
  table.columns = {{"ENVELOPE"}, {"LINES", true}, {"RECORD", true}, {"FIRST TIME"}, {"LAST TIME"}};
  for (const Survey::Stack& stack : survey.stacks()) {
    table.rows.push_back({{stack.layers == 0 ? "none" : layers_text(stack.layers)}, {stack.lines}, {stack.record_lines}, {time_cell(stack.first_time)}, {time_cell(stack.last_time)}});
  }
  return table;
}

Table shape_table(const Survey& survey, const ReadResult& result) {
  Table table;
  table.columns = {{"LINES", true}, {.heading = "SHAPE", .flexible = true}, {"EXAMPLE AT"}};
  for (const Survey::Shape& shape : survey.shapes(kShownShapes)) {
    table.rows.push_back({{shape.lines}, {shape.shape.empty() ? "(empty)" : shape.shape}, {source_text(shape.input, shape.line, result.inputs)}});
  }
  return table;
}

Value problems_value(const ReadResult& result) {
  Value::List list;
  for (std::size_t i = 0; i < result.inputs.size(); ++i) {
    for (const ShownProblem& problem : result.inputs[i].problems) {
      list.emplace_back(Value::Object{{"source", source_of(static_cast<std::uint16_t>(i), problem.line, result.inputs)},
                                      {"format", format_name(problem.format, result)},
                                      {"expected", problem.expected},
                                      {"column", static_cast<std::int64_t>(problem.column + 1)},
                                      {"text", problem.text}});
    }
  }
  return list;
}

// The line with a caret under the place where something else was expected.
std::string shown(const ShownProblem& problem, const std::string& path) {
  const std::string number = std::to_string(problem.line);
  const std::string before = printable(std::string_view(problem.text).substr(0, problem.column));
  return fmt::format("{}:{}: expected {}\n  {} | {}\n  {} | {}^", path, number, problem.expected, number, problem.text, std::string(number.size(), ' '),
                     std::string(static_cast<std::size_t>(display_width(before)), ' '));
}

}  // namespace

Report Recognised::report(const ReadResult& result) {
  Report report;
  report.schema = "memlog.formats/1";
  report.entries = "formats";
  Value::List list;
  Table table;
  table.columns = {{"FORMAT"}, {"LINES", true}, {"RECORDS", true}, {"SAMPLES", true}, {"FIRST TIME"}, {"LAST TIME"}};
  for (std::size_t f = 0; f < kMaxFormats; ++f) {
    std::uint64_t lines = 0;
    for (const InputSummary& input : result.inputs) lines += input.format_lines[f];
    if (lines == 0 && records_[f] == 0) continue;
    list.emplace_back(Value::Object{{"format", format_name(f, result)}, {"lines", lines}, {"records", records_[f]}, {"samples", samples_[f]},
                                    {"first_time", Value(first_time_[f])}, {"last_time", Value(last_time_[f])}});
    table.rows.push_back({{format_name(f, result)}, {lines}, {records_[f]}, {samples_[f]}, {time_cell(first_time_[f])}, {time_cell(last_time_[f])}});
  }
  table.empty = "no format was recognised";
  Value::Object kinds;
  Table kind_table;
  kind_table.columns = {{"EVENT"}, {"RECORDS", true}};
  for (std::size_t k = 0; k < kKinds; ++k) {
    if (by_kind_[k] == 0) continue;
    const std::string_view name = to_string(static_cast<EventKind>(k));
    kinds.emplace_back(std::string(name), Value(by_kind_[k]));
    kind_table.rows.push_back({{name}, {by_kind_[k]}});
  }
  report.fields = {{"formats", std::move(list)},
                   {"envelopes", stacks_value(survey_)},
                   {"events", std::move(kinds)},
                   {"malformed", problems_value(result)},
                   {"ignored_shapes", shapes_value(survey_, result)}};

  Table lines;
  lines.columns = {{.heading = "FILE", .flexible = true, .keep_end = true}, {"LINES", true}, {"RECORD", true}, {"IGNORED", true}, {"MALFORMED", true}, {.heading = "ENCODING", .drop = 2}, {"FIRST TIME"}, {.heading = "LAST TIME", .drop = 1}};
  for (const InputSummary& input : result.inputs) {
    if (!input.opened) continue;
    const std::string encoding = input.encoding + (input.repaired ? ", repaired" : "") + (input.compression.empty() ? "" : ", " + input.compression);
    lines.rows.push_back({{input.path},
                          {Value(input.lines.lines)},
                          {Value(input.lines.records)},
                          {Value(input.lines.ignored)},
                          {Value(input.lines.malformed), input.lines.malformed > 0 ? Tone::warning : Tone::plain},
                          {encoding},
                          {input.first_time.known() ? Value(format_time(input.first_time, ' ')) : Value()},
                          {input.last_time.known() ? Value(format_time(input.last_time, ' ')) : Value()}});
  }
  report.blocks.emplace_back(std::move(lines));
  report.blocks.emplace_back(Paragraph{});
  report.blocks.emplace_back(std::move(table));
  if (!kind_table.rows.empty()) {
    report.blocks.emplace_back(Paragraph{});
    report.blocks.emplace_back(std::move(kind_table));
  }
  report.blocks.emplace_back(Paragraph{});
  report.blocks.emplace_back(stack_table(survey_));
  std::int64_t malformed = 0;
  std::int64_t ignored = 0;
  for (const InputSummary& input : result.inputs) {
    malformed += input.lines.malformed;
    ignored += input.lines.ignored;
  }
  if (malformed > 0) {
    report.blocks.emplace_back(Heading{fmt::format("MALFORMED LINES ({})", malformed)});
    for (const InputSummary& input : result.inputs) {
      for (const ShownProblem& problem : input.problems) report.blocks.emplace_back(Paragraph{shown(problem, input.path), Tone::plain, 2});
    }
  }
  if (ignored > 0) {
    report.blocks.emplace_back(Heading{fmt::format("IGNORED LINES ({}), THE MOST COMMON", ignored)});
    report.blocks.emplace_back(shape_table(survey_, result));
    // Known for what they are, they have no shape here.
    const auto known = ignored - static_cast<std::int64_t>(survey_.ignored());
    if (known > 0) {
      report.blocks.emplace_back(Paragraph{fmt::format("and {} that memlog knows, but that {} no record: the head of a log, a goodbye, a part whose record is not there",
                                                       known, known == 1 ? "is" : "are")});
    }
  }
  return report;
}

Report known_formats(const std::vector<UserFormat>& user) {
  Report report;
  report.schema = "memlog.formats/1";
  report.entries = "formats";
  Value::List list;
  Table table;
  table.columns = {{"FORMAT"}, {.heading = "WHAT IT IS", .flexible = true}};
  for (const Format* format : formats()) {
    list.emplace_back(Value::Object{{"format", format->name}, {"summary", format->summary}, {"example", format->example}});
    table.rows.push_back({{format->name}, {format->summary}});
  }
  for (const UserFormat& format : user) {
    list.emplace_back(Value::Object{{"format", format.name()}, {"summary", "defined by the user"}, {"pattern", format.pattern()}, {"example", format.example().empty() ? Value() : Value(format.example())}});
    table.rows.push_back({{format.name()}, {"defined by the user"}});
  }
  report.inputs = Value::List{};
  report.fields = {{"formats", std::move(list)}};
  report.blocks.emplace_back(std::move(table));
  report.blocks.emplace_back(Heading{"EXAMPLES"});
  for (const Format* format : formats()) report.blocks.emplace_back(Paragraph{fmt::format("{}\n  {}", format->name, format->example)});
  for (const UserFormat& format : user) {
    report.blocks.emplace_back(Paragraph{fmt::format("{}\n  {}", format.name(), format.example().empty() ? "pattern: " + format.pattern() : format.example())});
  }
  return report;
}

}  // namespace memlog
