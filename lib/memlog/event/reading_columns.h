#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "memlog/base/time.h"
#include "memlog/event/bare_reading.h"
#include "memlog/event/process_table.h"

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


  void clear() {
    rows.clear();
    std::fill(known.begin(), known.end(), std::uint8_t{0});
    first_mark = kLabels - 1;
    learned_ = 0;
    generation = 0;
    size_ = 0;
  }

  // Makes room for what labels mean: most logs of many that are open at once have no columns.
  void prepare() {
    if (!names.empty()) return;
    names.resize(kLabels);
    tasks.resize(kLabels);
    kinds.resize(kLabels);
    known.resize(kLabels);
    order_.resize(kLabels);
  }

  // What the label means in this batch. The text of the name lives as long as it.
  void learn(std::uint8_t label, std::string_view name, const BareReading& like) {
    prepare();
    names[label] = name;
    kinds[label] = like.kind;
    known[label] = 1;
    if (like.kind != EventKind::sample) first_mark = std::min(first_mark, label);
    format = like.format;
    order_[learned_++] = label;
  }
  // In the order in which they were.
  std::span<const std::uint8_t> learned() const { return {order_.data(), learned_}; }

  // Adds readings to the last row.
  struct Source {
    const std::uint32_t* seconds;
    const std::uint32_t* rss;
    const std::uint32_t* vms;
    const std::uint32_t* available;
    const std::uint32_t* free;
    const std::uint8_t* labels;
  };
  void append(const Source& more, std::size_t n) {
    copy(more, n, [n](void* to, const void* from, std::size_t each) { std::memcpy(to, from, n * each); });
  }
  // The same of the front of a block: as many readings as a block has may be read and written.
  static constexpr std::size_t kBlock = 16;
  void append_block(const Source& block, std::size_t n) {
    make_room(kBlock);
    // Of a size that is known: no call.
    copy(block, n, [](void* to, const void* from, std::size_t each) {
      if (each == 1) std::memcpy(to, from, kBlock);
      else std::memcpy(to, from, kBlock * sizeof(std::uint32_t));
    });
  }

  std::size_t size() const { return size_; }

  std::vector<Row> rows;
  // What labels mean, behind prepare(). Tasks and the process are whoever's numbers gives them: the assembler's are the run's.
  std::vector<std::string_view> names;
  std::vector<NameId> tasks;
  std::vector<EventKind> kinds;
  std::vector<std::uint8_t> known;
  // Those from here on start or end a run, no other does.
  std::uint8_t first_mark = kLabels - 1;
  NameId process = kNoName;
  std::uint8_t format = 0;
  // Labels of the same number mean the same in all batches; 0: none has been read yet.
  std::uint64_t generation = 0;

  // With room behind their ends.
  std::vector<std::uint32_t> seconds;  // of the row's day
  std::vector<std::uint32_t> rss;      // tenths of a MB
  std::vector<std::uint8_t> labels;
  // Where all figures were asked for.
  bool full = false;
  std::vector<std::uint32_t> vms;
  std::vector<std::uint32_t> available;
  std::vector<std::uint32_t> free;     // tenths of a percent

 private:
  // `put(to, from, each)` copies readings of so many bytes each.
  template <typename Put>
  void copy(const Source& more, std::size_t n, Put put) {
    make_room(n);
    put(seconds.data() + size_, more.seconds, sizeof *more.seconds);
    put(rss.data() + size_, more.rss, sizeof *more.rss);
    put(labels.data() + size_, more.labels, sizeof *more.labels);
    if (full) {
      put(vms.data() + size_, more.vms, sizeof *more.vms);
      put(available.data() + size_, more.available, sizeof *more.available);
      put(free.data() + size_, more.free, sizeof *more.free);
    }
    size_ += n;
    rows.back().end = size_;
    rows.back().learned = learned_;
  }

  void make_room(std::size_t n) {
    if (size_ + n <= labels.size() && (!full || size_ + n <= vms.size())) return;
    const std::size_t size = std::max<std::size_t>(2 * (size_ + n), 4096);
    for (std::vector<std::uint32_t>* column : {&seconds, &rss}) column->resize(size);
    if (full) {
      for (std::vector<std::uint32_t>* column : {&vms, &available, &free}) column->resize(size);
    }
    labels.resize(size);
  }

  std::vector<std::uint8_t> order_;
  std::size_t learned_ = 0;
  std::size_t size_ = 0;
};

// One row of them, as analyses see it.
class ReadingRow {
 public:
  ReadingRow(const ReadingColumns& columns, const ReadingColumns::Row& row)
      : columns_(&columns),
        seconds_(columns.seconds.data() + row.begin),
        rss_(columns.rss.data() + row.begin),
        labels_(columns.labels.data() + row.begin),
        vms_(columns.full ? columns.vms.data() + row.begin : nullptr),
        available_(columns.full ? columns.available.data() + row.begin : nullptr),
        free_(columns.full ? columns.free.data() + row.begin : nullptr),
        size_(row.end - row.begin),
        ns_(row.ns),
        day_(row.ns),
        line_(row.line),
        learned_(row.learned) {}

  std::size_t size() const { return size_; }
  // Its readings [begin, begin + count).
  ReadingRow part(std::size_t begin, std::size_t count) const {
    ReadingRow out = *this;
    out.seconds_ += begin;
    out.rss_ += begin;
    out.labels_ += begin;
    if (full()) {
      out.vms_ += begin;
      out.available_ += begin;
      out.free_ += begin;
    }
    out.size_ = count;
    out.line_ += static_cast<std::uint32_t>(begin);
    return out;
  }

  std::uint32_t rss(std::size_t i) const { return rss_[i]; }
  std::span<const std::uint32_t> readings() const { return {rss_, size_}; }
  std::span<const std::uint8_t> labels() const { return {labels_, size_}; }
  // Labels from here on start or end a run, no other does.
  std::uint8_t first_mark() const { return columns_->first_mark; }
  // Those that its readings may have, and what one of them means.
  std::span<const std::uint8_t> shown() const { return columns_->learned().first(learned_); }
  NameId task_of(std::uint8_t label) const { return columns_->tasks[label]; }
  EventKind kind_of(std::uint8_t label) const { return columns_->kinds[label]; }
  NameId task(std::size_t i) const { return columns_->tasks[labels_[i]]; }
  std::string_view task_name(std::size_t i) const { return columns_->names[labels_[i]]; }
  EventKind kind(std::size_t i) const { return columns_->kinds[labels_[i]]; }
  std::uint8_t format() const { return columns_->format; }
  std::size_t learned() const { return learned_; }
  // One of its readings may be of this task.
  bool shows(NameId task) const {
    const auto labels = shown();
    return std::any_of(labels.begin(), labels.end(), [&](std::uint8_t label) { return task_of(label) == task; });
  }
  ProcessId process() const { return columns_->process; }
  // When its day begins, and its readings in it.
  std::int64_t day_ns() const { return ns_; }
  std::span<const std::uint32_t> seconds_of_day() const { return {seconds_, size_}; }
  std::int64_t ns(std::size_t i) const { return ns_ + seconds_[i] * kNanosPerSecond; }
  // As seconds_of(ns(i)).
  double seconds(std::size_t i) const { return static_cast<double>(day_.whole + seconds_[i]) + day_.rest; }
  // How many there are from the front on whose times do not fall.
  std::size_t rising() const {
    unsigned falls = 0;
    for (std::size_t i = 1; i < size_; ++i) falls |= seconds_[i] < seconds_[i - 1] ? 1U : 0U;
    std::size_t count = falls == 0 ? size_ : 1;
    while (count < size_ && seconds_[count] >= seconds_[count - 1]) ++count;
    return count;
  }
  std::uint32_t line(std::size_t i) const { return line_ + static_cast<std::uint32_t>(i); }
  // Of those that have all figures.
  bool full() const { return vms_ != nullptr; }
  std::uint32_t vms(std::size_t i) const { return vms_[i]; }
  std::uint32_t available(std::size_t i) const { return available_[i]; }
  std::uint32_t free(std::size_t i) const { return free_[i]; }
  std::span<const std::uint32_t> all_vms() const { return {vms_, size_}; }
  std::span<const std::uint32_t> all_available() const { return {available_, size_}; }
  std::span<const std::uint32_t> all_free() const { return {free_, size_}; }
  std::int32_t delta(std::size_t) const { return BareReading::kNoChange; }

  // The bare reading that the same line gives.
  BareReading operator[](std::size_t i) const {
    BareReading reading;
    reading.ns = ns(i);
    reading.line = line(i);
    reading.rss = rss(i);
    if (full()) {
      reading.available = available(i);
      reading.free = free(i);
    }
    reading.task = task(i);
    reading.process = columns_->process;
    reading.kind = kind(i);
    reading.format = columns_->format;
    return reading;
  }
  // And the event.
  Event event(std::size_t i) const {
    Event event = event_of((*this)[i]);
    if (full()) event.vms_mb = vms(i) / 10.0;
    return event;
  }

 private:
  const ReadingColumns* columns_;
  const std::uint32_t* seconds_;
  const std::uint32_t* rss_;
  const std::uint8_t* labels_;
  const std::uint32_t* vms_;       // null without all figures, as those behind it
  const std::uint32_t* available_;
  const std::uint32_t* free_;
  std::size_t size_;
  std::int64_t ns_;
  WholeSeconds day_;               // the same
  std::uint32_t line_;
  std::size_t learned_;
};

}  // namespace memlog
