#include <algorithm>
#include <array>
#include <cmath>

#include "memlog/analysis/plot.h"
#include "memlog/report/fit_table.h"
#include "memlog/report/render.h"

// How readings become characters: columns of time, rows of memory, the axis and the names above.
namespace memlog {

namespace {

constexpr std::array<std::string_view, 9> kBlocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view kAscii = " .:-=+*#@";

void append_utf8(std::string& out, unsigned code) {
  out += static_cast<char>(0xe0 | (code >> 12));
  out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
  out += static_cast<char>(0x80 | (code & 0x3f));
}

}  // namespace

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

// Draws the way from each reading to the next. A process that was not read for an hour, or started in between, leaves a
// gap.
void Plot::join(std::vector<Column>& columns, const Curves::Series& series) const {
  constexpr double kLongestS = 3600;
  std::vector<double> starts;
  for (const Curves::Mark& mark : curves_.marks()) {
    if (mark.kind == Curves::Mark::Kind::restart && mark.process == series.id) starts.push_back(mark.time.seconds());
  }
  std::sort(starts.begin(), starts.end());
  const auto points = series.curve.points();
  const double width_s = (to_ - from_) / static_cast<double>(columns.size());
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto& a = points[i - 1];
    const auto& b = points[i];
    const auto start = std::upper_bound(starts.begin(), starts.end(), a.t);
    if (b.t - a.t > kLongestS || !(b.t > a.t) || (start != starts.end() && *start <= b.t)) continue;
    const auto mb_at = [&](double t) { return a.mb + (b.mb - a.mb) * (std::clamp(t, a.t, b.t) - a.t) / (b.t - a.t); };
    const std::size_t last = column_of(b.t, columns.size());
    for (std::size_t c = column_of(a.t, columns.size()); c <= last; ++c) {
      for (const double edge : {from_ + width_s * static_cast<double>(c), from_ + width_s * static_cast<double>(c + 1)}) {
        const double mb = mb_at(edge);
        if (!(columns[c].low <= mb)) columns[c].low = mb;
        if (!(columns[c].high >= mb)) columns[c].high = mb;
      }
    }
  }
}

// One row of the chart each, top first. A curve has two columns a character for braille, one otherwise.
std::vector<std::string> Plot::canvas(const std::vector<std::vector<Column>>& curves, std::size_t columns, double top, int limit_row) const {
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
    for (std::size_t cell = 0; cell < columns / per_cell; ++cell) {
      if (options_.ink == Ink::braille) {
        unsigned dots = 0;
        for (const auto& curve : curves) {
          for (std::size_t half = 0; half < 2; ++half) {
            const Column& column = curve[2 * cell + half];
            if (!is_known(column.high)) continue;
            for (int level = std::max(base, level_of(column.low)); level <= std::min(base + 3, level_of(column.high)); ++level) dots |= kDots[half][level - base];
          }
        }
        if (dots == 0) lines[row] += limit ? "╌" : " ";
        else append_utf8(lines[row], 0x2800 + dots);
        continue;
      }
      Column column;
      for (const auto& curve : curves) {
        if (!(column.low <= curve[cell].low)) column.low = curve[cell].low;
        if (!(column.high >= curve[cell].high)) column.high = curve[cell].high;
      }
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
  // Minutes do; of a few minutes, seconds.
  const std::size_t digits = to_ - from_ < 600 ? 19 : 16;
  const auto text = [&](double t) {
    const std::string whole = format_time(curves_.time_at(std::floor(t)), ' ').substr(0, digits);
    return to_ - from_ < 86'400 && whole.size() == digits ? whole.substr(11) : whole;
  };
  const std::string first = format_time(curves_.time_at(std::floor(from_)), ' ').substr(0, digits);
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

// The digits of the peaks above the chart, with the names of their tasks where there is room.
std::string Plot::label_row(const std::vector<Peak>& peaks, std::size_t cells, const ReadResult& result) const {
  constexpr int kLeast = 8;
  std::vector<std::size_t> order(peaks.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return peaks[a].column < peaks[b].column; });
  std::string row;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Peak& peak = peaks[order[i]];
    row.append(peak.column - static_cast<std::size_t>(display_width(row)), ' ');
    row += static_cast<char>('1' + order[i]);
    const std::size_t end = i + 1 < order.size() ? peaks[order[i + 1]].column - 1 : cells;
    const int room = static_cast<int>(end) - static_cast<int>(peak.column) - 2;
    const std::string task = printable(result.names.names.text(peak.point.label));
    if (task.empty() || room < std::min(kLeast, display_width(task)) || (options_.ink == Ink::ascii && display_width(task) > room)) continue;
    row += ' ' + cut_text(task, room, Fitted::Cut::end);
  }
  return row;
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

}  // namespace memlog
