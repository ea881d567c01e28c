#include "memlog/assemble/clock.h"

#include <doctest/doctest.h>

#include "memlog/event/batch.h"
#include "memlog/event/part.h"

using namespace memlog;
using memlog::assemble::Clock;

namespace {

constexpr std::int64_t kHour = 3600 * kNanosPerSecond;

Event at(std::int64_t ns, bool dated, EventKind kind = EventKind::sample) {
  Event event;
  event.kind = kind;
  event.time.ns = ns;
  event.time.dated = dated;
  return event;
}

std::int64_t day(std::int64_t year, unsigned month, unsigned of_month) { return days_from_civil(year, month, of_month) * kNanosPerDay; }

// The time that the clock makes of it.
std::int64_t settled(Clock& clock, Event event) {
  clock.settle(event);
  CHECK(event.time.dated);
  return event.time.ns;
}

}  // namespace

TEST_CASE("clock: times of day take the date of the file's name and go on past midnight") {
  const std::int64_t date = days_from_civil(2025, 10, 7);
  Clock clock(date, {});
  CHECK(settled(clock, at(23 * kHour, false)) == day(2025, 10, 7) + 23 * kHour);
  CHECK(settled(clock, at(22 * kHour, false)) == day(2025, 10, 7) + 22 * kHour);  // set back, not a day on
  CHECK(settled(clock, at(1 * kHour, false)) == day(2025, 10, 8) + 1 * kHour);
  clock.next_file(date + 1, {});
  CHECK(settled(clock, at(2 * kHour, false)) == day(2025, 10, 8) + 2 * kHour);
  CHECK(clock.last_time() == day(2025, 10, 8) + 2 * kHour);
}

TEST_CASE("clock: a file without a date in its name goes on where the one before it ended") {
  Clock clock(days_from_civil(2025, 10, 7), {});
  CHECK(settled(clock, at(23 * kHour, false)) == day(2025, 10, 7) + 23 * kHour);
  clock.next_file({}, {});
  CHECK(settled(clock, at(1 * kHour, false)) == day(2025, 10, 8) + 1 * kHour);
}

TEST_CASE("clock: without any date a time of day stays one") {
  Clock clock({}, {});
  Event event = at(5 * kHour, false);
  clock.settle(event);
  CHECK_FALSE(event.time.dated);
  CHECK(clock.last_time() == Timestamp::kNone);
}

TEST_CASE("clock: a date without a year is the nearest to the last full date, else before the last writing") {
  const auto yearless = [](unsigned month, unsigned of_month) {
    Event event = at(day(1970, month, of_month), false);
    event.time.yearless = true;
    return event;
  };
  Clock near({}, {});
  settled(near, at(day(2025, 12, 31), true));
  CHECK(settled(near, yearless(1, 1)) == day(2026, 1, 1));
  CHECK(settled(near, yearless(12, 30)) == day(2025, 12, 30));
  Clock written({}, days_from_civil(2026, 2, 1));
  CHECK(settled(written, yearless(11, 16)) == day(2025, 11, 16));
  Clock same_year({}, days_from_civil(2026, 2, 1));
  CHECK(settled(same_year, yearless(2, 2)) == day(2026, 2, 2));  // a day late: another zone
}

TEST_CASE("clock: a platform's time of day beside dated lines is the moment nearest to the last of them") {
  Clock clock({}, {});
  settled(clock, at(day(2025, 10, 7) + 23 * kHour, true));
  CHECK(settled(clock, at(1 * kHour, false, EventKind::kill_hint)) == day(2025, 10, 8) + 1 * kHour);
  CHECK(settled(clock, at(23 * kHour, false, EventKind::kill_hint)) == day(2025, 10, 7) + 23 * kHour);
}

TEST_CASE("clock: where the application writes times, a part of a record loses the platform's, an operation tells no last time") {
  Clock clock({}, {});
  Event part = at(day(2025, 10, 7), true, EventKind::part);
  part.flags = flag::kPlatformTime;
  Event before = part;
  clock.settle(before);
  CHECK(before.time.known());
  CHECK_FALSE(clock.application_writes_times(0));
  settled(clock, at(day(2025, 10, 7) + kHour, true));
  CHECK(clock.application_writes_times(0));
  clock.settle(part);
  CHECK_FALSE(part.time.known());
  CHECK_FALSE(part.is(flag::kPlatformTime));
  settled(clock, at(day(2025, 10, 7) + 2 * kHour, true, EventKind::operation));
  CHECK(clock.last_time() == day(2025, 10, 7) + kHour);
}

TEST_CASE("clock: a time alone is no proof that the application writes times") {
  Clock clock({}, {});
  Event alone = at(day(2025, 10, 7), true, EventKind::part);
  alone.part = static_cast<std::uint8_t>(Part::time_line);
  clock.settle(alone);
  CHECK(alone.time.known());
  CHECK_FALSE(clock.application_writes_times(0));
  CHECK(clock.last_time() == day(2025, 10, 7));
}

TEST_CASE("clock: where the application writes times, the kernel's lines keep the platform's") {
  Clock clock({}, {});
  settled(clock, at(day(2025, 10, 7), true));
  for (const Part kind : {Part::oom_invoked, Part::oom_killed, Part::oom_detail}) {
    Event part = at(day(2025, 10, 7) + kHour, true, EventKind::part);
    part.flags = flag::kPlatformTime;
    part.part = static_cast<std::uint8_t>(kind);
    clock.settle(part);
    CHECK(part.time.known());
    CHECK(part.is(flag::kPlatformTime));
  }
}

TEST_CASE("clock: what the log says of its end decides the year, not the file's last writing") {
  Event event = at(day(1970, 11, 16), false);
  event.time.yearless = true;
  Clock clock({}, days_from_civil(2026, 11, 22));
  clock.ends_by(days_from_civil(2024, 11, 16));
  CHECK(settled(clock, event) == day(2024, 11, 16));
  Event december = at(day(1970, 12, 30), false);
  december.time.yearless = true;
  clock.ends_by(days_from_civil(2024, 11, 16));
  CHECK(settled(clock, december) == day(2023, 12, 30));
}
