#pragma once

#include "memlog/format/quick_labels.h"
#include "memlog/scan/parse_line.h"

namespace memlog {

// Reads the lines of batch.chunk into the batch: events (parts of records among them), problems, counts. A pure
// function of the chunk, so chunks can be parsed in any order and on any thread.
void parse_chunk(EventBatch& batch, const ParseOptions& options);
// The same, faster where many chunks are parsed one after the other: `labels` remembers texts from one to the next.
void parse_chunk(EventBatch& batch, const ParseOptions& options, QuickLabels& labels);

}  // namespace memlog
