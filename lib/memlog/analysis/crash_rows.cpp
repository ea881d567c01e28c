#include <algorithm>

#include "memlog/analysis/crash.h"
#include "memlog/assemble/run_rows.h"
#include "memlog/event/bare_row.h"

// Most lines of a log are readings between two deaths, of which only the last ones will be told. Rows of readings, bare
// ones or in columns, are folded at once: the same as fold_one() of the event of each.
namespace memlog {

using crash::Life;

namespace {

bool is_nameless(ProcessId process, const RunNames& names) { return names.processes.name(process).empty() && names.processes.host(process).empty(); }

}  // namespace

void Crash::fold_readings(const Slice& slice) {
  const std::span<const BareReading> all = slice.readings;
  for (std::size_t begin = 0; begin < all.size();) {
    const BareReading& first = all[begin];
    // A user's look at the memory is no operation.
    const auto ordinary = [&](const BareReading& reading) {
      return reading.process == first.process && reading.context == kNoText && reading.peak == BareReading::kNone && reading.task != name::kMemoryDebug;
    };
    std::size_t end = begin;
    if (!looks_at_each() && is_nameless(first.process, slice.names)) {
      while (end < all.size() && ordinary(all[end]) && (end == begin || all[end].ns >= all[end - 1].ns)) ++end;
    }
    if (end > begin) fold_row(BareRow(all.subspan(begin, end - begin)), slice);
    else fold_alone(all[end++], slice);
    begin = end;
  }
}

void Crash::fold_columns(const ReadingRow& row, const Slice& slice) {
  const bool may_look = row.shows(name::kMemoryDebug);
  // How many from the front on are a row.
  const auto row_in = [&](const ReadingRow& left) {
    if (looks_at_each() || !is_nameless(row.process(), slice.names)) return std::size_t{0};
    if (!may_look) return left.rising();
    std::size_t count = 0;
    while (count < left.size() && left.task(count) != name::kMemoryDebug && (count == 0 || left.ns(count) >= left.ns(count - 1))) ++count;
    return count;
  };
  std::size_t folded = 0;
  for (ReadingRow left = row; left.size() > 0; left = left.part(folded, left.size() - folded)) {
    folded = row_in(left);
    if (folded > 0) fold_row(left.part(0, folded), slice);
    else fold_alone(left[folded++], slice);
  }
}

void Crash::fold_alone(const BareReading& reading, const Slice& slice) {
  Event event = event_of(reading);
  event.line += slice.batch.line_offset;
  event.flags |= flag::kSelected;
  tell_operation_ = true;
  fold_one(event, slice);
}

template <typename Row>
void Crash::fold_row(const Row& row, const Slice& slice) {
  const std::uint64_t line_offset = slice.batch.line_offset;
  Life& current = life(row.process());
  last_time_ = event_of(row[row.size() - 1]).time;
  limit_.fold_row(row);
  marks_.find(row);
  std::uint32_t highest = marks_.high_behind();
  for (const RunMark& mark : marks_.marks()) highest = std::max({highest, mark.high, row.rss(mark.at)});
  if (!(highest_mb_ >= highest / 10.0)) {
    std::size_t at = 0;
    while (row.rss(at) != highest) ++at;
    highest_mb_ = highest / 10.0;
    highest_at_ = event_of(row[at]).time;
    highest_source_ = {0, line_offset + row.line(at)};
  }

  current.add_row(row, highest, line_offset, slice.names.names);
  const std::size_t marked = tracker_.fold_row(row, marks_.marks(), marks_.high_behind(), line_offset);
  current.series.add_row(row.size(), marked, [&](std::size_t i) { return stats::LeakSeries::Named{row.seconds(i), row.rss(i) / 10.0, 0}; });
}

// As add_reading() and add_operation() of each.
template <typename Row>
void Life::add_row(const Row& row, std::uint32_t highest, std::uint64_t line_offset, const NameTable& names) {
  const std::size_t size = row.size();
  const BareReading first = row[0];
  const BareReading last = row[size - 1];
  if (goodbye_time.known() && last.ns - goodbye_time.ns > kStopsWithinNs) {
    shut_down = false;
    goodbye_time = {};
  }
  if (!first_time.known()) first_time = event_of(first).time;
  note_clock(first.ns, 0);
  // Of the intervals only the last ones stay.
  std::size_t from = size;
  for (std::size_t rises = 0; from > 0 && rises <= kIntervals; --from) rises += from < size && row.ns(from) > row.ns(from - 1) ? 1 : 0;
  std::int64_t before = from > 0 ? row.ns(from - 1) : last_time.known() ? last_time.ns : first.ns;
  for (; from < size; ++from) {
    if (row.ns(from) > before) intervals_.push_back(static_cast<double>(row.ns(from) - before) / 1e9);
    if (intervals_.size() > kIntervals) intervals_.pop_front();
    before = row.ns(from);
  }
  recent_.add_row(size, [&](std::size_t i) { return Reading{row.ns(i) + clock_back_ns, row.rss(i) / 10.0, kMissing}; });
  operations_.add_row(row, line_offset, names);

  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += row.rss(i);
  rss_sum_ += static_cast<std::int64_t>(sum) * 1000;
  if (!(highest_mb >= highest / 10.0)) highest_mb = highest / 10.0;
  for (std::size_t i = 0; critical_time.known() && i < size; ++i) lowest_since_critical_mb = std::min(lowest_since_critical_mb, row.rss(i) / 10.0);
  readings += size;
  std::size_t told = size;
  while (told > 0 && row.available(told - 1) == BareReading::kNone) --told;
  if (told > 0) {
    last_available_mb = row.available(told - 1) / 10.0;
    last_free_percent = row.free(told - 1) / 10.0;
    system_source = {0, line_offset + row.line(told - 1)};
  }
  host = kNoName;
  last_time = event_of(last).time;
  last_source = {0, line_offset + last.line};
  if (!is_known(first_rss_mb)) first_rss_mb = first.rss_mb();
  last_rss_mb = last.rss_mb();
}

}  // namespace memlog
