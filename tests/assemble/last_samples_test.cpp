#include "memlog/assemble/last_samples.h"

#include <doctest/doctest.h>

using namespace memlog;
using memlog::assemble::LastSamples;

namespace {

constexpr NameId kTask = 100;

Event reading(std::int64_t seconds, double rss_mb, EventKind kind = EventKind::sample, unsigned extra = 0) {
  Event event;
  event.kind = kind;
  event.time.ns = seconds * kNanosPerSecond;
  event.time.dated = true;
  event.rss_mb = rss_mb;
  event.task = kTask;
  event.flags = static_cast<std::uint16_t>(flag::kRecord | flag::kSample | extra);
  return event;
}

// Is `second` still a sample behind `first`?
bool counts(const Event& first, Event second) {
  LastSamples samples;
  samples.note(first);
  samples.settle(second);
  return second.is(flag::kSample);
}

}  // namespace

TEST_CASE("last_samples: a report that repeats the reading of the last ten minutes is no second one") {
  CHECK_FALSE(counts(reading(0, 100.5), reading(0, 100.5, EventKind::report)));
  CHECK_FALSE(counts(reading(0, 100.5), reading(600, 100.5, EventKind::report)));
  CHECK(counts(reading(0, 100.5), reading(601, 100.5, EventKind::report)));
  CHECK(counts(reading(0, 100.5), reading(10, 100.6, EventKind::report)));
  CHECK(counts(reading(10, 100.5), reading(0, 100.5, EventKind::report)));
}

TEST_CASE("last_samples: a warning repeats the reading of its task in the two seconds before it, and is then no record") {
  Event warning = reading(2, 100.5, EventKind::sample, flag::kRepeats);
  LastSamples samples;
  samples.note(reading(0, 100.5));
  samples.settle(warning);
  CHECK_FALSE(warning.is(flag::kSample));
  CHECK_FALSE(warning.is(flag::kRecord));

  CHECK(counts(reading(0, 100.5), reading(3, 100.5, EventKind::sample, flag::kRepeats)));
  Event other = reading(1, 100.5, EventKind::sample, flag::kRepeats);
  other.task = kTask + 1;
  CHECK(counts(reading(0, 100.5), other));
  other.task = kTask;
  other.own_hash = 1;  // one of many tasks of that number
  CHECK(counts(reading(0, 100.5), other));
  CHECK(counts(reading(0, 100.5), reading(1, 100.5)));  // an ordinary reading of the same size
}

TEST_CASE("last_samples: each process has its own, bare readings too") {
  LastSamples samples;
  BareReading bare;
  bare.ns = 0;
  bare.rss = 1005;
  bare.task = kTask;
  samples.note(7, bare, 0);
  Event report = reading(1, 100.5, EventKind::report);
  samples.settle(report);
  CHECK(report.is(flag::kSample));
  report = reading(1, 100.5, EventKind::report);
  report.process = 7;
  samples.settle(report);
  CHECK_FALSE(report.is(flag::kSample));
}
