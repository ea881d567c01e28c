#pragma once

#include <cstdint>

#include "memlog/input/source.h"
#include "memlog/scan/input_stream.h"

namespace memlog {

// What two files of one log have in common.
struct Overlap {
  bool found = false;
  std::uint64_t lines = 0;   // the older one's last, which are the newer one's first; 0: there may be more, and some behind them
};

// Where in a file the beginning of another one is looked for.
enum class Search { tail, all };

// `newer` may begin with lines that `older` has as well: then it is not simply the rest of it. At least one of those lines has
// a time, since rules and blank lines are alike everywhere. The tail alone is looked at where the two can have no
// more than a moment in common; of a compressed file it is not at hand.
Overlap overlap_of(const InputPath& older, const InputPath& newer, Search search, const InputStream::Options& options);

// How many of the last lines of `older` are the first ones of `newer`, by reading `older` again: for one whose end was not at
// hand before it was read, since it is compressed.
std::uint64_t repeated_lines_of(const InputPath& older, const InputPath& newer, const InputStream::Options& options);

}  // namespace memlog
