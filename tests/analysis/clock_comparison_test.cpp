#include "memlog/analysis/clock_comparison.h"

#include <doctest/doctest.h>

#include "support/crash_logs.h"

using namespace memlog;
using namespace memlog::test;

namespace {

std::vector<ClockComparison::Shift> shifts_of(const std::string& a, const std::string& b, std::size_t most = 40'000) {
  const TempDirectory directory;
  const std::vector<std::string> paths{directory.write("a.log", a), directory.write("b.log", b)};
  ClockComparison clocks(most);
  ReadResult result;
  read_events(list_inputs(paths), {}, result, [&](const Slice& slice) { clocks.fold(slice); });
  return clocks.shifts();
}

// Readings at uneven times whose values wander; `every` leaves some out.
std::string log_of(int n, long shift, int every = 1, int seed = 7) {
  std::string log;
  long at = 40'000;
  int value = 2000;
  unsigned state = static_cast<unsigned>(seed);
  for (int i = 0; i < n; ++i) {
    state = state * 1664525U + 1013904223U;
    at += 60 + static_cast<long>(state >> 25);
    value += static_cast<int>(state >> 20 & 63) - 31;
    if (i % every == 0) log += reading(at + shift, "Idle", value / 10.0);
  }
  return log;
}

}  // namespace

TEST_CASE("clocks: readings that two logs tell at a constant distance show how their clocks differ") {
  for (const long shift : {3600L, -7 * 3600L, 437L, 19'800L}) {
    CAPTURE(shift);
    const auto shifts = shifts_of(log_of(200, 0), log_of(200, shift, 2));
    REQUIRE(shifts.size() == 1);
    CHECK(shifts[0].seconds == -shift);
    CHECK(shifts[0].pairs >= 90);
  }
}

TEST_CASE("clocks: logs that agree, or tell other readings, or too few, show nothing") {
  CHECK(shifts_of(log_of(200, 0), log_of(200, 0, 2)).empty());
  CHECK(shifts_of(log_of(200, 0), log_of(200, 1, 2)).empty());
  CHECK(shifts_of(log_of(200, 0), log_of(200, 3600, 1, 99)).empty());
  CHECK(shifts_of(log_of(4, 0), log_of(4, 3600)).empty());
  // Most of the second is not in the first.
  CHECK(shifts_of(log_of(200, 0), log_of(20, 3600) + log_of(300, 90'000, 1, 5)).empty());
}

TEST_CASE("clocks: a monitor that reads the same at every period pairs at every distance, which shows nothing") {
  std::string a, b;
  for (int i = 0; i < 300; ++i) {
    a += reading(40'000 + i * 120, "Idle", 230 + i % 50 * 0.1);
    b += reading(43'600 + i * 120, "Idle", 230 + i % 50 * 0.1);
  }
  CHECK(shifts_of(a, b).empty());
}

TEST_CASE("clocks: of many readings a sieve keeps the same values of both") {
  const auto shifts = shifts_of(log_of(3000, 0), log_of(3000, 3600), 1000);
  REQUIRE(shifts.size() == 1);
  CHECK(shifts[0].seconds == -3600);
}

TEST_CASE("clocks: files of one rotation have one clock, however alike their readings are") {
  // A program that is restarted and does the same thing again.
  const TempDirectory directory;
  const std::vector<std::string> paths{directory.write("bot.log.1", log_of(40, 0)), directory.write("bot.log", log_of(40, 40'000))};
  const std::vector<std::string> pieces{directory.write("part-1.log", log_of(40, 0)), directory.write("part-2.log", log_of(40, 40'000))};
  for (const auto& given : {paths, pieces}) {
    ClockComparison clocks;
    ReadResult result;
    read_events(list_inputs(given), {}, result, [&](const Slice& slice) { clocks.fold(slice); });
    CHECK(result.inputs.size() == 2);
    CHECK(clocks.shifts().empty());
  }
}
