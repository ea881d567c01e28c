#include "memlog/analysis/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/analysis/death_marks.h"
#include "memlog/analysis/record.h"
#include "memlog/base/counted.h"
#include "memlog/base/size.h"
#include "memlog/report/render.h"

namespace memlog {

namespace {

constexpr std::size_t kScale = 9;   // columns of the scale at the left: `  512.0 |`
constexpr std::size_t kMostEvents = 10;

// A scale that ends at a round number.
double round_top(double mb) {
  if (!(mb > 0)) return 1;
  const double step = std::pow(10.0, std::floor(std::log10(mb))) / 10.0;
  return std::ceil(mb / step) * step;
}

std::string right_trimmed(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace

Plot::Plot(const Options& options)
    : options_(options), curves_({.limit_mb = options.limit_mb, .by_task = options.lines == Lines::task}), crashes_([&] {
        Crash::Options crash;
        crash.limit_mb = options.limit_mb;
        crash.in_pieces = true;
        return crash;
      }()) {}

// The highest reading, then the next ones that their neighbours of the same process do not reach, far enough apart to be
// told apart.
std::vector<Plot::Peak> Plot::find_peaks(std::size_t columns) const {
  std::vector<Peak> best;
  for (const Curves::Series& series : curves_.processes()) {
    std::vector<Peak> highest(columns);
    for (const auto& point : series.curve.points()) {
      const std::size_t at = column_of(point.t, columns);
      if (!highest[at].point.used || point.mb > highest[at].point.mb) highest[at] = {at, point, series.id};
    }
    std::erase_if(highest, [](const Peak& peak) { return !peak.point.used; });
    for (std::size_t i = 0; i < highest.size(); ++i) {
      const bool rises = i == 0 || highest[i].point.mb >= highest[i - 1].point.mb;
      const bool falls = i + 1 == highest.size() || highest[i].point.mb >= highest[i + 1].point.mb;
      if (rises && falls) best.push_back(highest[i]);
    }
  }
  std::stable_sort(best.begin(), best.end(), [](const Peak& a, const Peak& b) { return a.point.mb > b.point.mb; });
  const std::size_t apart = std::max<std::size_t>(3, columns / 12);
  std::vector<Peak> found;
  for (const Peak& peak : best) {
    const bool near = std::any_of(found.begin(), found.end(), [&](const Peak& f) { return (f.column > peak.column ? f.column - peak.column : peak.column - f.column) < apart; });
    if (!near) found.push_back(peak);
    if (found.size() == std::min<std::size_t>(9, options_.peaks)) break;
  }
  return found;
}

// Starts as the log tells them, deaths as `memlog crash` finds them.
std::vector<Plot::Event> Plot::find_events(const ReadResult& result) {
  std::vector<Event> found;
  for (const Curves::Mark& mark : curves_.marks()) {
    if (mark.kind != Curves::Mark::Kind::restart) continue;
    found.push_back({false, mark.time, mark.rss_mb, text_or_null(result.names.names.text(mark.task)), text_or_null(result.names.processes.display(mark.process)),
                     memlog::source_of(static_cast<std::uint16_t>(mark.source >> 48), mark.source & 0xffffffffffffULL, result.inputs)});
  }
  for (DeathMark& death : death_marks(crashes_.report(result).field("crashes"))) {
    found.push_back({true, death.time, death.rss_mb, std::move(death.task), std::move(death.process), std::move(death.source)});
  }
  std::stable_sort(found.begin(), found.end(), [](const Event& a, const Event& b) { return a.time.ns < b.time.ns; });
  return found;
}

Table Plot::table_of(const std::vector<Peak>& peaks, const std::vector<Event>& events, const ReadResult& result) const {
  bool processes = false;
  for (const Peak& peak : peaks) processes |= !result.names.processes.display(peak.process).empty();
  for (const Event& event : events) processes |= !event.process.is_null();
  Table table;
  table.columns = {{"MARK"}, {"TIME"}, {"RSS MB", true}, {.heading = "TASK", .flexible = true, .name = true}};
  if (processes) table.columns.push_back({.heading = "PROCESS", .flexible = true, .name = true, .drop = 1});
  table.columns.push_back({.heading = "SOURCE", .flexible = true, .keep_end = true});
  const auto add = [&](Cell mark, const Timestamp& time, double rss_mb, Value task, Value process, std::string source) {
    std::vector<Cell> row{std::move(mark), {format_time(time, ' ')}, {rss_mb}, {std::move(task)}};
    if (processes) row.push_back({std::move(process)});
    row.push_back({text_or_null(source)});
    table.rows.push_back(std::move(row));
  };
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    const auto& point = peaks[i].point;
    add({static_cast<std::int64_t>(i + 1)}, curves_.time_at(point.t), point.mb, text_or_null(result.names.names.text(point.label)), text_or_null(result.names.processes.display(peaks[i].process)),
        source_text(static_cast<std::uint16_t>(point.source >> 48), point.source & 0xffffffffffffULL, result.inputs));
  }
  for (std::size_t i = 0; i < std::min(events.size(), kMostEvents); ++i) {
    const Event& event = events[i];
    const std::string source = event.source.is_null() ? "" : fmt::format("{}:{}", as_text(event.source["path"]), cell_text(event.source["line"], 0));
    add({event.death ? "X" : "R", event.death ? Tone::bad : Tone::warning}, event.time, event.rss_mb, event.task, event.process, source);
  }
  table.empty = "no sample with a time";
  return table;
}

void Plot::draw(Report& report, const ReadResult& result) {
  const auto cells = static_cast<std::size_t>(std::max(20, options_.width - static_cast<int>(kScale)));
  const std::size_t columns = options_.ink == Ink::braille ? 2 * cells : cells;
  double highest = 0;
  std::vector<stats::Curve::Point> points;
  for (const Curves::Series& series : curves_.processes()) {
    const auto more = series.curve.points();
    points.insert(points.end(), more.begin(), more.end());
    highest = std::max(highest, series.max_mb);
  }
  const Limit limit = curves_.limit();
  // A limit far above the curve would press it flat.
  const bool limit_fits = is_known(limit.mb) && limit.mb <= 2 * highest;
  const double top = round_top(limit_fits ? std::max(highest, limit.mb) : highest);
  const auto rows = static_cast<std::size_t>(options_.height);
  const int limit_row = limit_fits ? std::clamp(static_cast<int>((1 - limit.mb / top) * static_cast<double>(rows)), 0, options_.height - 1) : -1;
  std::vector<std::vector<Column>> drawn;
  for (const Curves::Series& series : curves_.processes()) join(drawn.emplace_back(columns_of(series.curve.points(), columns)), series);
  const std::vector<std::string> lines = canvas(drawn, columns, top, limit_row);

  const std::vector<Peak> peaks = find_peaks(cells);
  const std::vector<Event> events = find_events(result);
  const std::string bar = options_.ink == Ink::ascii ? "|" : "│";
  std::string text = right_trimmed(std::string(kScale, ' ') + label_row(peaks, cells, result)) + "\n";
  for (std::size_t row = 0; row < rows; ++row) {
    const bool labelled = row % 4 == 0;
    const double mb = top * static_cast<double>(rows - row) / static_cast<double>(rows);
    const std::string scale = static_cast<int>(row) == limit_row ? "limit " : labelled ? fmt::format("{:.1f} ", mb) : "";
    text += right_trimmed(fmt::format("{:>{}}", scale, kScale - 1) + bar + lines[row]) + "\n";
  }
  std::string marks(cells, ' ');
  for (const Event& event : events) {
    char& at = marks[column_of(event.time.seconds(), cells)];
    if (event.death) at = 'X';
    else if (at != 'X') at = 'R';
  }
  text += right_trimmed(std::string(kScale, ' ') + marks) + "\n";
  text += right_trimmed("      MB " + time_axis(cells));
  report.blocks.emplace_back(Figure{text});
  report.blocks.emplace_back(table_of(peaks, events, result));
  if (events.size() > kMostEvents) report.blocks.emplace_back(Paragraph{counted(events.size() - kMostEvents, "more restart or death", "more restarts and deaths"), Tone::dim});
  if (is_known(limit.mb) && !limit_fits) report.blocks.emplace_back(Paragraph{fmt::format("the limit of {} is far above the chart", format_size(limit.mb)), Tone::dim});

  Value::List peak_values;
  for (const Peak& peak : peaks) {
    const auto& point = peak.point;
    peak_values.emplace_back(Value::Object{{"time", Value(curves_.time_at(point.t))}, {"rss_mb", point.mb}, {"task", text_or_null(result.names.names.text(point.label))},
                                           {"process", text_or_null(result.names.processes.display(peak.process))},
                                           {"source", memlog::source_of(static_cast<std::uint16_t>(point.source >> 48), point.source & 0xffffffffffffULL, result.inputs)}});
  }
  Value::List event_values;
  for (const Event& event : events) {
    event_values.emplace_back(Value::Object{{"kind", event.death ? "death" : "restart"}, {"time", Value(event.time)}, {"task", event.task}, {"process", event.process}, {"source", event.source}});
  }
  Value::List column_values;
  for (const Column& column : columns_of(points, cells)) column_values.emplace_back(Value::Object{{"low_mb", column.low}, {"high_mb", column.high}});
  report.fields.emplace_back("limit_mb", rounded(limit.mb, 1));
  report.fields.emplace_back("from", points.empty() ? Value() : Value(curves_.time_at(from_)));
  report.fields.emplace_back("to", points.empty() ? Value() : Value(curves_.time_at(to_)));
  report.fields.emplace_back("columns", std::move(column_values));
  report.fields.emplace_back("peaks", std::move(peak_values));
  report.fields.emplace_back("restarts", std::move(event_values));
}

// All lines share one scale, so that they can be compared.
void Plot::draw_lines(Report& report, const ReadResult& result) const {
  const bool tasks = options_.lines == Lines::task;
  std::vector<const Curves::Series*> order;
  double high = 0;
  for (const Curves::Series& series : tasks ? curves_.tasks() : curves_.processes()) {
    order.push_back(&series);
    high = std::max(high, series.max_mb);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->max_mb > b->max_mb; });
  const auto name_of = [&](const Curves::Series& series) {
    const std::string name = tasks ? std::string(result.names.names.text(series.id)) : result.names.processes.display(series.id);
    return name.empty() ? std::string("the process") : name;
  };
  std::size_t widest = 7;
  for (const Curves::Series* series : order) widest = std::max(widest, name_of(*series).size());
  const auto cells = static_cast<std::size_t>(std::max(20, options_.width - static_cast<int>(std::min<std::size_t>(widest, 40)) - 30));
  Table table;
  table.columns = {{.heading = tasks ? "TASK" : "PROCESS", .flexible = true, .name = true}, {fmt::format("0 TO {:.1f} MB", round_top(high))}, {"MIN MB", true}, {"MAX MB", true}, {"SAMPLES", true}};
  Value::List list;
  for (const Curves::Series* series : order) {
    std::vector<Column> columns = columns_of(series->curve.points(), cells);
    if (!tasks) join(columns, *series);  // a task is not there between its readings
    const std::string line = spark(columns, 0, round_top(high));
    table.rows.push_back({{name_of(*series)}, {line}, {series->min_mb}, {series->max_mb}, {series->samples}});
    list.emplace_back(Value::Object{{tasks ? "task" : "process", name_of(*series)}, {"line", line}, {"min_mb", series->min_mb}, {"max_mb", series->max_mb}, {"max_at", Value(series->max_at)}, {"samples", series->samples}});
  }
  table.empty = "no sample with a time";
  const Limit limit = curves_.limit();
  report.fields.emplace_back("limit_mb", rounded(limit.mb, 1));
  report.fields.emplace_back("lines", std::move(list));
  report.blocks.emplace_back(std::move(table));
  if (is_known(limit.mb) && limit.mb > 0 && !order.empty()) {
    const char* what = limit.source == "system" ? "the machine's memory" : "the limit";
    report.blocks.emplace_back(Paragraph{fmt::format("{} is {}: the highest line reaches {:.1f} % of it", what, format_size(limit.mb), 100 * high / limit.mb), high >= limit.mb ? Tone::bad : Tone::plain});
  }
  if (curves_.merged_processes() > 0) report.blocks.emplace_back(Paragraph{fmt::format("{} drawn in the line of process {}", counted(curves_.merged_processes(), "more process is", "more processes are"), Curves::kMostProcesses), Tone::dim});
}

Report Plot::report(const ReadResult& result) {
  curves_.finish();
  if (is_known(curves_.first_t())) {
    from_ = curves_.first_t();
    to_ = curves_.last_t();
  }
  Report report;
  report.schema = "memlog.plot/1";
  report.fields = {{"metric", "rss"}};
  if (options_.lines != Lines::none) {
    report.entries = "lines";
    draw_lines(report, result);
  } else {
    report.entries = "peaks";
    draw(report, result);
  }
  report.blocks.emplace_back(Paragraph{coverage_text(result), Tone::dim});
  return report;
}

}  // namespace memlog
