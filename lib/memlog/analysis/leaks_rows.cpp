#include <algorithm>
#include <array>
#include <limits>

#include "memlog/analysis/leaks.h"

// Most lines of a log are readings between two marks. Rows of bare readings are folded at once: the same as
// fold_reading() of each.
namespace memlog {

namespace {

// A row with its numbers stays in the first cache while several look at it.
constexpr std::size_t kLongestRow = 512;

struct RowNumbers {
  std::array<double, kLongestRow> t;
  std::array<double, kLongestRow> mb;
  std::array<std::uint64_t, kLongestRow> sources;
  std::array<stats::ReadingRow::Floor, kLongestRow / 2 + 1> floor;    // between two of them stands another reading
};

// The readings from the front on that are of one process and format, and whose times do not fall. Gives how many.
std::size_t take_row(std::span<const BareReading> all, std::uint64_t line_offset, double clock_offset, LimitTracker& limit, RowNumbers& out) {
  const ProcessId process = all.front().process;
  const std::uint8_t format = all.front().format;
  std::int64_t before = all.front().ns;
  std::uint64_t available_sum = 0;
  std::uint64_t free_sum = 0;
  std::size_t count = 0;
  for (; count < std::min(all.size(), kLongestRow); ++count) {
    const BareReading& reading = all[count];
    if (reading.ns < before || reading.process != process || reading.format != format) break;
    before = reading.ns;
    out.t[count] = static_cast<double>(reading.ns);
    out.mb[count] = reading.rss;
    out.sources[count] = line_offset + reading.line;
    if (LimitTracker::tells(reading)) {
      available_sum += reading.available;
      free_sum += reading.free;
    }
  }
  limit.add_tenths(available_sum, free_sum);
  // On their own, so that divisions are made two at a time.
  for (std::size_t i = 0; i < count; ++i) out.t[i] = out.t[i] / 1e9 + clock_offset;
  for (std::size_t i = 0; i < count; ++i) out.mb[i] /= 10.0;
  return count;
}

}  // namespace

void Leaks::fold_readings(std::span<const BareReading> all, std::uint64_t line_offset) {
  while (!all.empty()) {
    const std::size_t folded = fold_row(all, line_offset);
    if (folded == 0) fold_reading(all.front(), line_offset);
    all = all.subspan(std::max<std::size_t>(folded, 1));
  }
}

// Gives how many from the front on were folded: none where the first does not go on from what came before.
std::size_t Leaks::fold_row(std::span<const BareReading> all, std::uint64_t line_offset) {
  const ProcessId process = all.front().process;
  if (all.size() == 1 || all[1].process != process) return 0;    // not worth a row
  if (!clock_.goes_on(static_cast<double>(all.front().ns) / 1e9)) return 0;
  const auto lent = book_.lend(process, kLongestRow);
  if (lent.series == nullptr) return 0;
  RowNumbers numbers;
  const std::size_t count = take_row(all, line_offset, clock_.offset(), limit_, numbers);
  const std::span<const double> t = std::span(numbers.t).first(count);
  clock_.add_row(t);
  const std::size_t floors = mark_row(all.first(count), t, line_offset, *lent.series, numbers.floor);
  lent.series->add_row({.t = t,
                        .mb = std::span(numbers.mb).first(count),
                        .sources = std::span(numbers.sources).first(count),
                        .floor = std::span(numbers.floor).first(floors)});
  book_.take_back(lent);
  return count;
}

// As marked_state() of each, and what fold_reading() does with marks. Gives how many stretches of floor samples there
// are.
std::size_t Leaks::mark_row(std::span<const BareReading> row, std::span<const double> t, std::uint64_t line_offset, stats::LeakSeries& series,
                            std::span<stats::ReadingRow::Floor> floor) {
  constexpr std::size_t kNowhere = kLongestRow;
  const ProcessId process = row.front().process;
  const bool celery = row.front().format == celery_;
  const bool any_label = row.front().format == daily_;
  const NameId spared = idle_ == kNoName ? std::numeric_limits<NameId>::max() : idle_;
  const auto newest = [&] { return tracker_.open_runs(process).empty() ? kNoName : tracker_.open_runs(process).back().task; };
  bool open = !tracker_.open_runs(process).empty();
  NameId task = newest();
  // A start ends all runs before it: of the row's marks the tracker needs those from the last start on.
  std::size_t last_start = kNowhere;
  std::size_t its_end = kNowhere;
  std::size_t floors = 0;
  std::uint32_t floor_from = 0;
  bool on_floor = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const BareReading& reading = row[i];
    bool floats = false;
    if (reading.kind == EventKind::task_start) {
      series.run_started(reading.task, t[i]);
      open = true;
      task = reading.task;
      last_start = i;
      its_end = kNowhere;
    } else if (reading.kind == EventKind::task_end) {
      floats = true;
      const NameId ended = open ? task : kNoName;
      if (last_start == kNowhere) {
        tracker_.fold(reading, line_offset);
        open = !tracker_.open_runs(process).empty();
        task = newest();
      } else if (open && (any_label || reading.task == task)) {
        open = false;
        its_end = i;
      }
      if (ended != kNoName) series.run_ended(ended, t[i]);
    } else if (celery) {
      floats = open || reading.kind == EventKind::checkpoint;
    } else {
      if (open && reading.task != spared) task_labels_[reading.task] = 1;
      floats = open || task_labels_[reading.task] != 0;
    }
    if (floats != on_floor) continue;
    on_floor = !floats;
    if (on_floor) {
      floor_from = static_cast<std::uint32_t>(i);
    } else {
      floor[floors++] = {floor_from, static_cast<std::uint32_t>(i)};
    }
  }
  if (on_floor) floor[floors++] = {floor_from, static_cast<std::uint32_t>(row.size())};
  if (last_start != kNowhere) tracker_.fold(row[last_start], line_offset);
  if (its_end != kNowhere) tracker_.fold(row[its_end], line_offset);
  return floors;
}

}  // namespace memlog
