#pragma once

#include "memlog/scan/parse_line.h"

namespace memlog {

// Reads the lines of batch.chunk into the batch: events (parts of records among them), problems, counts. A pure
// function of the chunk, so chunks can be parsed in any order and on any thread.
void parse_chunk(EventBatch& batch, const ParseOptions& options);

}  // namespace memlog
