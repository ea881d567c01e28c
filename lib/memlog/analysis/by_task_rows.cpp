#include <algorithm>
#include <span>

#include "memlog/analysis/by_task.h"
#include "memlog/assemble/run_rows.h"

// Most lines of a log are readings: many of them at once, bare ones or in columns. The same as fold() of the event of each.
namespace memlog {

void ByTask::begin_readings(const Slice& slice, std::size_t readings) {
  samples_ += readings;
  if (tasks_.size() < slice.names.names.size()) tasks_.resize(slice.names.names.size());
  counting_.resize(tasks_.size());
}

void ByTask::fold_readings(const Slice& slice) {
  begin_readings(slice, slice.readings.size());
  // The daily log is about one process, whose runs follow one another.
  const std::uint8_t format = slice.readings.front().format;
  if (format == daily_ && slice.batch.has_only(format)) fold_row(BareRow(slice.readings), slice.batch.line_offset);
  else if (format == celery_ && slice.batch.has_only(format)) fold_rows(slice);
  else fold_mixed(slice);
}

void ByTask::fold_columns(const Slice& slice) {
  begin_readings(slice, slice.row->size());
  fold_row(*slice.row, slice.batch.line_offset);
}

void ByTask::fold_mixed(const Slice& slice) {
  const std::uint64_t line_offset = slice.batch.line_offset;
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < slice.readings.size(); ++i) {
    ask_early(slice.readings[std::min(i + kAhead, slice.readings.size() - 1)]);
    const BareReading& reading = slice.readings[i];
    if (reading.kind == EventKind::task_start) ++tasks_[reading.task].runs.started;
    tracker_.fold(reading, line_offset);
    count(reading, line_offset);
  }
}

void ByTask::fold_rows(const Slice& slice) {
  const std::uint64_t line_offset = slice.batch.line_offset;
  const std::span<const BareReading> all = slice.readings;
  constexpr std::size_t kAhead = 32;
  const auto each = [&](std::size_t i) {
    ask_early(all[std::min(i + kAhead, all.size() - 1)]);
    tasks_[all[i].task].runs.started += all[i].kind == EventKind::task_start ? 1 : 0;
    count(all[i], line_offset);
  };
  const auto whole = [&](std::size_t start, std::size_t end, std::uint32_t high) { return add_run(BareRow(all), start, end, high); };
  tracker_.fold_rows(all, line_offset, each, whole);
}

template <typename Row>
void ByTask::fold_row(const Row& row, std::uint64_t line_offset) {
  count_row(row, line_offset);
  marks_.find(row);
  const auto whole = [&](std::size_t start, std::size_t end, std::uint32_t high) { return add_run(row, start, end, high); };
  tracker_.fold_row(row, marks_.marks(), marks_.high_behind(), line_offset, whole);
}

void ByTask::count_row(const BareRow& row, std::uint64_t line_offset) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const BareReading& reading = row[i];
    tasks_[reading.task].runs.started += reading.kind == EventKind::task_start ? 1 : 0;
    count(reading, line_offset);
  }
}

// What a label's readings have in common is done once for all of them. The row is read at four places by turns: readings
// of a task follow one another, and none waits for what the one before it has counted.
void ByTask::count_row(const ReadingRow& row, std::uint64_t line_offset) {
  const std::span<const std::uint8_t> labels = row.labels();
  const std::span<const std::uint32_t> readings = row.readings();
  for (const std::uint8_t label : row.shown()) {
    const Tally& tally = counting_[row.task_of(label)].tally;
    label_tallies_[label] = tally.counter == 0 ? tally : Tally{};
    seen_[label] = 0;
  }
  constexpr std::size_t kPlaces = 4;
  const std::size_t part = labels.size() / kPlaces;
  not_counted_.resize(labels.size());
  std::array<std::uint32_t*, kPlaces> end;
  for (std::size_t place = 0; place < kPlaces; ++place) end[place] = not_counted_.data() + place * part;
  const auto count_at = [&](std::size_t i, std::uint32_t*& missed) {
    const std::uint8_t label = labels[i];
    const Tally& tally = label_tallies_[label];
    const std::uint32_t rss = readings[i];
    ++seen_[label];
    if (rss - tally.least > tally.span || !Histogram::has_room(tally.counters[rss], 0)) [[unlikely]] *missed++ = static_cast<std::uint32_t>(i);
    else ++tally.counters[rss];
  };
  for (std::size_t i = 0; i < part; ++i) {
    for (std::size_t place = 0; place < kPlaces; ++place) count_at(place * part + i, end[place]);
  }
  for (std::size_t i = kPlaces * part; i < labels.size(); ++i) count_at(i, end[kPlaces - 1]);
  for (std::size_t place = 0; place < kPlaces; ++place) {
    for (const std::uint32_t* missed = not_counted_.data() + place * part; missed != end[place]; ++missed) {
      const std::size_t i = *missed;
      if (!counts(row.task(i), readings[i])) tell(row[i], line_offset + row.line(i));
    }
  }

  for (const std::uint8_t label : row.shown()) {
    const NameId name = row.task_of(label);
    counting_[name].wait.coming += seen_[label];
    if (row.kind_of(label) == EventKind::task_start) tasks_[name].runs.started += seen_[label];
  }
  for (const std::uint8_t label : row.shown()) {
    Wait& wait = counting_[row.task_of(label)].wait;
    if (wait.coming == 0) continue;
    if (options_.samples && wait.left < wait.coming) keep_samples(row, row.task_of(label));
    else wait.left -= wait.coming;
    wait.coming = 0;
  }
}

// Of some of the task's readings. Part after part: it is soon counted how many a part has.
void ByTask::keep_samples(const ReadingRow& row, NameId name) {
  const std::span<const std::uint8_t> labels = row.labels();
  constexpr std::size_t kPart = 240;  // a byte counts as many, and they are whole vectors
  Wait& wait = counting_[name].wait;
  for (std::size_t begin = 0; wait.left < wait.coming; begin += kPart) {
    const std::span<const std::uint8_t> part = labels.subspan(begin, std::min(kPart, labels.size() - begin));
    std::uint32_t own = 0;
    for (const std::uint8_t label : row.shown()) {
      if (row.task_of(label) != name) continue;
      std::uint8_t count = 0;
      for (const std::uint8_t one : part) count = static_cast<std::uint8_t>(count + (one == label ? 1 : 0));
      own += count;
    }
    wait.coming -= own;
    if (wait.left >= own) {
      wait.left -= own;
      continue;
    }
    for (std::size_t i = begin; i < begin + part.size(); ++i) {
      if (row.task(i) == name) in_turn(name, row.rss(i) / 10.0);
    }
  }
  wait.left -= wait.coming;
}

// As end_run() of a run that has ended by itself.
template <typename Row>
bool ByTask::add_run(const Row& row, std::size_t start, std::size_t end, std::uint32_t high) {
  if (options_.runs) return false;
  const NameId name = row.task(start);
  if (name >= selected_.size() || selected_[name] == 0) return true;
  constexpr std::int64_t kTenth = 1000;
  Task& entry = tasks_[name];
  Runs& runs = entry.runs;
  const bool failed = row.kind(end) == EventKind::task_failed;
  ++(failed ? runs.failed : runs.finished);
  add_peak(entry, high / 10.0, high * kTenth);
  if (failed) return true;
  add_delta(runs, (row.delta(end) != BareReading::kNoChange ? row.delta(end) : std::int64_t{row.rss(end)} - row.rss(start)) * kTenth);
  add_duration(runs, row.ns(end) - row.ns(start));
  return true;
}

}  // namespace memlog
