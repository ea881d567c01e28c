#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "memlog/input/source.h"
#include "memlog/scan/input_stream.h"

namespace memlog {

// One of several inputs, as its first lines and its name show it.
struct OrderedFile {
  std::size_t at = 0;                          // its place in the list of inputs
  std::int64_t start = 0;                      // the time of its first record, or where it stands among the others
  std::int64_t first_line = 0;                 // the time of its first line that has one: of two starts, the earlier is first
  std::uint64_t formats = 0;                   // bits of those it begins with
  bool platform_time = false;                  // there are records whose only time is the platform's
  bool dated = false;                          // it has a record with a time of its own
  bool looked_at = false;                      // false for what can be read only once
  std::optional<std::size_t> follows = {};     // it goes on where this one ends: the one before it in their rotation
  std::uint64_t repeated_lines = 0;            // at its beginning, that the one that it follows ends with
};

// The inputs in the order of the timeline: by the time of the first record. Files of one rotation (`logs.txt.1`,
// `logs.txt`; `memory_20251006.log`, `memory_20251007.log`) follow one another by their names as long as their times
// agree but for an hour, by which a clock falls back in autumn.
std::vector<OrderedFile> order_files(const std::vector<InputPath>& inputs, const InputStream::Options& options);

// `next`, which begins where `file` ends, may be the rest of the same log: it is of the same kind.
bool goes_on(const OrderedFile& file, const OrderedFile& next);

// Names that differ in numbers only: `part-1.log` and `part-2.log`, `bot.log` and `bot.log.3`.
bool numbered(const InputPath& a, const InputPath& b);

// Names of pieces of one log: numbered ones, `xaa` and `xab`.
bool alike(const InputPath& a, const InputPath& b);

// The last time of a plain file, by its last lines; nothing for all else.
std::optional<std::int64_t> end_time(const InputPath& path, const InputStream::Options& options);

// The last time in an input, by reading it all.
std::optional<std::int64_t> last_time(const InputPath& path, const InputStream::Options& options);

}  // namespace memlog
