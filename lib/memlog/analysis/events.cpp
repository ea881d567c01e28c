#include "memlog/analysis/events.h"

#include <charconv>
#include <cmath>

namespace memlog {

namespace {

constexpr std::size_t kFlushAt = 64 << 10;

double used_percent(const Event& event) { return std::round((100.0 - event.free_percent) * 1e4) / 1e4; }
double free_percent(const Event& event) { return std::round(event.free_percent * 1e4) / 1e4; }

void append_key(std::string& out, std::string_view key) {
  out += ",\"";
  out += key;
  out += "\":";
}

void append_field(std::string& out, std::string_view key, double number) {
  append_key(out, key);
  append_json_number(out, number);
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  append_key(out, key);
  if (text.empty()) out += "null";
  else append_json_string(out, text);
}

void append_integer(std::string& out, std::uint64_t n) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, n);
  out.append(digits, static_cast<std::size_t>(end.ptr - digits));
}

// A counter: a whole number where it is one.
void append_counter(std::string& out, double value) {
  constexpr double kExact = 9e15;
  if (is_known(value) && value >= 0 && value == std::floor(value) && value < kExact) append_integer(out, static_cast<std::uint64_t>(value));
  else append_json_number(out, value);
}

void append_number_csv(std::string& out, double number) {
  out += ',';
  if (is_known(number)) append_json_number(out, number);
}

}  // namespace

EventWriter::EventWriter(Output output, Sink sink) : output_(output), sink_(std::move(sink)) {
  if (output_ == Output::csv) {
    buffer_ =
        "time,rss_mb,vms_mb,container_mb,system_available_mb,system_free_percent,system_used_percent,task,event,process,context,metrics,"
        "delta_mb,peak_mb,process_percent,alert,path,line\n";
  }
  if (output_ == Output::json) buffer_ = "{\"schema\":\"memlog.events/1\",\"events\":[";
}

std::string_view EventWriter::escaped_name(NameId name, const RunNames& names) {
  if (name >= escaped_.size()) escaped_.resize(name + 1);
  if (escaped_[name].empty()) {
    if (name == kNoName) escaped_[name] = "null";
    else append_json_string(escaped_[name], names.names.text(name));
  }
  return escaped_[name];
}

void EventWriter::append_json(const Event& event, const Slice& slice) {
  buffer_ += "{\"time\":";
  if (event.time.known()) {
    buffer_ += '"';
    append_time(buffer_, event.time);
    buffer_ += '"';
  } else {
    buffer_ += "null";
  }
  append_field(buffer_, "rss_mb", event.rss_mb);
  append_field(buffer_, "vms_mb", event.vms_mb);
  append_field(buffer_, "container_mb", event.container_mb);
  append_field(buffer_, "system_available_mb", event.available_mb);
  append_field(buffer_, "system_free_percent", free_percent(event));
  append_field(buffer_, "system_used_percent", used_percent(event));
  append_key(buffer_, "task");
  buffer_ += escaped_name(event.task, slice.names);
  append_key(buffer_, "event");
  buffer_ += '"';
  buffer_ += to_string(event.kind);
  buffer_ += '"';
  append_text(buffer_, "process", slice.names.processes.display(event.process));
  append_text(buffer_, "context", slice.batch.context_of(event));
  buffer_ += ",\"metrics\":{";
  for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
    const Metric& metric = slice.batch.metrics[event.metrics_begin + i];
    if (i > 0) buffer_ += ',';
    buffer_ += escaped_name(metric.name, slice.names);
    buffer_ += ':';
    append_counter(buffer_, metric.value);
  }
  buffer_ += '}';
  append_field(buffer_, "delta_mb", event.delta_mb);
  append_field(buffer_, "peak_mb", event.peak_mb);
  append_field(buffer_, "process_percent", event.process_percent);
  append_text(buffer_, "alert", to_string(event.alert));
  append_key(buffer_, "source");
  buffer_ += "{\"path\":";
  append_json_string(buffer_, slice.inputs[event.input].path);
  append_key(buffer_, "line");
  append_integer(buffer_, event.line);
  buffer_ += "}}";
}

void EventWriter::append_csv_line(const Event& event, const Slice& slice) {
  append_time(buffer_, event.time);
  append_number_csv(buffer_, event.rss_mb);
  append_number_csv(buffer_, event.vms_mb);
  append_number_csv(buffer_, event.container_mb);
  append_number_csv(buffer_, event.available_mb);
  append_number_csv(buffer_, free_percent(event));
  append_number_csv(buffer_, used_percent(event));
  buffer_ += ',';
  append_csv(buffer_, slice.names.names.text(event.task));
  buffer_ += ',';
  buffer_ += to_string(event.kind);
  buffer_ += ',';
  append_csv(buffer_, slice.names.processes.display(event.process));
  buffer_ += ',';
  append_csv(buffer_, slice.batch.context_of(event));
  buffer_ += ',';
  if (event.metrics_count > 0) {
    std::string metrics;
    for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
      const Metric& metric = slice.batch.metrics[event.metrics_begin + i];
      if (i > 0) metrics += ';';
      metrics += slice.names.names.text(metric.name);
      metrics += '=';
      append_counter(metrics, metric.value);
    }
    append_csv(buffer_, metrics);
  }
  append_number_csv(buffer_, event.delta_mb);
  append_number_csv(buffer_, event.peak_mb);
  append_number_csv(buffer_, event.process_percent);
  buffer_ += ',';
  buffer_ += to_string(event.alert);
  buffer_ += ',';
  append_csv(buffer_, slice.inputs[event.input].path);
  buffer_ += ',';
  append_integer(buffer_, event.line);
  buffer_ += '\n';
}

void EventWriter::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    if (!event.is(flag::kRecord | flag::kSelected)) continue;
    if (output_ == Output::csv) {
      append_csv_line(event, slice);
    } else {
      if (output_ == Output::json) buffer_ += written_ > 0 ? ",\n" : "\n";
      append_json(event, slice);
      if (output_ == Output::ndjson) buffer_ += '\n';
    }
    ++written_;
    flush_if_full();
  }
}

void EventWriter::flush_if_full() {
  if (buffer_.size() < kFlushAt) return;
  sink_(buffer_);
  buffer_.clear();
}

void EventWriter::finish(const ReadResult& result) {
  if (output_ == Output::json) {
    buffer_ += "\n],\"inputs\":";
    buffer_ += render_value(inputs_value(result));
    buffer_ += "}\n";
  }
  sink_(buffer_);
  buffer_.clear();
}

}  // namespace memlog
