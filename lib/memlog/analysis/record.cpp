#include "memlog/analysis/record.h"

#include <fmt/format.h>

#include <cmath>

#include "memlog/base/decimal.h"
#include "memlog/format/format.h"

namespace memlog {

KeptRecord keep(const Event& event, const EventBatch& batch) {
  KeptRecord kept;
  kept.event = event;
  kept.own_name = std::string(batch.texts[event.own_name]);
  kept.context = std::string(batch.context_of(event));
  kept.raw = std::string(batch.texts[event.raw]);
  kept.metrics.assign(batch.metrics.begin() + event.metrics_begin, batch.metrics.begin() + event.metrics_begin + event.metrics_count);
  return kept;
}

std::string_view task_name(const KeptRecord& record, const RunNames& names) {
  return record.own_name.empty() ? names.names.text(record.event.task) : std::string_view(record.own_name);
}

Value metric_value(double value) {
  constexpr double kExact = 9e15;
  if (is_known(value) && value == std::floor(value) && std::fabs(value) < kExact) return Value(static_cast<std::int64_t>(value));
  return Value(value);
}

Value source_of(std::uint16_t input, std::uint64_t line, const std::vector<InputSummary>& inputs) {
  return Value::Object{{"path", input < inputs.size() ? Value(inputs[input].path) : Value()}, {"line", line}};
}

Value source_of(const Event& event, const std::vector<InputSummary>& inputs) { return source_of(event.input, event.line, inputs); }

std::string source_text(std::uint16_t input, std::uint64_t line, const std::vector<InputSummary>& inputs) {
  return fmt::format("{}:{}", input < inputs.size() ? inputs[input].path : "?", line);
}

Value::Object record_fields(const KeptRecord& record, const RunNames& names, const std::vector<InputSummary>& inputs) {
  const Event& event = record.event;
  Value::Object metrics;
  for (const Metric& metric : record.metrics) metrics.emplace_back(std::string(names.names.text(metric.name)), metric_value(metric.value));
  return {
      {"time", Value(event.time)},
      {"rss_mb", event.rss_mb},
      {"vms_mb", event.vms_mb},
      {"container_mb", event.container_mb},
      {"system_available_mb", event.available_mb},
      {"system_free_percent", rounded(event.free_percent, 4)},
      {"system_used_percent", rounded(100.0 - event.free_percent, 4)},
      {"task", text_or_null(task_name(record, names))},
      {"event", to_string(event.kind)},
      {"process", text_or_null(names.processes.display(event.process))},
      {"context", text_or_null(record.context)},
      {"metrics", std::move(metrics)},
      {"source", source_of(event, inputs)},
  };
}

std::string_view format_name(std::size_t index, const ReadResult& result) {
  if (index < formats().size()) return formats()[index]->name;
  index -= formats().size();
  return index < result.user_formats.size() ? std::string_view(result.user_formats[index]) : std::string_view{};
}

Value inputs_value(const ReadResult& result) {
  Value::List list;
  for (const InputSummary& input : result.inputs) {
    Value::List used;
    for (std::size_t i = 0; i < kMaxFormats; ++i) {
      if (input.format_lines[i] > 0) used.emplace_back(format_name(i, result));
    }
    Value::Object object{
        {"path", input.path},
        {"formats", std::move(used)},
        {"encoding", input.opened ? Value(input.encoding) : Value()},
        {"compression", text_or_null(input.compression)},
        {"bytes", input.bytes},
        {"lines", input.lines.lines},
        {"records", input.records},
        {"samples", input.samples},
        {"repeated_records", input.repeated},
        {"record_lines", input.lines.records},
        {"ignored_lines", input.lines.ignored},
        {"malformed_lines", input.lines.malformed},
        {"first_time", Value(input.first_time)},
        {"last_time", Value(input.last_time)},
        {"repaired_encoding", input.repaired},
        {"error", text_or_null(input.error)},
    };
    list.emplace_back(std::move(object));
  }
  return list;
}

std::string correction_text(const ClockCorrection& correction, const std::string& path) {
  const auto seconds = static_cast<double>(correction.shown_ns) / 1e9;
  const bool one = correction.records == 1;
  return fmt::format("{}: the platform's clock differs from the application's by {}, as the lines that carry both show: {} time{} that only the platform tells {} corrected by {:+.0f} s", path,
                     format_duration(std::fabs(seconds)), correction.records, one ? "" : "s", one ? "was" : "were", seconds);
}

Timestamp first_time_of(const ReadResult& result) {
  Timestamp first;
  for (const InputSummary& input : result.inputs) {
    if (input.first_time.known() && (!first.known() || input.first_time.ns < first.ns)) first = input.first_time;
  }
  return first;
}

Timestamp last_time_of(const ReadResult& result) {
  Timestamp last;
  for (const InputSummary& input : result.inputs) {
    if (input.last_time.known() && (!last.known() || input.last_time.ns > last.ns)) last = input.last_time;
  }
  return last;
}

std::string coverage_text(const ReadResult& result, std::optional<std::uint64_t> considered) {
  const std::uint64_t samples = result.samples();
  const std::string part = considered && *considered != samples ? fmt::format("{} of ", *considered) : "";
  std::string where;
  std::size_t opened = 0;
  for (const InputSummary& input : result.inputs) {
    if (!input.opened) continue;
    where = input.path == "-" ? "standard input" : input.path;
    ++opened;
  }
  std::string text = fmt::format("{}{} sample{} from {}", part, samples, samples == 1 ? "" : "s", opened == 1 ? where : fmt::format("{} files", opened));
  const Timestamp first = first_time_of(result);
  if (first.known()) text += fmt::format(", {} to {}", format_time(first, ' '), format_time(last_time_of(result), ' '));
  return text;
}

}  // namespace memlog
