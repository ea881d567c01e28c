#include "memlog/assemble/copies.h"

#include <doctest/doctest.h>

using namespace memlog;

namespace {

Event reading(std::int64_t second, double rss_mb) {
  Event event;
  event.time.ns = second * kNanosPerSecond;
  event.time.dated = true;
  event.rss_mb = rss_mb;
  event.flags = flag::kRecord | flag::kSample;
  return event;
}

}  // namespace

TEST_CASE("copies: what another log tells as well is a copy, what one log tells twice is not") {
  CopyFilter copies;
  EventBatch batch;
  CHECK(!copies.repeats(reading(1, 10), batch, 0));
  CHECK(!copies.repeats(reading(1, 10), batch, 0));
  Event other = reading(1, 10);
  other.input = 7;
  CHECK(copies.repeats(other, batch, 1) == 0);
  CHECK(copies.repeats(other, batch, 1) == 0);
  CHECK(!copies.repeats(other, batch, 1));  // the third one: no log had three
  CHECK(copies.repeats(reading(1, 10), batch, 2));
  CHECK(copies.repeats(reading(1, 10), batch, 0) == 0);
}

TEST_CASE("copies: events that differ in anything are two") {
  EventBatch batch;
  const auto differs = [&](auto change) {
    CopyFilter copies;
    Event event = reading(1, 10);
    CHECK(!copies.repeats(event, batch, 0));
    CHECK(copies.repeats(event, batch, 1));
    change(event);
    CHECK(!copies.repeats(event, batch, 2));
  };
  differs([](Event& event) { event.time.ns += 1; });
  differs([](Event& event) { event.rss_mb = 10.1; });
  differs([](Event& event) { event.rss_mb = kMissing; });
  differs([](Event& event) { event.vms_mb = 1; });
  differs([](Event& event) { event.available_mb = 0; });
  differs([](Event& event) { event.kind = EventKind::task_start; });
  differs([](Event& event) { event.task = 1; });
  differs([](Event& event) { event.process = 1; });
  differs([](Event& event) { event.host = 1; });
  differs([&](Event& event) { event.context = batch.add_text("user 1"); });
  differs([&](Event& event) { batch.add_metric(event, name::kPid, 5); });
}

TEST_CASE("copies: without a date nothing is a copy, since it may be of another day") {
  CopyFilter copies;
  EventBatch batch;
  Event event = reading(30'600, 10);
  event.time.dated = false;
  CHECK(!copies.repeats(event, batch, 0));
  CHECK(!copies.repeats(event, batch, 1));
}

TEST_CASE("copies: the last ones are remembered, in bounded memory") {
  CopyFilter copies;
  EventBatch batch;
  const auto many = static_cast<std::int64_t>(CopyFilter::kRemembered);
  for (std::int64_t i = 0; i < 10 * many; ++i) CHECK_MESSAGE(!copies.repeats(reading(i, 10), batch, 0), i);
  CHECK(copies.repeats(reading(10 * many - many / 4, 10), batch, 1));
  CHECK(!copies.repeats(reading(5, 10), batch, 1));
}
