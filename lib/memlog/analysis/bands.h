#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "memlog/assemble/runs.h"

namespace memlog {

// The runs of tasks as strips of a chart, in bounded memory, from the first to the last.
//
// Once there are twice as many as there is room for, neighbours in a process are merged: first those of one task with a
// gap too small to be seen, then, while that is not enough, what is shorter than a wider and wider pixel goes into one
// strip that has the name of its longest run.
class Bands {
 public:
  explicit Bands(std::size_t most) : most_(most) {}

  void add(const Run& run);
  std::vector<Run> sorted() const;
  // Runs that are a part of another strip.
  std::uint64_t merged() const;

 private:
  struct Strip {
    Run run;
    std::int64_t longest_ns = 0;   // of the runs of its name
  };
  static void shrink(std::vector<Strip>& strips, std::size_t most);

  std::size_t most_;
  std::vector<Strip> strips_;
  std::uint64_t added_ = 0;
};

}  // namespace memlog
