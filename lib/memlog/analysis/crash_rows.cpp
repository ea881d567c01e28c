#include <algorithm>

#include "memlog/analysis/crash.h"

// Most lines of a log are readings between two deaths, of which only the last ones will be told. Rows of bare readings
// are folded at once: the same as fold_one() of the event of each.
namespace memlog {

using crash::Life;

void Crash::fold_readings(const Slice& slice) {
  const std::span<const BareReading> all = slice.readings;
  for (std::size_t begin = 0; begin < all.size();) {
    const BareReading& first = all[begin];
    // A user's look at the memory is no operation.
    const auto ordinary = [&](const BareReading& reading) {
      return reading.process == first.process && reading.context == kNoText && reading.peak == BareReading::kNone &&
             slice.names.names.text(reading.task) != "/memory-debug";
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
  const ProcessId process = row.front().process;
  Life& current = life(process);
  last_time_ = event_of(row.back()).time;
  current.add_row(row, line_offset);
  const std::size_t told_from = current.knows_lists() || row.size() < Life::kOperations ? 0 : row.size() - Life::kOperations;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const BareReading& reading = row[i];
    limit_.fold(reading);
    tracker_.fold(reading, line_offset);
    if (i >= told_from) {
      Event event = event_of(reading);
      event.line += line_offset;
      current.add_operation(event, slice.names.names.text(reading.task), {});
    }
    stats::Reading sample;
    sample.t = static_cast<double>(reading.ns) / 1e9;
    sample.rss_mb = reading.rss_mb();
    sample.state = reading.kind == EventKind::task_end             ? stats::SampleState::run_end
                   : !tracker_.open_runs(process).empty() ? stats::SampleState::in_task
                                                                   : stats::SampleState::unknown;
    current.series.add(sample);
    if (!(highest_mb_ >= sample.rss_mb)) {
      highest_mb_ = sample.rss_mb;
      highest_at_ = event_of(reading).time;
      highest_source_ = {0, line_offset + reading.line};
    }
  }
}

// As add_reading() of each, in a row whose times do not fall.
void Life::add_row(std::span<const BareReading> row, std::uint64_t line_offset) {
  const BareReading& last = row.back();
  if (goodbye_time.known() && last.ns - goodbye_time.ns > kStopsWithinNs) {
    shut_down = false;
    goodbye_time = {};
  }
  if (!first_time.known()) first_time = event_of(row.front()).time;
  // Of the intervals and of the last hour only the last ones stay.
  std::size_t from = row.size();
  for (std::size_t rises = 0; from > 0 && rises <= kIntervals; --from) rises += from < row.size() && row[from].ns > row[from - 1].ns ? 1 : 0;
  std::int64_t before = from > 0 ? row[from - 1].ns : last_time.known() ? last_time.ns : row.front().ns;
  for (; from < row.size(); ++from) {
    if (row[from].ns > before) intervals_.push_back(static_cast<double>(row[from].ns - before) / 1e9);
    if (intervals_.size() > kIntervals) intervals_.pop_front();
    before = row[from].ns;
  }
  while (!recent_.empty() && recent_.front().ns < last.ns - kRecentNs) recent_.pop_front();
  std::size_t recent_from = 0;
  if (recent_.empty()) {
    recent_from = row.size() - std::min(row.size(), kReadings);
    while (row[recent_from].ns < last.ns - kRecentNs) ++recent_from;
  }
  for (std::size_t i = recent_from; i < row.size(); ++i) {
    recent_.push_back({row[i].ns, row[i].rss_mb(), kMissing});
    if (recent_.size() > kReadings) recent_.pop_front();
  }
  while (recent_.front().ns < last.ns - kRecentNs) recent_.pop_front();

  for (const BareReading& reading : row) {
    const double mb = reading.rss_mb();
    rss_sum_mb += mb;
    if (!(highest_mb >= mb)) highest_mb = mb;
    if (critical_time.known()) lowest_since_critical_mb = std::min(lowest_since_critical_mb, mb);
  }
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
  last_rss_mb = last.rss_mb();
}

}  // namespace memlog
