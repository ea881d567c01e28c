#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "memlog/base/cpu.h"
#include "memlog/event/reading_columns.h"

namespace memlog {

// Times and numbers of readings in columns as text, many at once. A text is a word: its first character lowest, zeros
// behind its last one.
class RowTexts {
 public:
  static constexpr std::size_t kMost = 64;

  enum Number : std::uint8_t { rss, vms, available, free, used, kNumbers };

  // How long each of the numbers is: readings that share it have all at the same places.
  using Shape = std::uint32_t;
  static constexpr Shape kOther = 1U << 15;   // this bit: something has no text here
  static std::size_t length(Shape shape, Number number) { return 7 - (shape >> (3 * number) & 7); }

  // The first kMost readings of a row that has all figures, or fewer where it ends.
  void read(const ReadingRow& row, Vectors vectors = memlog::vectors());

  // `08:34:15`
  std::uint64_t time(std::size_t i) const { return times_[i]; }
  std::uint64_t number(Number number, std::size_t i) const { return numbers_[number][i]; }
  Shape shape(std::size_t i) const { return shapes_[i]; }

 private:
  alignas(64) std::array<std::uint64_t, kMost> times_;
  alignas(64) std::array<std::array<std::uint64_t, kMost>, kNumbers> numbers_;
  alignas(64) std::array<Shape, kMost> shapes_;
};

}  // namespace memlog
