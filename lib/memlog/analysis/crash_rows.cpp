#include <algorithm>

#include "memlog/analysis/crash.h"
#include "memlog/assemble/run_rows.h"

// Most lines of a log are readings between two deaths, of which only the last ones will be told. Rows of bare readings
// are folded at once: the same as fold_one() of the event of each.
namespace memlog {

using crash::Life;

void Crash::fold_readings(const Slice& slice) {
  const std::span<const BareReading> all = slice.readings;
  const NameId look = slice.names.names.find("/memory-debug");
  for (std::size_t begin = 0; begin < all.size();) {
    const BareReading& first = all[begin];
    // A user's look at the memory is no operation.
    const auto ordinary = [&](const BareReading& reading) {
      return reading.process == first.process && reading.context == kNoText && reading.peak == BareReading::kNone && (reading.task != look || look == kNoName);
    };
    std::size_t end = begin;
    if (!looks_at_each() && slice.names.processes.name(first.process).empty() && slice.names.processes.host(first.process).empty()) {
      while (end < all.size() && ordinary(all[end]) && (end == begin || all[end].ns >= all[end - 1].ns)) ++end;
    }
    if (end > begin) {
      fold_row(all.subspan(begin, end - begin), slice);
    } else {
      Event event = event_of(first);
      event.line += slice.batch.line_offset;
      event.flags |= flag::kSelected;
      tell_operation_ = true;
      fold_one(event, slice);
      end = begin + 1;
    }
    begin = end;
  }
}

void Crash::fold_row(std::span<const BareReading> row, const Slice& slice) {
  const std::uint64_t line_offset = slice.batch.line_offset;
  Life& current = life(row.front().process);
  last_time_ = event_of(row.back()).time;
  current.add_row(row, line_offset, slice.names.names);

  std::uint64_t available_sum = 0;
  std::uint64_t free_sum = 0;
  const BareReading* highest = &row.front();
  RunMarks marks = std::move(marks_);  // a local one: nothing of it is read anew for each reading
  marks.begin(row.size());
  for (const BareReading& reading : row) {
    marks.add(reading.kind, reading.rss);
    if (LimitTracker::tells(reading)) {
      available_sum += reading.available;
      free_sum += reading.free;
    }
    if (reading.rss > highest->rss) highest = &reading;
  }
  limit_.add_tenths(available_sum, free_sum);
  if (!(highest_mb_ >= highest->rss_mb())) {
    highest_mb_ = highest->rss_mb();
    highest_at_ = event_of(*highest).time;
    highest_source_ = {0, line_offset + highest->line};
  }

  const std::size_t marked = tracker_.fold_row(row, marks.marks(), marks.high_behind(), line_offset);
  marks_ = std::move(marks);
  current.series.add_row(row.size(), marked, [&](std::size_t i) { return stats::LeakSeries::Named{event_of(row[i]).time.seconds(), row[i].rss_mb(), 0}; });
}

// As add_reading() and add_operation() of each.
void Life::add_row(std::span<const BareReading> row, std::uint64_t line_offset, const NameTable& names) {
  const BareReading& last = row.back();
  if (goodbye_time.known() && last.ns - goodbye_time.ns > kStopsWithinNs) {
    shut_down = false;
    goodbye_time = {};
  }
  if (!first_time.known()) first_time = event_of(row.front()).time;
  note_clock(row.front().ns, 0);
  // Of the intervals only the last ones stay.
  std::size_t from = row.size();
  for (std::size_t rises = 0; from > 0 && rises <= kIntervals; --from) rises += from < row.size() && row[from].ns > row[from - 1].ns ? 1 : 0;
  std::int64_t before = from > 0 ? row[from - 1].ns : last_time.known() ? last_time.ns : row.front().ns;
  for (; from < row.size(); ++from) {
    if (row[from].ns > before) intervals_.push_back(static_cast<double>(row[from].ns - before) / 1e9);
    if (intervals_.size() > kIntervals) intervals_.pop_front();
    before = row[from].ns;
  }
  recent_.add_row(row.size(), [&](std::size_t i) { return Reading{row[i].ns + clock_back_ns, row[i].rss_mb(), kMissing}; });
  operations_.add_row(row, line_offset, names);

  std::uint64_t sum = 0;
  std::uint32_t highest = 0;
  std::uint32_t lowest = BareReading::kNone;
  for (const BareReading& reading : row) {
    sum += reading.rss;
    highest = std::max(highest, reading.rss);
    lowest = std::min(lowest, reading.rss);
  }
  rss_sum_ += static_cast<std::int64_t>(sum) * 1000;
  if (!(highest_mb >= highest / 10.0)) highest_mb = highest / 10.0;
  if (critical_time.known()) lowest_since_critical_mb = std::min(lowest_since_critical_mb, lowest / 10.0);
  readings += row.size();
  const auto is_told = [](const BareReading& reading) { return reading.available != BareReading::kNone; };
  if (const auto at = std::find_if(row.rbegin(), row.rend(), is_told); at != row.rend()) {
    last_available_mb = at->available / 10.0;
    last_free_percent = at->free / 10.0;
    system_source = {0, line_offset + at->line};
  }
  host = kNoName;
  last_time = event_of(last).time;
  last_source = {0, line_offset + last.line};
  if (!is_known(first_rss_mb)) first_rss_mb = row.front().rss_mb();
  last_rss_mb = last.rss_mb();
}

}  // namespace memlog
