#include "memlog/analysis/events.h"

#include <cmath>

namespace memlog {

namespace {

constexpr std::size_t kFlushAt = 64 << 10;

double rounded4(double number) { return std::round(number * 1e4) / 1e4; }

bool is_whole(double value) {
  constexpr double kExact = 9e15;
  return value >= 0 && value == std::floor(value) && value < kExact;
}

void append_counter(std::string& out, double value) {
  if (is_whole(value)) out += std::to_string(static_cast<std::uint64_t>(value));
  else append_json_number(out, value);
}

}  // namespace

EventWriter::EventWriter(Output output, Sink sink) : output_(output), sink_(std::move(sink)) {
  if (output_ == Output::csv) {
    out_.literal(
        "time,rss_mb,vms_mb,container_mb,system_available_mb,system_free_percent,system_used_percent,task,event,process,context,metrics,"
        "delta_mb,peak_mb,process_percent,alert,path,line\n");
  }
  if (output_ == Output::json) out_.literal("{\"schema\":\"memlog.events/1\",\"events\":[");
}

std::string EventWriter::escaped(std::string_view text) const {
  std::string out;
  if (output_ == Output::csv) append_csv(out, text);
  else if (text.empty()) out = "null";
  else append_json_string(out, text);
  return out;
}

std::string_view EventWriter::name(NameId name, const RunNames& names) {
  if (name == kNoName) return output_ == Output::csv ? std::string_view{} : "null";
  if (name >= names_.size()) names_.resize(name + 1);
  if (names_[name].empty()) names_[name] = escaped(names.names.text(name));
  return names_[name];
}

// What is written as the log is read cannot know what follows: the short name goes to the container that shows it first,
// others of that name carry theirs. So a process has one name from its first record to its last, however the log is cut.
std::string_view EventWriter::process(ProcessId id, const ProcessTable& processes) {
  if (id >= processes_.size()) processes_.resize(id + std::size_t{1});
  std::string& name = processes_[id];
  if (name.empty() && processes.full_name(id).empty()) return output_ == Output::csv ? std::string_view{} : "null";
  if (name.empty()) {
    const auto [first, fresh] = first_of_name_.try_emplace(std::string(processes.name(id)), id);
    name = escaped(fresh || first->second == id ? processes.name(id) : processes.full_name(id));
  }
  return name;
}

std::string_view EventWriter::path(std::uint16_t input, const std::vector<InputSummary>& inputs) {
  if (input >= paths_.size()) paths_.resize(input + std::size_t{1});
  if (paths_[input].empty()) {
    append_path(paths_[input], inputs[input].path);
  }
  return paths_[input];
}

void EventWriter::append_path(std::string& out, std::string_view path) const {
  if (output_ == Output::csv) append_csv(out, path);
  else append_json_string(out, path);
}

// What the system has free and in use. Of numbers with one decimal the other one is known without rounding.
void EventWriter::percents(double free, std::string_view between) {
  std::uint32_t tenths = 0;
  if (as_tenths(free, tenths) && !std::signbit(free) && tenths <= 1000) {
    out_.tenths(tenths);
    out_.put(between);
    out_.tenths(1000 - tenths);
    return;
  }
  number(rounded4(free));
  out_.put(between);
  number(rounded4(100.0 - free));
}

// A missing number is nothing in CSV.
void EventWriter::number(double value) {
  if (output_ != Output::csv || is_known(value)) out_.number(value);
}

void EventWriter::append_json(const Event& event, const Slice& slice) {
  out_.literal("{\"time\":");
  if (event.time.known()) {
    out_.put('"');
    out_.time(event.time);
    out_.put('"');
  } else {
    out_.literal("null");
  }
  out_.literal(",\"rss_mb\":");
  out_.number(event.rss_mb);
  out_.literal(",\"vms_mb\":");
  out_.number(event.vms_mb);
  out_.literal(",\"container_mb\":");
  out_.number(event.container_mb);
  out_.literal(",\"system_available_mb\":");
  out_.number(event.available_mb);
  out_.literal(",\"system_free_percent\":");
  percents(event.free_percent, ",\"system_used_percent\":");
  out_.literal(",\"task\":");
  out_.put(name(event.task, slice.names));
  out_.literal(",\"event\":\"");
  out_.put(to_string(event.kind));
  out_.literal("\",\"process\":");
  out_.put(process(event.process, slice.names.processes));
  out_.literal(",\"context\":");
  if (const std::string_view context = slice.batch.context_of(event); !context.empty()) out_.json_string(context);
  else out_.literal("null");
  out_.literal(",\"metrics\":{");
  for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
    const Metric& metric = slice.batch.metrics[event.metrics_begin + i];
    if (i > 0) out_.put(',');
    out_.put(name(metric.name, slice.names));
    out_.put(':');
    // A counter: a whole number where it is one.
    if (is_whole(metric.value)) out_.integer(static_cast<std::uint64_t>(metric.value));
    else out_.number(metric.value);
  }
  out_.literal("},\"delta_mb\":");
  out_.number(event.delta_mb);
  out_.literal(",\"peak_mb\":");
  out_.number(event.peak_mb);
  out_.literal(",\"process_percent\":");
  out_.number(event.process_percent);
  if (event.alert == Alert::none) {
    out_.literal(",\"alert\":null");
  } else {
    out_.literal(",\"alert\":\"");
    out_.put(to_string(event.alert));
    out_.put('"');
  }
  out_.literal(",\"source\":{\"path\":");
  out_.put(path(event.input, slice.inputs));
  out_.literal(",\"line\":");
  out_.integer(event.line);
  out_.literal("}}");
}

void EventWriter::append_csv_line(const Event& event, const Slice& slice) {
  out_.time(event.time);
  for (const double value : {event.rss_mb, event.vms_mb, event.container_mb, event.available_mb}) {
    out_.put(',');
    number(value);
  }
  out_.put(',');
  percents(event.free_percent, ",");
  out_.put(',');
  out_.put(name(event.task, slice.names));
  out_.put(',');
  out_.put(to_string(event.kind));
  out_.put(',');
  out_.put(process(event.process, slice.names.processes));
  out_.put(',');
  if (const std::string_view context = slice.batch.context_of(event); !context.empty()) out_.put(escaped(context));
  out_.put(',');
  if (event.metrics_count > 0) {
    std::string metrics;
    for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
      const Metric& metric = slice.batch.metrics[event.metrics_begin + i];
      if (i > 0) metrics += ';';
      metrics += slice.names.names.text(metric.name);
      metrics += '=';
      append_counter(metrics, metric.value);
    }
    out_.put(escaped(metrics));
  }
  for (const double value : {event.delta_mb, event.peak_mb, event.process_percent}) {
    out_.put(',');
    number(value);
  }
  out_.put(',');
  out_.put(to_string(event.alert));
  out_.put(',');
  out_.put(path(event.input, slice.inputs));
  out_.put(',');
  out_.integer(event.line);
  out_.put('\n');
}

void EventWriter::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    if (!event.is(flag::kRecord | flag::kSelected)) continue;
    if (output_ == Output::csv) {
      append_csv_line(event, slice);
    } else {
      if (output_ == Output::json) out_.put(written_ > 0 ? std::string_view(",\n") : std::string_view("\n"));
      append_json(event, slice);
      if (output_ == Output::ndjson) out_.put('\n');
    }
    ++written_;
    if (out_.size() >= kFlushAt) flush();
  }
}

void EventWriter::flush() {
  sink_(out_.text());
  out_.clear();
}

void EventWriter::finish(const ReadResult& result) {
  if (output_ == Output::json) {
    out_.literal("\n],\"inputs\":");
    out_.put(render_value(inputs_value(result)));
    out_.literal("}\n");
  }
  flush();
}

}  // namespace memlog
