#include "memlog/analysis/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "memlog/analysis/record.h"
#include "memlog/base/size.h"

namespace memlog {

namespace {

constexpr std::size_t kScale = 9;   // columns of the scale at the left: `  512.0 |`
constexpr std::array<std::string_view, 9> kBlocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view kAscii = " .:-=+*#@";

// A scale that ends at a round number.
double round_top(double mb) {
  if (!(mb > 0)) return 1;
  const double step = std::pow(10.0, std::floor(std::log10(mb))) / 10.0;
  return std::ceil(mb / step) * step;
}

void append_utf8(std::string& out, unsigned code) {
  out += static_cast<char>(0xe0 | (code >> 12));
  out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
  out += static_cast<char>(0x80 | (code & 0x3f));
}

std::string right_trimmed(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace

Plot::Plot(const Options& options) : options_(options), curves_({.limit_mb = options.limit_mb, .by_task = options.lines == Lines::task}) {}

void Plot::span() {
  bool any = false;
  for (const Curves::Series& series : curves_.processes()) {
    for (const auto& point : series.curve.points()) {
      from_ = any ? std::min(from_, point.t) : point.t;
      to_ = any ? std::max(to_, point.t) : point.t;
      any = true;
    }
  }
}

std::size_t Plot::column_of(double t, std::size_t columns) const {
  if (!(to_ > from_)) return 0;
  const double share = (t - from_) / (to_ - from_);
  return std::min(columns - 1, static_cast<std::size_t>(std::max(0.0, share) * static_cast<double>(columns)));
}

std::vector<Plot::Column> Plot::columns_of(const std::vector<stats::Curve::Point>& points, std::size_t columns) const {
  std::vector<Column> found(columns);
  for (const auto& point : points) {
    Column& column = found[column_of(point.t, columns)];
    if (!(column.low <= point.mb)) column.low = point.mb;
    if (!(column.high >= point.mb)) column.high = point.mb;
  }
  return found;
}

// The highest reading, then the next ones that their neighbours do not reach, far enough apart to be told apart.
std::vector<Plot::Peak> Plot::find_peaks(std::size_t columns) const {
  std::vector<Peak> best(columns);
  for (const Curves::Series& series : curves_.processes()) {
    for (const auto& point : series.curve.points()) {
      const std::size_t at = column_of(point.t, columns);
      if (!best[at].point.used || point.mb > best[at].point.mb) best[at] = {at, point, series.id};
    }
  }
  std::erase_if(best, [](const Peak& peak) { return !peak.point.used; });
  std::vector<Peak> tops;
  for (std::size_t i = 0; i < best.size(); ++i) {
    const bool rises = i == 0 || best[i].point.mb >= best[i - 1].point.mb;
    const bool falls = i + 1 == best.size() || best[i].point.mb >= best[i + 1].point.mb;
    if (rises && falls) tops.push_back(best[i]);
  }
  best = std::move(tops);
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

// One row of the chart each, top first. `columns` has two entries a character for braille, one otherwise.
std::vector<std::string> Plot::canvas(const std::vector<Column>& columns, double top, int limit_row) const {
  const auto rows = static_cast<std::size_t>(options_.height);
  const std::size_t steps = options_.ink == Ink::braille ? 4 : options_.ink == Ink::blocks ? 8 : 1;
  const auto levels = static_cast<double>(rows * steps);
  const auto level_of = [&](double mb) { return std::clamp(static_cast<int>(std::lround(mb / top * levels)), 1, static_cast<int>(levels)) - 1; };
  std::vector<std::string> lines(rows);
  const std::size_t per_cell = options_.ink == Ink::braille ? 2 : 1;
  // Dots of a braille cell by column and level from below.
  constexpr unsigned kDots[2][4] = {{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}};
  for (std::size_t row = 0; row < rows; ++row) {
    const int base = static_cast<int>((rows - 1 - row) * steps);
    const bool limit = static_cast<int>(row) == limit_row;
    for (std::size_t cell = 0; cell < columns.size() / per_cell; ++cell) {
      if (options_.ink == Ink::braille) {
        unsigned dots = 0;
        for (std::size_t half = 0; half < 2; ++half) {
          const Column& column = columns[2 * cell + half];
          if (!is_known(column.high)) continue;
          for (int level = level_of(column.low); level <= level_of(column.high); ++level) {
            if (level >= base && level < base + 4) dots |= kDots[half][level - base];
          }
        }
        if (dots == 0) lines[row] += limit ? "╌" : " ";
        else append_utf8(lines[row], 0x2800 + dots);
        continue;
      }
      const Column& column = columns[cell];
      const int filled = is_known(column.high) ? level_of(column.high) + 1 - base : 0;
      if (filled <= 0) {
        lines[row] += !limit ? " " : options_.ink == Ink::ascii ? "-" : "╌";
      } else if (options_.ink == Ink::blocks) {
        lines[row] += kBlocks[static_cast<std::size_t>(std::min(filled, 8))];
      } else {
        // The span between lowest and highest is what moved in that time.
        lines[row] += base >= level_of(column.low) ? '#' : ':';
      }
    }
  }
  return lines;
}

std::string Plot::time_axis(std::size_t columns) const {
  std::string axis(columns, ' ');
  const auto text = [&](double t) {
    const std::string whole = format_time(curves_.time_at(std::floor(t)), ' ').substr(0, 16);
    return to_ - from_ < 86'400 && whole.size() == 16 ? whole.substr(11) : whole;
  };
  const std::string first = format_time(curves_.time_at(std::floor(from_)), ' ').substr(0, 16);
  const std::string last = text(to_);
  const std::string middle = text((from_ + to_) / 2);
  const auto put = [&](std::size_t at, const std::string& words) {
    if (at + words.size() <= axis.size()) axis.replace(at, words.size(), words);
  };
  put(0, first);
  if (columns >= first.size() + middle.size() + last.size() + 6) put(columns / 2 - middle.size() / 2, middle);
  if (columns >= first.size() + last.size() + 2) put(columns - last.size(), last);
  return axis;
}

void Plot::draw(Report& report, const ReadResult& result) const {
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
  const std::vector<std::string> lines = canvas(columns_of(points, columns), top, limit_row);

  const std::vector<Peak> peaks = find_peaks(cells);
  std::string marks(cells, ' ');
  for (std::size_t i = 0; i < peaks.size(); ++i) marks[peaks[i].column] = static_cast<char>('1' + i);
  const std::string bar = options_.ink == Ink::ascii ? "|" : "│";
  std::string text = right_trimmed(std::string(kScale, ' ') + marks) + "\n";
  for (std::size_t row = 0; row < rows; ++row) {
    const bool labelled = row % 4 == 0;
    const double mb = top * static_cast<double>(rows - row) / static_cast<double>(rows);
    const std::string scale = static_cast<int>(row) == limit_row ? "limit " : labelled ? fmt::format("{:.1f} ", mb) : "";
    text += right_trimmed(fmt::format("{:>{}}", scale, kScale - 1) + bar + lines[row]) + "\n";
  }
  std::string restarts(cells, ' ');
  for (const Curves::Mark& mark : curves_.marks()) {
    const std::size_t at = column_of(mark.time.seconds(), cells);
    if (mark.kind == Curves::Mark::Kind::death) restarts[at] = 'X';
    else if (mark.kind == Curves::Mark::Kind::restart && restarts[at] != 'X') restarts[at] = 'R';
  }
  text += right_trimmed(std::string(kScale, ' ') + restarts) + "\n";
  text += right_trimmed("      MB " + time_axis(cells));
  report.blocks.emplace_back(Figure{text});

  Value::List peak_values;
  Table table;
  table.columns = {{"MARK"}, {"TIME"}, {"RSS MB", true}, {.heading = "TASK", .flexible = true}, {.heading = "PROCESS", .flexible = true}, {.heading = "SOURCE", .flexible = true}};
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    const auto& point = peaks[i].point;
    const auto input = static_cast<std::uint16_t>(point.source >> 48);
    const std::uint64_t line = point.source & 0xffffffffffffULL;
    const Timestamp time = curves_.time_at(point.t);
    const Value task = text_or_null(result.names.names.text(point.label));
    const Value process = text_or_null(result.names.processes.display(peaks[i].process));
    peak_values.emplace_back(Value::Object{{"time", Value(time)}, {"rss_mb", point.mb}, {"task", task}, {"process", process}, {"source", memlog::source_of(input, line, result.inputs)}});
    table.rows.push_back({{static_cast<std::int64_t>(i + 1)}, {format_time(time, ' ')}, {point.mb}, {task}, {process}, {source_text(input, line, result.inputs)}});
  }
  Value::List restart_values;
  std::size_t shown = 0;
  for (const Curves::Mark& mark : curves_.marks()) {
    if (mark.kind != Curves::Mark::Kind::restart && mark.kind != Curves::Mark::Kind::death) continue;
    const bool death = mark.kind == Curves::Mark::Kind::death;
    const auto input = static_cast<std::uint16_t>(mark.source >> 48);
    const std::uint64_t line = mark.source & 0xffffffffffffULL;
    const Value task = text_or_null(result.names.names.text(mark.task));
    const Value process = text_or_null(result.names.processes.display(mark.process));
    restart_values.emplace_back(Value::Object{{"kind", death ? "death" : "restart"}, {"time", Value(mark.time)}, {"task", task}, {"process", process}, {"source", memlog::source_of(input, line, result.inputs)}});
    if (++shown > 10) continue;
    table.rows.push_back({{death ? "X" : "R", death ? Tone::bad : Tone::warning}, {format_time(mark.time, ' ')}, {mark.rss_mb}, {task}, {process}, {source_text(input, line, result.inputs)}});
  }
  table.empty = "no sample with a time";
  report.blocks.emplace_back(std::move(table));
  if (shown > 10) report.blocks.emplace_back(Paragraph{fmt::format("{} more restarts and deaths", shown - 10), Tone::dim});
  if (is_known(limit.mb) && !limit_fits) report.blocks.emplace_back(Paragraph{fmt::format("the limit of {} is far above the chart", format_size(limit.mb)), Tone::dim});

  Value::List column_values;
  for (const Column& column : columns_of(points, cells)) column_values.emplace_back(Value::Object{{"low_mb", column.low}, {"high_mb", column.high}});
  report.fields.emplace_back("limit_mb", rounded(limit.mb, 1));
  report.fields.emplace_back("from", points.empty() ? Value() : Value(curves_.time_at(from_)));
  report.fields.emplace_back("to", points.empty() ? Value() : Value(curves_.time_at(to_)));
  report.fields.emplace_back("columns", std::move(column_values));
  report.fields.emplace_back("peaks", std::move(peak_values));
  report.fields.emplace_back("restarts", std::move(restart_values));
}

std::string Plot::spark(const std::vector<Column>& columns, double low, double high) const {
  std::string out;
  for (const Column& column : columns) {
    if (!is_known(column.high)) {
      out += ' ';
      continue;
    }
    const double share = high > low ? (column.high - low) / (high - low) : 0;
    const auto level = static_cast<std::size_t>(std::clamp(1 + static_cast<int>(share * 7.999), 1, 8));
    if (options_.ink == Ink::ascii) out += kAscii[level];
    else out += kBlocks[level];
  }
  return out;
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
  table.columns = {{.heading = tasks ? "TASK" : "PROCESS", .flexible = true}, {fmt::format("0 TO {:.1f} MB", round_top(high))}, {"MIN MB", true}, {"MAX MB", true}, {"SAMPLES", true}};
  Value::List list;
  for (const Curves::Series* series : order) {
    const std::string line = spark(columns_of(series->curve.points(), cells), 0, round_top(high));
    table.rows.push_back({{name_of(*series)}, {line}, {series->min_mb}, {series->max_mb}, {series->samples}});
    list.emplace_back(Value::Object{{tasks ? "task" : "process", name_of(*series)}, {"line", line}, {"min_mb", series->min_mb}, {"max_mb", series->max_mb}, {"max_at", Value(series->max_at)}, {"samples", series->samples}});
  }
  table.empty = "no sample with a time";
  report.fields.emplace_back("lines", std::move(list));
  report.blocks.emplace_back(std::move(table));
  if (curves_.merged_processes() > 0) report.blocks.emplace_back(Paragraph{fmt::format("{} more processes are drawn in the line of process {}", curves_.merged_processes(), Curves::kMostProcesses), Tone::dim});
}

Report Plot::report(const ReadResult& result) {
  curves_.finish();
  span();
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
