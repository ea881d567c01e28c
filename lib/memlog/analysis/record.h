#pragma once

#include <optional>
#include <string>
#include <vector>

#include "memlog/report/report.h"
#include "memlog/scan/read_events.h"

namespace memlog {

// A record that outlives its batch.
struct KeptRecord {
  Event event;
  std::string own_name;  // as Event::own_name
  std::string context;
  std::string raw;
  std::vector<Metric> metrics;
};
KeptRecord keep(const Event& event, const EventBatch& batch);
// The name of its task, exact however many there are.
std::string_view task_name(const KeptRecord& record, const RunNames& names);

// A counter: a whole number where it is one.
Value metric_value(double value);

// `{"path": …, "line": …}`
Value source_of(const Event& event, const std::vector<InputSummary>& inputs);
Value source_of(std::uint16_t input, std::uint64_t line, const std::vector<InputSummary>& inputs);
// `memory.log:42`
std::string source_text(std::uint16_t input, std::uint64_t line, const std::vector<InputSummary>& inputs);

// The fields of a record that every answer shares: time, memory, system, task, event, process, context, metrics, source.
Value::Object record_fields(const KeptRecord& record, const RunNames& names, const std::vector<InputSummary>& inputs);

// The name of the format that events and counts know by `index`: a built-in one or the user's; empty for none.
std::string_view format_name(std::size_t index, const ReadResult& result);

// The `inputs` of every answer.
Value inputs_value(const ReadResult& result);

// By how much a platform's clock differs from the application's within one input, and what was corrected.
std::string correction_text(const ClockCorrection& correction, const std::string& path);

// `2167 samples from 3 files, 2025-10-06 00:02:37 to 2025-10-08 23:58:58`, and what could not be read.
// With filters, how many of them the answer is about.
std::string coverage_text(const ReadResult& result, std::optional<std::uint64_t> considered = std::nullopt);

// First and last time of all inputs.
Timestamp first_time_of(const ReadResult& result);
Timestamp last_time_of(const ReadResult& result);

}  // namespace memlog
