#pragma once

#include "memlog/envelope/line.h"
#include "memlog/event/batch.h"

namespace memlog {

// What a line of a platform that cuts long messages is. The message before the first line of a stream in a chunk stands
// in the chunk before, so whether that line goes on with a cut one only the assembler knows.
enum class SplitLine : std::uint8_t { whole, part, last, perhaps_last };

// Tells what `line` is and, unless it is whole, adds it to the batch as Part::fragment for the assembler to join.
SplitLine note_split(const Line& line, EventBatch& batch);

}  // namespace memlog
