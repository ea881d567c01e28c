#include "memlog/analysis/events.h"

#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "memlog/report/render.h"

using namespace memlog;

namespace {

constexpr std::int64_t kMorning = 1763281800 * kNanosPerSecond;

std::string number(double value) {
  std::string text;
  if (is_known(value)) append_json_number(text, value);
  return text;
}

// The line of a reading, put together the long way.
std::string expected_csv(const Event& event, const std::string& task) {
  std::string line;
  append_time(line, event.time);
  for (const double value : {event.rss_mb, event.vms_mb, event.container_mb, event.available_mb, std::round(event.free_percent * 1e4) / 1e4,
                             std::round((100.0 - event.free_percent) * 1e4) / 1e4}) {
    line += ',' + number(value);
  }
  line += ',' + task + ",sample,,,," + number(event.delta_mb) + ',' + number(event.peak_mb) + ",,,bot.log," + std::to_string(event.line) + '\n';
  return line;
}

std::string without_header(const std::string& csv) { return csv.substr(csv.find('\n') + 1); }

// Writes readings of the one task.
std::string written(Output output, const std::vector<Event>& events, const std::string& task, const EventWriter::Room& room = {}) {
  EventBatch batch;
  RunNames names;
  std::vector<InputSummary> inputs(1);
  inputs[0].path = "bot.log";
  std::vector<Event> records = events;
  for (Event& event : records) {
    event.task = names.intern(task);
    event.flags = flag::kRecord | flag::kSample | flag::kSelected;
  }
  std::string out;
  EventWriter writer(output, [&](std::string_view piece) { out += piece; }, room);
  writer.fold({records, batch, names, inputs});
  writer.finish(ReadResult());
  return out;
}

Event reading() {
  Event event;
  event.time.ns = kMorning;
  event.line = 17;
  event.rss_mb = 598.4;
  event.vms_mb = 812.7;
  event.available_mb = 725.3;
  event.free_percent = 35.6;
  return event;
}

}  // namespace

TEST_CASE("events: a line is the same whether its numbers are ordinary or not, in any place") {
  const double values[] = {0.0, 0.1, 9.9, 99.9, 100.0, 100.1, 999.9, 1000.0, 9999.9, 10'000.0, 123'456.7, 35.64, 0.05, -1.5, kMissing};
  for (const auto place : {&Event::rss_mb, &Event::vms_mb, &Event::container_mb, &Event::available_mb, &Event::free_percent, &Event::delta_mb, &Event::peak_mb}) {
    for (const double value : values) {
      Event event = reading();
      event.*place = value;
      CAPTURE(value);
      CHECK(without_header(written(Output::csv, {event}, "Idle")) == expected_csv(event, "Idle"));
    }
  }
}

TEST_CASE("events: times of other kinds among times of one hour") {
  std::vector<Event> events;
  std::string expected;
  for (const Timestamp& time : {Timestamp{kMorning}, Timestamp{kMorning + kNanosPerSecond}, Timestamp{}, Timestamp{kMorning + 1'500'000'000, Timestamp::kNoZone, 3},
                                Timestamp{kMorning, 120}, Timestamp{kMorning, Timestamp::kNoZone, 6}, Timestamp{3600, Timestamp::kNoZone, 0, false},
                                Timestamp{kMorning + 3600 * kNanosPerSecond}, Timestamp{kMorning}}) {
    Event event = reading();
    event.time = time;
    event.line = 8 + events.size();
    events.push_back(event);
    expected += expected_csv(event, "Idle");
  }
  CHECK(without_header(written(Output::csv, events, "Idle")) == expected);
}

TEST_CASE("events: names of any length, and none") {
  for (const std::size_t length : {0, 1, 15, 16, 31, 32, 33, 63, 64, 65, 200, 5000}) {
    const std::string task(length, 'x');
    const std::vector<Event> events(40, reading());
    std::string expected;
    for (const Event& event : events) expected += expected_csv(event, task);
    CAPTURE(length);
    CHECK(without_header(written(Output::csv, events, task)) == expected);
  }
}

TEST_CASE("events: JSON has null where something is missing, ordinary or not") {
  const std::string rest =
      ",\"event\":\"sample\",\"process\":null,\"context\":null,\"metrics\":{},\"delta_mb\":null,\"peak_mb\":null,\"process_percent\":null,\"alert\":null,"
      "\"source\":{\"path\":\"bot.log\",\"line\":17}}\n";
  Event event = reading();
  const std::string time = "{\"time\":\"2025-11-16T08:30:00\",\"rss_mb\":";
  CHECK(written(Output::ndjson, {event, event}, "Idle").ends_with(
      time + "598.4,\"vms_mb\":812.7,\"container_mb\":null,\"system_available_mb\":725.3,\"system_free_percent\":35.6,\"system_used_percent\":64.4,\"task\":\"Idle\"" + rest));
  event.vms_mb = event.available_mb = event.free_percent = kMissing;
  event.container_mb = 64.0;
  CHECK(written(Output::ndjson, {event, event}, "").ends_with(
      time + "598.4,\"vms_mb\":null,\"container_mb\":64.0,\"system_available_mb\":null,\"system_free_percent\":null,\"system_used_percent\":null,\"task\":null" + rest));
  event.rss_mb = 598.45;
  CHECK(written(Output::ndjson, {event, event}, "").ends_with(
      time + "598.45,\"vms_mb\":null,\"container_mb\":64.0,\"system_available_mb\":null,\"system_free_percent\":null,\"system_used_percent\":null,\"task\":null" + rest));
}

TEST_CASE("events: written into lent room of any size they are the same") {
  std::vector<Event> events;
  for (std::size_t i = 0; i < 9000; ++i) {
    Event event = reading();
    event.time.ns += static_cast<std::int64_t>(i) * kNanosPerSecond;
    event.line = i;
    if (i % 100 == 99) event.rss_mb = 35.64;
    events.push_back(event);
  }
  for (const std::size_t length : {4, 9000}) {
    const std::string task(length, 'x');
    const std::string expected = written(Output::ndjson, events, task);
    for (const std::size_t size : {1, 100, 5000, 20'000, 70'000, 3'000'000}) {
      std::vector<char> room(size);
      int lent = 0;
      const std::string got = written(Output::ndjson, events, task, [&] {
        ++lent;
        // Not always: a pipe may have no more.
        return lent % 5 == 0 ? std::span<char>() : std::span<char>(room);
      });
      CAPTURE(size);
      CHECK(lent > 1);
      CHECK((got == expected));
    }
  }
}
