#include "memlog/scan/input_counts.h"

#include <utility>

namespace memlog::input_counts {

namespace {

void note_times(const BareReading& first, const BareReading& last, InputSummary& input) {
  if (!input.first_time.known()) input.first_time = event_of(first).time;
  input.last_time = event_of(last).time;
}

}  // namespace

void count(std::span<const BareReading> readings, const EventBatch& batch, InputSummary& input) {
  input.records += readings.size();
  input.samples += readings.size();
  const std::uint8_t format = readings.front().format;
  if (batch.has_only(format)) {
    input.format_records[format] += readings.size();
  } else {
    for (const BareReading& reading : readings) ++input.format_records[reading.format];
  }
  note_times(readings.front(), readings.back(), input);
}

void count(const ReadingRow& row, InputSummary& input) {
  input.records += row.size();
  input.samples += row.size();
  input.format_records[row.format()] += row.size();
  note_times(row[0], row[row.size() - 1], input);
}

void count_copy(const Event& event, InputSummary& input, const InputSummary& of) {
  if (!event.is(flag::kRecord)) return;
  if (input.repeated++ == 0 && input.repeats.empty()) input.repeats = of.path;
  if (input.repeated > 1) input.mixed += input.since_repeated;
  input.since_repeated = 0;
  note_time(event, input);
}

void add_sifted(const EventBatch& batch, InputSummary& input) {
  for (std::size_t i = 0; i < kMaxFormats; ++i) {
    input.records += batch.sifted[i];
    input.samples += batch.sifted[i];
    input.format_records[i] += batch.sifted[i];
  }
}

void add_late(const std::vector<LateSummary>& late, std::vector<InputSummary>& inputs) {
  for (const LateSummary& of_file : late) {
    InputSummary& input = inputs[of_file.input];
    input.lines.add(of_file.lines);
    for (const ShownProblem& problem : of_file.problems) {
      if (input.problems.size() < InputStream::kMaxShownProblems) input.problems.push_back(problem);
    }
  }
}

void keep(InputSummary& read, InputSummary& kept) {
  read.records = kept.records;
  read.samples = kept.samples;
  read.repeated += kept.repeated;
  read.mixed = kept.mixed;
  read.repeats = kept.repeats;
  read.log = kept.log;
  read.format_records = kept.format_records;
  read.first_time = kept.first_time;
  read.last_time = kept.last_time;
  kept = std::move(read);
}

}  // namespace memlog::input_counts
