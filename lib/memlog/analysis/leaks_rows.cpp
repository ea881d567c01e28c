#include <algorithm>
#include <bit>
#include <limits>

#include "memlog/analysis/leaks.h"
#include "memlog/event/bare_row.h"

// Most lines of a daily log are readings between two marks. Rows of readings, bare ones or in columns, are folded at
// once: the same as fold_reading() of each.
namespace memlog {

namespace {

// Long enough that what is done once for a row is little, short enough that it stays in a near cache while several look at it.
constexpr std::size_t kLongestRow = stats::RowBits::kMost;
constexpr std::size_t kWord = stats::RowBits::kWord;

// How many from the front on are of one process and format, and have times that do not fall.
std::size_t row_in(std::span<const BareReading> all) {
  const BareReading& first = all.front();
  const std::size_t most = std::min(all.size(), kLongestRow);
  std::size_t count = 1;
  while (count < most && all[count].ns >= all[count - 1].ns && all[count].process == first.process && all[count].format == first.format) ++count;
  return count;
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

  // The i-th of the row starts a run.
  template <typename Row>
  void started(const Row& row, std::size_t i) {
    open_ = true;
    task_ = row.task(i);
    last_start_ = i;
    its_end_ = kNone;
  }

  template <typename Row>
  void ended(const Row& row, std::size_t i) {
    if (last_start_ == kNone) {
      tracker_.fold(row[i], line_offset_);
      ask_tracker();
    } else if (open_) {    // an end is the open run's, whatever its label
      open_ = false;
      its_end_ = i;
    }
  }

  template <typename Row>
  void tell_tracker(const Row& row) {
    if (last_start_ != kNone) tracker_.fold(row[last_start_], line_offset_);
    if (its_end_ != kNone) tracker_.fold(row[its_end_], line_offset_);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

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
  std::size_t last_start_ = kNone;
  std::size_t its_end_ = kNone;
};

void Leaks::fold_readings(std::span<const BareReading> all, std::uint64_t line_offset) {
  while (!all.empty()) {
    const BareReading& first = all.front();
    std::size_t folded = 1;
    if (const auto lent = lend_for(first.process, first.format, first.ns)) {
      folded = row_in(all);
      fold_row(BareRow(all.first(folded)), *lent, line_offset);
    } else {
      fold_reading(first, line_offset);
    }
    all = all.subspan(folded);
  }
}

void Leaks::fold_columns(ReadingRow row, std::uint64_t line_offset) {
  for (std::size_t left = row.size(), folded = 1; left > 0; left -= folded, row = row.part(folded, left)) {
    folded = 1;
    if (const auto lent = lend_for(row.process(), row.format(), row.ns(0))) {
      folded = row.part(0, std::min(left, kLongestRow)).rising();
      fold_row(row.part(0, folded), *lent, line_offset);
    } else {
      fold_reading(row[0], line_offset);
    }
  }
}

// The series of a process for a row whose first reading goes on from what came before.
std::optional<stats::LeakBook::Lent> Leaks::lend_for(ProcessId process, std::uint8_t format, std::int64_t ns) {
  if (format != daily_ || !clock_.goes_on(seconds_of(ns))) return std::nullopt;
  const auto lent = book_.lend(process, kLongestRow);
  if (lent.series == nullptr) return std::nullopt;
  return lent;
}

template <typename Row>
void Leaks::fold_row(const Row& row, const stats::LeakBook::Lent& lent, std::uint64_t line_offset) {
  limit_.fold_row(row);
  const double clock_offset = clock_.offset();
  const auto time_at = [=](std::size_t i) { return row.seconds(i) + clock_offset; };
  clock_.add_row(row.size(), time_at);

  stats::RowBits floor;
  RowRuns runs(tracker_, row.process(), line_offset);
  for (std::size_t begin = 0; begin < row.size(); begin += kWord) {
    floor.set_word(begin / kWord, floor_of(row, begin, runs, *lent.series, clock_offset));
  }
  runs.tell_tracker(row);
  lent.series->add_marked_row(row.size(), floor, [=](std::size_t i) {
    return stats::LeakSeries::Named{time_at(i), row.rss(i) / 10.0, line_offset + row.line(i)};
  });
  book_.take_back(lent);
}

// Which of the row's 64 readings from `begin` on are floor samples, as marked_state() of each; and what fold_reading()
// does with marks. Bits instead of a decision for each: what a line is cannot be foretold.
template <typename Row>
std::uint64_t Leaks::floor_of(const Row& row, std::size_t begin, RowRuns& runs, stats::LeakSeries& series, double clock_offset) {
  const Row word = row.part(begin, std::min(kWord, row.size() - begin));
  std::uint64_t marks = 0;
  for (std::size_t i = word.size(); i-- > 0;) marks = marks << 1 | (word.kind(i) != EventKind::sample ? 1 : 0);
  std::uint64_t labelled = labelled_of(word);
  std::uint64_t floor = 0;
  std::size_t from = 0;
  const auto samples_to = [&](std::size_t to) {
    const std::uint64_t unlabelled = bits_between(from, to) & ~labelled;
    if (!runs.open()) {
      floor |= unlabelled;
    } else if (unlabelled != 0) {
      learn_labels(word.part(from, to - from));
      labelled = labelled_of(word);
    }
    from = to + 1;
  };
  for (; marks != 0; marks &= marks - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(marks));
    const double t = word.seconds(at) + clock_offset;
    samples_to(at);
    if (word.kind(at) == EventKind::task_start) {
      floor |= std::uint64_t{1} << at;
      series.run_started(word.task(at), t);
      runs.started(row, begin + at);
    } else if (ends_run(word.kind(at))) {
      const NameId ended = runs.newest();
      runs.ended(row, begin + at);
      if (ended != kNoName) series.run_ended(ended, t);
    }
  }
  samples_to(word.size());
  return floor;
}

template <typename Row>
std::uint64_t Leaks::labelled_of(const Row& word) const {
  std::uint64_t labelled = 0;
  for (std::size_t i = word.size(); i-- > 0;) labelled = labelled << 1 | static_cast<std::uint64_t>(task_labels_[word.task(i)]);
  return labelled;
}

// Of samples while a run is open.
template <typename Row>
void Leaks::learn_labels(const Row& samples) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples.task(i) != idle_ || idle_ == kNoName) task_labels_[samples.task(i)] = 1;
  }
}

}  // namespace memlog
