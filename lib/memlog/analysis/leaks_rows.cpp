#include <algorithm>
#include <bit>
#include <limits>

#include "memlog/analysis/leaks.h"

// Most lines of a daily log are readings between two marks. Rows of bare readings are folded at once: the same as
// fold_reading() of each.
namespace memlog {

namespace {

// Long enough that what is done once for a row is little, short enough that it stays in a near cache while several look at it.
constexpr std::size_t kLongestRow = stats::RowBits::kMost;
constexpr std::size_t kWord = stats::RowBits::kWord;

// The readings from the front on that are of one process and format, and whose times do not fall.
std::span<const BareReading> row_of(std::span<const BareReading> all, LimitTracker& limit) {
  const BareReading& first = all.front();
  const std::size_t most = std::min(all.size(), kLongestRow);
  std::int64_t before = first.ns;
  std::uint64_t available_sum = 0;
  std::uint64_t free_sum = 0;
  std::size_t count = 0;
  for (; count < most; ++count) {
    const BareReading& reading = all[count];
    if (reading.ns < before || reading.process != first.process || reading.format != first.format) break;
    before = reading.ns;
    if (LimitTracker::tells(reading)) {
      available_sum += reading.available;
      free_sum += reading.free;
    }
  }
  limit.add_tenths(available_sum, free_sum);
  return all.first(count);
}

// Bits [from, to) of a word.
constexpr std::uint64_t bits_between(std::size_t from, std::size_t to) {
  return from == to ? 0 : (~std::uint64_t{0} >> (kWord - (to - from))) << from;
}

}  // namespace

// What is open in a process while its row is looked at. A start ends all runs before it: of the row's marks the tracker
// needs those from the last start on, so it is told at the end.
class Leaks::RowRuns {
 public:
  RowRuns(RunTracker& tracker, ProcessId process, std::uint64_t line_offset) : tracker_(tracker), process_(process), line_offset_(line_offset) {
    ask_tracker();
  }

  bool open() const { return open_; }
  NameId newest() const { return open_ ? task_ : kNoName; }

  void started(const BareReading& reading) {
    open_ = true;
    task_ = reading.task;
    last_start_ = &reading;
    its_end_ = nullptr;
  }

  void ended(const BareReading& reading) {
    if (last_start_ == nullptr) {
      tracker_.fold(reading, line_offset_);
      ask_tracker();
    } else if (open_) {    // an end is the open run's, whatever its label
      open_ = false;
      its_end_ = &reading;
    }
  }

  void tell_tracker() {
    if (last_start_ != nullptr) tracker_.fold(*last_start_, line_offset_);
    if (its_end_ != nullptr) tracker_.fold(*its_end_, line_offset_);
  }

 private:
  void ask_tracker() {
    const std::vector<Run>& runs = tracker_.open_runs(process_);
    open_ = !runs.empty();
    if (open_) task_ = runs.back().task;
  }

  RunTracker& tracker_;
  ProcessId process_;
  std::uint64_t line_offset_;
  bool open_ = false;
  NameId task_ = kNoName;
  const BareReading* last_start_ = nullptr;
  const BareReading* its_end_ = nullptr;
};

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
  if (all.front().format != daily_) return 0;
  if (!clock_.goes_on(static_cast<double>(all.front().ns) / 1e9)) return 0;
  const auto lent = book_.lend(process, kLongestRow);
  if (lent.series == nullptr) return 0;

  const std::span<const BareReading> row = row_of(all, limit_);
  const double clock_offset = clock_.offset();
  const auto time_at = [=](std::size_t i) { return static_cast<double>(row[i].ns) / 1e9 + clock_offset; };
  clock_.add_row(row.size(), time_at);

  stats::RowBits floor;
  RowRuns runs(tracker_, process, line_offset);
  for (std::size_t begin = 0; begin < row.size(); begin += kWord) {
    const auto word = row.subspan(begin, std::min(kWord, row.size() - begin));
    floor.set_word(begin / kWord, floor_of(word, runs, *lent.series, clock_offset));
  }
  runs.tell_tracker();
  lent.series->add_marked_row(row.size(), floor, [=](std::size_t i) {
    return stats::LeakSeries::Named{time_at(i), row[i].rss_mb(), line_offset + row[i].line};
  });
  book_.take_back(lent);
  return row.size();
}

// Which of at most 64 readings are floor samples, as marked_state() of each; and what fold_reading() does with marks.
// Bits instead of a decision for each: what a line is cannot be foretold.
std::uint64_t Leaks::floor_of(std::span<const BareReading> word, RowRuns& runs, stats::LeakSeries& series, double clock_offset) {
  std::uint64_t marks = 0;
  for (std::size_t i = word.size(); i-- > 0;) marks = marks << 1 | (word[i].kind != EventKind::sample ? 1 : 0);
  std::uint64_t labelled = labelled_of(word);
  std::uint64_t floor = 0;
  std::size_t from = 0;
  const auto samples_to = [&](std::size_t to) {
    const std::uint64_t unlabelled = bits_between(from, to) & ~labelled;
    if (!runs.open()) {
      floor |= unlabelled;
    } else if (unlabelled != 0) {
      learn_labels(word.subspan(from, to - from));
      labelled = labelled_of(word);
    }
    from = to + 1;
  };
  for (; marks != 0; marks &= marks - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(marks));
    const BareReading& mark = word[at];
    const double t = static_cast<double>(mark.ns) / 1e9 + clock_offset;
    samples_to(at);
    if (mark.kind == EventKind::task_start) {
      floor |= std::uint64_t{1} << at;
      series.run_started(mark.task, t);
      runs.started(mark);
    } else if (mark.kind == EventKind::task_end) {
      const NameId ended = runs.newest();
      runs.ended(mark);
      if (ended != kNoName) series.run_ended(ended, t);
    }
  }
  samples_to(word.size());
  return floor;
}

std::uint64_t Leaks::labelled_of(std::span<const BareReading> word) const {
  std::uint64_t labelled = 0;
  for (std::size_t i = word.size(); i-- > 0;) labelled = labelled << 1 | static_cast<std::uint64_t>(task_labels_[word[i].task]);
  return labelled;
}

// Of samples while a run is open.
void Leaks::learn_labels(std::span<const BareReading> samples) {
  for (const BareReading& reading : samples) {
    if (reading.task != idle_ || idle_ == kNoName) task_labels_[reading.task] = 1;
  }
}

}  // namespace memlog
