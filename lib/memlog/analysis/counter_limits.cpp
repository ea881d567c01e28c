#include "memlog/analysis/counter_limits.h"

#include <algorithm>

#include "memlog/analysis/crash.h"
#include "memlog/analysis/record.h"

namespace memlog {

namespace {

constexpr std::string_view kDeque = "deque.";
constexpr std::string_view kDequeLimit = "deque_limit.";

std::string_view to_string(CounterLimits::State state) {
  switch (state) {
    case CounterLimits::State::ok: return "ok";
    case CounterLimits::State::exceeded: return "exceeded";
    case CounterLimits::State::no_limit: return "no_limit";
    case CounterLimits::State::unjudged: return "unjudged";
  }
  return "unjudged";
}

}  // namespace

void CounterLimits::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    if (!event.is(flag::kRecord | flag::kSelected)) continue;
    for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
      const Metric& metric = slice.batch.metrics[event.metrics_begin + i];
      if (!is_known(metric.value)) continue;
      if (metric.name >= tracks_.size()) tracks_.resize(metric.name + 1);
      Track& track = tracks_[metric.name];
      track.seen = true;
      track.last = metric.value;
      if (track.max >= metric.value) continue;
      track.max = metric.value;
      track.max_at = event.time;
      track.input = event.input;
      track.line = event.line;
    }
  }
}

std::vector<CounterLimits::Counter> CounterLimits::counters(const RunNames& names, bool all) const {
  const crash::Thresholds thresholds;
  std::vector<Counter> found;
  for (NameId id = 1; id < tracks_.size(); ++id) {
    const Track& track = tracks_[id];
    if (!track.seen) continue;
    const std::string_view name = names.names.text(id);
    if (name.starts_with(kDequeLimit)) continue;
    Counter counter{std::string(name), false, track.last, track.max, kMissing, State::unjudged, track.max_at, track.input, track.line};
    if (name.starts_with(kDeque)) {
      counter.deque = true;
      counter.name = name.substr(kDeque.size());
      const NameId limit = names.names.find(std::string(kDequeLimit) + counter.name);
      if (limit != kNoName && limit < tracks_.size()) counter.limit = tracks_[limit].last;
      // A maximum of 0 is how the monitor prints none.
      if (counter.limit == 0) counter.limit = kMissing;
      counter.state = !is_known(counter.limit) ? State::no_limit : counter.max > counter.limit ? State::exceeded : State::ok;
    } else if (const double most = thresholds.of_counter(counter.name); is_known(most)) {
      counter.limit = most;
      counter.state = counter.max > counter.limit ? State::exceeded : State::ok;
    } else if (!all) {
      continue;
    }
    found.push_back(std::move(counter));
  }
  // What is wrong is read first.
  std::stable_sort(found.begin(), found.end(), [](const Counter& a, const Counter& b) {
    const auto rank = [](const Counter& c) { return c.state == State::exceeded ? 0 : c.state == State::no_limit ? 1 : 2; };
    return rank(a) < rank(b);
  });
  return found;
}

Value CounterLimits::value_of(const Counter& counter, const ReadResult& result) {
  return Value::Object{{"counter", counter.name},    {"kind", counter.deque ? "deque" : "counter"}, {"last", counter.last}, {"max", counter.max},
                       {"max_at", Value(counter.max_at)}, {"limit", counter.limit},                      {"state", to_string(counter.state)},
                       {"source", source_of(counter.input, counter.line, result.inputs)}};
}

Table CounterLimits::table_of(const std::vector<Counter>& counters, const ReadResult& result) {
  Table table;
  table.columns = {{.heading = "COUNTER", .flexible = true, .name = true}, {.heading = "LAST", .right = true, .decimals = 0, .drop = 1}, {"MAX", true, 0}, {"LIMIT", true, 0}, {"STATE"}, {.heading = "MAX AT", .drop = 2}, {.heading = "SOURCE", .flexible = true, .keep_end = true}};
  for (const Counter& counter : counters) {
    const Tone tone = counter.state == State::exceeded ? Tone::bad : counter.state == State::no_limit ? Tone::warning : Tone::plain;
    table.rows.push_back({{counter.name},
                          {counter.last},
                          {counter.max},
                          {counter.limit},
                          {counter.state == State::no_limit ? std::string("no limit") : std::string(to_string(counter.state)), tone},
                          {counter.max_at.known() ? Value(format_time(counter.max_at, ' ')) : Value()},
                          {source_text(counter.input, counter.line, result.inputs)}});
  }
  return table;
}

}  // namespace memlog
