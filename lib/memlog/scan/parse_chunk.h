#pragma once

#include "memlog/format/quick_memory.h"
#include "memlog/scan/parse_line.h"

namespace memlog {

// Reads the lines of batch.chunk into the batch: events (parts of records among them), problems, counts. A pure
// function of the chunk, so chunks can be parsed in any order and on any thread.
void parse_chunk(EventBatch& batch, const ParseOptions& options);
// The same, faster where many chunks are parsed one after the other: `memory` keeps texts from one to the next.
void parse_chunk(EventBatch& batch, const ParseOptions& options, QuickMemory& memory);

}  // namespace memlog
