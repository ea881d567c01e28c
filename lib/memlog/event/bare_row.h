#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "memlog/event/bare_reading.h"
#include "memlog/event/process_table.h"

namespace memlog {

// Bare readings of one process and format, line after line, seen as those in columns are (ReadingRow): what is done with
// a row is written once for both.
class BareRow {
 public:
  explicit BareRow(std::span<const BareReading> readings) : readings_(readings) {}

  std::size_t size() const { return readings_.size(); }
  BareRow part(std::size_t begin, std::size_t count) const { return BareRow(readings_.subspan(begin, count)); }

  std::uint32_t rss(std::size_t i) const { return readings_[i].rss; }
  NameId task(std::size_t i) const { return readings_[i].task; }
  EventKind kind(std::size_t i) const { return readings_[i].kind; }
  std::uint8_t format() const { return readings_.front().format; }
  ProcessId process() const { return readings_.front().process; }
  std::int64_t ns(std::size_t i) const { return readings_[i].ns; }
  double seconds(std::size_t i) const { return seconds_of(ns(i)); }
  std::uint32_t line(std::size_t i) const { return readings_[i].line; }
  std::uint32_t available(std::size_t i) const { return readings_[i].available; }
  std::uint32_t free(std::size_t i) const { return readings_[i].free; }
  std::int32_t delta(std::size_t i) const { return readings_[i].delta; }
  const BareReading& operator[](std::size_t i) const { return readings_[i]; }

 private:
  std::span<const BareReading> readings_;
};

}  // namespace memlog
