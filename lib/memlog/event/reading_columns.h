#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "memlog/base/time.h"
#include "memlog/event/bare_reading.h"

namespace memlog {

// Readings of one process, line after line, in columns: nine bytes each, where a bare reading has 48. Most lines say one
// of few things but for their time and their number: what they say is a label.
class ReadingColumns {
 public:
  static constexpr std::size_t kLabels = 256;

  // Lines that follow one another on one day.
  struct Row {
    std::int64_t ns = 0;          // when the day begins
    std::uint32_t line = 0;       // of the first, within the chunk
    std::size_t begin = 0;        // in the columns
    std::size_t end = 0;
    std::size_t learned = 0;      // labels that it and the rows before it show
  };

  // What somebody remembers from chunk to chunk of the names that labels have in the run.
  using RunNames = std::array<NameId, kLabels>;
  static constexpr NameId kUnknown = 0xffffffff;

  void clear() {
    rows.clear();
    known.fill(0);
    learned_ = 0;
    run_names = nullptr;
    size_ = 0;
  }

  // What the label means in this batch. The text of the name lives as long as it.
  void learn(std::uint8_t label, std::string_view name, const BareReading& like) {
    names[label] = name;
    kinds[label] = like.kind;
    known[label] = 1;
    format = like.format;
    order_[learned_++] = label;
  }
  // In the order in which they were.
  std::span<const std::uint8_t> learned() const { return {order_.data(), learned_}; }

  // Adds readings to the last row.
  void append(const std::uint32_t* more_seconds, const std::uint32_t* more_rss, const std::uint8_t* more_labels, std::size_t n) {
    make_room(n);
    std::memcpy(seconds.data() + size_, more_seconds, n * sizeof *more_seconds);
    std::memcpy(rss.data() + size_, more_rss, n * sizeof *more_rss);
    std::memcpy(labels.data() + size_, more_labels, n);
    size_ += n;
    rows.back().end = size_;
    rows.back().learned = learned_;
  }

  std::size_t size() const { return size_; }

  std::vector<Row> rows;
  // What labels mean. Tasks and the process are whoever's numbers gives them: the assembler's are the run's.
  std::array<std::string_view, kLabels> names;
  std::array<NameId, kLabels> tasks{};
  std::array<EventKind, kLabels> kinds{};
  std::array<std::uint8_t, kLabels> known{};
  NameId process = kNoName;
  std::uint8_t format = 0;
  std::uint32_t generation = 0;    // of the labels: the format's own
  RunNames* run_names = nullptr;   // the assembler's to use and to fill

  // With room behind their ends.
  std::vector<std::uint32_t> seconds;  // of the row's day
  std::vector<std::uint32_t> rss;      // tenths of a MB
  std::vector<std::uint8_t> labels;

 private:
  void make_room(std::size_t n) {
    if (size_ + n <= labels.size()) return;
    const std::size_t size = std::max<std::size_t>(2 * (size_ + n), 4096);
    seconds.resize(size);
    rss.resize(size);
    labels.resize(size);
  }

  std::array<std::uint8_t, kLabels> order_{};
  std::size_t learned_ = 0;
  std::size_t size_ = 0;
};

// One row of them, as analyses see it.
class ReadingRow {
 public:
  ReadingRow(const ReadingColumns& columns, const ReadingColumns::Row& row)
      : columns_(columns), row_(row), rss_(columns.rss.data() + row.begin), labels_(columns.labels.data() + row.begin) {}

  std::size_t size() const { return row_.end - row_.begin; }
  std::uint32_t rss(std::size_t i) const { return rss_[i]; }
  NameId task(std::size_t i) const { return columns_.tasks[labels_[i]]; }
  EventKind kind(std::size_t i) const { return columns_.kinds[labels_[i]]; }
  std::uint8_t format() const { return columns_.format; }
  std::size_t learned() const { return row_.learned; }

  // The bare reading that the same line gives.
  BareReading operator[](std::size_t i) const {
    BareReading reading;
    reading.ns = row_.ns + columns_.seconds[row_.begin + i] * kNanosPerSecond;
    reading.line = row_.line + static_cast<std::uint32_t>(i);
    reading.rss = rss(i);
    reading.task = task(i);
    reading.process = columns_.process;
    reading.kind = kind(i);
    reading.format = columns_.format;
    return reading;
  }

 private:
  const ReadingColumns& columns_;
  const ReadingColumns::Row& row_;
  const std::uint32_t* rss_;
  const std::uint8_t* labels_;
};

}  // namespace memlog
