#pragma once

#include <string>
#include <vector>

#include "memlog/assemble/records.h"
#include "memlog/scan/parse_chunk.h"
#include "memlog/scan/read_events.h"
#include "samples.h"

namespace memlog::bench {

// A sample log as analyses and writers get it: parsed, assembled, all of it selected.
struct Assembled {
  explicit Assembled(const std::string& kind) : text(sample_log(kind)) {
    fill(batch, text);
    parse_chunk(batch, {});
    Assembler assembler(names, {});
    assembler.assemble(batch);
    for (Event& event : batch.events) event.flags |= flag::kSelected;
    inputs[0].path = "logs/memory.log";
  }
  Slice slice() const { return {batch.events, batch, names, inputs}; }

  std::string text;
  EventBatch batch;
  RunNames names;
  std::vector<InputSummary> inputs = std::vector<InputSummary>(1);
};

}  // namespace memlog::bench
