#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "memlog/base/cpu.h"
#include "memlog/event/bare_row.h"
#include "memlog/event/reading_columns.h"

namespace memlog {

// Among readings, one that starts or ends a run.
struct RunMark {
  std::uint32_t at = 0;
  std::uint32_t high = 0;         // the highest one since the mark before it, in tenths of a MB; 0 without any
};

// Finds the marks of a row.
class RunMarks {
 public:
  // Both give the same for the same readings; `vectors` is what the machine has.
  void find(const BareRow& row);
  void find(const ReadingRow& row, Vectors vectors = memlog::vectors());

  std::span<const RunMark> marks() const { return {marks_.data(), size_}; }
  // The highest reading behind the last mark, 0 without any.
  std::uint32_t high_behind() const { return high_; }

 private:
  template <typename Row>
  void find_each(const Row& row);
  void make_room(std::size_t readings) {
    if (marks_.size() < readings + kRoom) marks_.resize(readings + kRoom);
  }

  static constexpr std::size_t kRoom = 64;
  std::vector<RunMark> marks_;    // what is written behind the last mark is none
  std::size_t size_ = 0;
  std::uint32_t high_ = 0;
};

}  // namespace memlog
