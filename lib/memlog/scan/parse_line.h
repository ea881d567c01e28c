#pragma once

#include <cstdint>

#include "memlog/base/cpu.h"
#include "memlog/envelope/line.h"
#include "memlog/event/batch.h"
#include "memlog/format/user_format.h"

namespace memlog {

struct ParseOptions {
  std::uint64_t formats = ~std::uint64_t{0};  // bit i: formats()[i] is tried
  bool keep_raw = false;                      // Event::raw of every event
  bool survey = false;                        // EventBatch::surveyed of every line
  bool rss_only = false;                      // other figures may be left out where that is faster
  bool bare_readings = false;                 // readings may come as EventBatch::readings, see Analysis
  bool reading_columns = false;               // or as EventBatch::columns, with rss_only without other figures
  TimeWindow window = {};                     // readings outside of it may be counted only (EventBatch::sifted)
  Vectors vectors = Vectors::avx512;          // at most these, where the machine has them; without, the same comes out more slowly
  const std::vector<UserFormat>* user = nullptr;  // tried first; their bits and numbers follow those of formats()
};

// The bits for one format and what stands between its lines; all for an empty name. Throws Error, with the nearest
// name, for an unknown one.
std::uint64_t format_bits(std::string_view name, const std::vector<UserFormat>* user = nullptr);

// One line: its envelopes, the format that recognises it, its count. `line.message` may already be peeled in part, as it
// is of records that the platform had cut in pieces.
void parse_line(Line& line, EventBatch& batch, const ParseOptions& options);

}  // namespace memlog
