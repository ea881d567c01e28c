#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "memlog/envelope/line.h"

namespace memlog {

class ChunkReader;

// Hands out every line of a reader, with its number and its envelopes taken off; a line without a time has none. The views
// live until the function returns.
void for_each_line(ChunkReader& reader, const std::function<void(Line&)>& on_line);

// Hands out every line of a log, with its envelopes taken off (records in JSON too), and whether it is one of a
// memory log: a reading, an alert, an operation in a list. A line
// without a time has the one of the line before. The views live until the function returns. Throws Error for what
// cannot be read.
void for_each_line(const std::string& path, const std::function<void(const Line&, bool of_memory)>& on_line);

}  // namespace memlog
