#include "memlog/scan/input_counts.h"

#include <utility>

namespace memlog::input_counts {

void count(std::span<const BareReading> readings, const EventBatch& batch, InputSummary& input) {
  input.records += readings.size();
  input.samples += readings.size();
  const std::uint8_t format = readings.front().format;
  if (batch.has_only(format)) {
    input.format_records[format] += readings.size();
  } else {
    for (const BareReading& reading : readings) ++input.format_records[reading.format];
  }
  const auto time_of = [](const BareReading& reading) { return event_of(reading).time; };
  if (!input.first_time.known()) input.first_time = time_of(readings.front());
  input.last_time = time_of(readings.back());
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
