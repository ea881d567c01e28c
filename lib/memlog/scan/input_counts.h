#pragma once

#include <span>
#include <vector>

#include "memlog/event/batch.h"
#include "memlog/scan/input_stream.h"

// What an input's summary says about its records: counted as they are handed out, since only then it is known which of
// them other inputs have told.
namespace memlog::input_counts {

inline void note_time(const Event& event, InputSummary& input) {
  if (!event.time.known() || event.kind == EventKind::operation) return;
  if (!input.first_time.known()) input.first_time = event.time;
  input.last_time = event.time;
}

// Of every event, so it stands here.
inline void count(const Event& event, InputSummary& input) {
  if (!event.is(flag::kRecord)) return;
  ++input.records;
  ++input.since_repeated;
  ++input.format_records[event.format];
  if (event.is(flag::kSample)) ++input.samples;
  note_time(event, input);
}

// Of the batch.
void count(std::span<const BareReading> readings, const EventBatch& batch, InputSummary& input);
void count(const ReadingRow& row, InputSummary& input);

// An event that the input `of` has told.
void count_copy(const Event& event, InputSummary& input, const InputSummary& of);

// Samples that came as counts only.
void add_sifted(const EventBatch& batch, InputSummary& input);

// What turned out about files whose summary has been taken already.
void add_late(const std::vector<LateSummary>& late, std::vector<InputSummary>& inputs);

// All that is known at a file's end, without what was counted above.
void keep(InputSummary& read, InputSummary& kept);

}  // namespace memlog::input_counts
