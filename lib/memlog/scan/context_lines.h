#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/base/time.h"
#include "memlog/input/source.h"

namespace memlog {

// A line of an input, found by its time.
struct ContextLine {
  std::size_t input = 0;       // place in the list of inputs
  std::uint64_t line = 0;
  std::string text;
};

// For each of `times`, in ascending order: the `n` lines before it and the `n` after it of every input, whatever they
// are about, but none that is more than an hour away. Reads the inputs once more; standard input and what cannot be read give nothing.
// `shifts_ns` has what is to be added to the times of each input whose clock differs; none where it is empty. Dates
// without a year are of the year that brings them nearest.
std::vector<std::vector<ContextLine>> lines_around(const std::vector<std::string>& paths, const std::vector<Timestamp>& times, std::size_t n,
                                                   const std::vector<std::int64_t>& shifts_ns = {});

}  // namespace memlog
