#include "memlog/analysis/events.h"

#include <algorithm>
#include <cmath>

#include "memlog/analysis/reading_text.h"

namespace memlog {

using namespace reading_text;

namespace {

// A reader that keeps up sleeps after each piece: smaller ones cost more in waking it up.
constexpr std::size_t kFlushAt = 256 << 10;
// What an ordinary line needs. Where another one is as long as that, lent room is left, which costs a copy.
constexpr std::size_t kSpare = 4096;
// In lent room, which need not stay in a core's cache: the half of a huge page.
constexpr std::size_t kFlushLentAt = (1 << 20) - kSpare;

// Two lines of one JSON document.
constexpr std::string_view kBetween = ",\n";

// A reading that tells nothing but numbers of its process and of the system.
bool is_plain(const Event& event) {
  return event.context == kNoText && event.metrics_count == 0 && event.alert == Alert::none && !is_known(event.delta_mb) && !is_known(event.peak_mb) &&
         !is_known(event.process_percent);
}

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

EventWriter::EventWriter(Output output, Sink sink, Room room)
    : output_(output),
      sink_(std::move(sink)),
      room_(std::move(room)),
      lines_(output == Output::json ? kBetween : "", output == Output::csv ? "\n" : output == Output::json ? "}}" : "}}\n"),
      flush_at_(kFlushAt) {
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
  if (name >= names_.size()) names_.resize(name + 1);
  // None is empty text, which is escaped as what it is here.
  if (names_[name].empty()) names_[name] = padded(escaped(name == kNoName ? std::string_view{} : names.names.text(name)));
  return without_padding(names_[name]);
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

// A missing number is nothing in CSV.
template <bool kJson>
void EventWriter::number(double value) {
  if (is_known(value)) out_.number(value);
  else if constexpr (kJson) out_.literal("null");
}

// What stands before a value: its key in JSON, a comma in CSV. Both have the same values in the same order.
template <bool kJson, std::size_t N>
void EventWriter::key(const char (&json)[N]) {
  if constexpr (kJson) out_.literal(json);
  else out_.put(',');
}

// What the system has free and in use. Of numbers with one decimal the other one is known without rounding.
template <bool kJson>
void EventWriter::percents(double free) {
  std::uint32_t tenths = 0;
  const bool exact = as_tenths(free, tenths) && !std::signbit(free) && tenths <= 1000;
  if (exact) out_.tenths(tenths);
  else number<kJson>(rounded4(free));
  key<kJson>(",\"system_used_percent\":");
  places_.numbers[RowTexts::used] = out_.size();
  if (exact) out_.tenths(1000 - tenths);
  else number<kJson>(rounded4(100.0 - free));
}

// A word of ours, which needs no escapes; none is null.
template <bool kJson>
void EventWriter::word(std::string_view text) {
  if constexpr (kJson) {
    if (text.empty()) return out_.literal("null");
    out_.put('"');
    out_.put(text);
    out_.put('"');
  } else {
    out_.put(text);
  }
}

template <bool kJson>
void EventWriter::metrics(const Event& event, const Slice& slice) {
  // In CSV they are one field, which is escaped as a whole.
  std::string field;
  for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
    const Metric& metric = slice.batch.metrics[event.metrics_begin + i];
    if constexpr (kJson) {
      if (i > 0) out_.put(',');
      out_.put(name(metric.name, slice.names));
      out_.put(':');
      // A counter: a whole number where it is one.
      if (is_whole(metric.value)) out_.integer(static_cast<std::uint64_t>(metric.value));
      else out_.number(metric.value);
    } else {
      if (i > 0) field += ';';
      field += slice.names.names.text(metric.name);
      field += '=';
      append_counter(field, metric.value);
    }
  }
  if constexpr (!kJson) {
    if (event.metrics_count > 0) out_.put(escaped(field));
  }
}

template <bool kJson>
bool EventWriter::quick_numbers(const Timestamp& time, const FourTenths& four, double container_mb) {
  if (!has_quick_free(four)) return false;
  char* p = put_own<kJson>(out_.begin(kNumbersRoom), out_.hour(), time, four);
  if (p == nullptr) return false;
  if (is_known(container_mb)) {
    out_.end(p);
    out_.number(container_mb);
    p = out_.begin(kNumbersRoom);
  } else if constexpr (kJson) {
    p = copy(p, "null");
  }
  out_.end(put_systems<kJson>(p, four));
  return true;
}

template <bool kJson>
void EventWriter::numbers(const Event& event) {
  if constexpr (kJson) {
    out_.literal("{\"time\":");
    if (event.time.known()) out_.put('"');
    else out_.literal("null");
  }
  places_.time = out_.size();
  out_.time(event.time);
  if (kJson && event.time.known()) out_.put('"');
  key<kJson>(",\"rss_mb\":");
  places_.numbers[RowTexts::rss] = out_.size();
  number<kJson>(event.rss_mb);
  key<kJson>(",\"vms_mb\":");
  places_.numbers[RowTexts::vms] = out_.size();
  number<kJson>(event.vms_mb);
  key<kJson>(",\"container_mb\":");
  number<kJson>(event.container_mb);
  key<kJson>(",\"system_available_mb\":");
  places_.numbers[RowTexts::available] = out_.size();
  number<kJson>(event.available_mb);
  key<kJson>(",\"system_free_percent\":");
  places_.numbers[RowTexts::free] = out_.size();
  percents<kJson>(event.free_percent);
  key<kJson>(",\"task\":");
}

template <bool kJson>
void EventWriter::append(const Event& event, const Slice& slice) {
  FourTenths four;
  const bool quick = four.read(event.rss_mb, event.vms_mb, event.available_mb, event.free_percent) && quick_numbers<kJson>(event.time, four, event.container_mb);
  if (!quick) numbers<kJson>(event);
  if (event.own_name != kNoText) own_name_ = padded(escaped(slice.task_of(event)));
  const std::string_view task = event.own_name != kNoText ? without_padding(own_name_) : name(event.task, slice.names);
  if (!is_plain(event)) {
    out_.put(task);
    rest<kJson>(event, slice);
    out_.integer(event.line);
  } else {
    append_plain(task, plain_rest<kJson>(event.kind, event.process, event.input, slice), event.line);
  }
  end_line<kJson>();
}

template <bool kJson>
void EventWriter::append_row(const ReadingRow& row, const Slice& slice) {
  lines_.begin(row, slice.batch.line_offset + row.line(0), slice.names.other);
  for (std::size_t i = 0; i < row.size();) {
    i = lines_.write(out_, i, flush_at_);
    if (out_.size() >= flush_at_) flush();
    else if (i < row.size()) append_reading<kJson>(row, i++, slice);
  }
}

// Rows are of the first input.
template <bool kJson>
void EventWriter::append_reading(const ReadingRow& row, std::size_t i, const Slice& slice) {
  begin_line();
  const std::size_t begin = out_.size();
  const Event event = row.event(i);
  const std::uint64_t line = slice.batch.line_offset + event.line;
  // The next one of a number that is many tasks' has another name.
  const bool merged = slice.names.is_merged(event.task);
  const bool learns = lines_.wants(i);
  FourTenths four;
  const bool quick = !learns && four.read(event.rss_mb, event.vms_mb, event.available_mb, event.free_percent) && quick_numbers<kJson>(event.time, four, event.container_mb);
  if (!quick) numbers<kJson>(event);
  if (merged) own_name_ = padded(escaped(row.task_name(i)));
  const std::string_view task = merged ? without_padding(own_name_) : name(event.task, slice.names);
  const std::string_view rest = plain_rest<kJson>(event.kind, event.process, 0, slice);
  if (learns) {
    out_.put(task);
    out_.put(rest);
    lines_.learn(i, out_.text().substr(begin), places_.behind(begin));
    out_.integer(line);
  } else {
    append_plain(task, rest, line);
  }
  end_line<kJson>();
}

// Both texts have padding behind them.
void EventWriter::append_plain(std::string_view task, std::string_view rest, std::uint64_t line) {
  char* p = copy_padded<32>(out_.begin(task.size() + rest.size() + 2 * kPadding + KeptTen::kRoom), task);
  p = copy_padded<kPadding>(p, rest);
  char* const behind = out_.ten().put(p, line);
  out_.end(behind != nullptr ? behind : p);
  if (behind == nullptr) out_.integer(line);
}

// rest() of a plain reading, padded. It is made where the text is to stand and taken away again.
template <bool kJson>
std::string_view EventWriter::plain_rest(EventKind kind, ProcessId process, std::uint16_t input, const Slice& slice) {
  Rest& same = rests_[(process * 8 + input * 3 + static_cast<std::size_t>(kind)) % kRests];
  if (same.text.empty() || same.kind != kind || same.process != process || same.input != input) {
    const std::size_t before = out_.size();
    Event like;
    like.kind = kind;
    like.process = process;
    like.input = input;
    rest<kJson>(like, slice);
    same = {kind, process, input, padded(std::string(out_.text().substr(before)))};
    out_.end(out_.text().data() + before);
  }
  return without_padding(same.text);
}

// From the event's kind up to the number of its line.
template <bool kJson>
void EventWriter::rest(const Event& event, const Slice& slice) {
  key<kJson>(",\"event\":");
  word<kJson>(to_string(event.kind));
  key<kJson>(",\"process\":");
  out_.put(process(event.process, slice.names.processes));
  key<kJson>(",\"context\":");
  const std::string_view context = slice.batch.context_of(event);
  if (!kJson) out_.put(escaped(context));
  else if (context.empty()) out_.literal("null");
  else out_.json_string(context);
  key<kJson>(",\"metrics\":{");
  metrics<kJson>(event, slice);
  key<kJson>("},\"delta_mb\":");
  number<kJson>(event.delta_mb);
  key<kJson>(",\"peak_mb\":");
  number<kJson>(event.peak_mb);
  key<kJson>(",\"process_percent\":");
  number<kJson>(event.process_percent);
  key<kJson>(",\"alert\":");
  word<kJson>(to_string(event.alert));
  key<kJson>(",\"source\":{\"path\":");
  out_.put(path(event.input, slice.inputs));
  key<kJson>(",\"line\":");
}

void EventWriter::begin_line() {
  if (output_ == Output::json) out_.put(written_ > 0 ? kBetween : std::string_view("\n"));
}

template <bool kJson>
void EventWriter::end_line() {
  if constexpr (kJson) out_.literal("}}");
  if (output_ != Output::json) out_.put('\n');
  ++written_;
  if (out_.size() >= flush_at_) flush();
}

void EventWriter::fold(const Slice& slice) {
  if (slice.row != nullptr) {
    if (output_ == Output::csv) append_row<false>(*slice.row, slice);
    else append_row<true>(*slice.row, slice);
  }
  for (const Event& event : slice.events) {
    if (!event.is(flag::kRecord | flag::kSelected)) continue;
    begin_line();
    if (output_ == Output::csv) append<false>(event, slice);
    else append<true>(event, slice);
  }
}

void EventWriter::flush() {
  sink_(out_.text());
  const std::span<char> room = room_ ? room_() : std::span<char>{};
  out_.clear(room);
  flush_at_ = room.size() > 2 * kSpare ? std::min(kFlushLentAt, room.size() - kSpare) : kFlushAt;
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
