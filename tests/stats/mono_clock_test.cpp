#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "memlog/stats/mono_clock.h"

using namespace memlog::stats;

namespace {

std::vector<double> repaired(MonoClock& clock, const std::vector<double>& times) {
  std::vector<double> out;
  for (const double t : times) out.push_back(*clock.repair(t));
  return out;
}

}  // namespace

TEST_CASE("mono clock: steps forward are gaps and stay as they are") {
  MonoClock clock;
  CHECK(repaired(clock, {0, 300, 7500, 7800}) == std::vector<double>{0, 300, 7500, 7800});
  CHECK(clock.changes() == 0);
}

TEST_CASE("mono clock: up to 90 s back is disorder between writers") {
  MonoClock clock;
  CHECK(repaired(clock, {1000, 910, 1010, 920}) == std::vector<double>{1000, 910, 1010, 920});
  CHECK(clock.changes() == 0);
}

TEST_CASE("mono clock: the end of daylight saving time is exactly an hour") {
  MonoClock clock;
  // Readings every 5 minutes; after 6900 the clock shows 3600 and not 7200.
  CHECK(repaired(clock, {6300, 6600, 6900, 3600, 3900}) == std::vector<double>{6300, 6600, 6900, 7200, 7500});
  CHECK(clock.log_time(7200) == 3600);
  CHECK(clock.log_time(6900) == 6900);
  CHECK(clock.log_time(10000) == 6400);
}

TEST_CASE("mono clock: half an hour and two hours are usual steps too, also with a reading missing") {
  MonoClock half;
  CHECK(repaired(half, {0, 300, 600, -900}).back() == 900);
  MonoClock two;
  CHECK(repaired(two, {0, 300, 600, -6300}).back() == 900);
  MonoClock missing;
  CHECK(repaired(missing, {0, 300, 600, -2400}).back() == 1200);    // 3300 s back and 600 s passed
}

TEST_CASE("mono clock: any other change passes the median recent interval") {
  MonoClock clock;
  CHECK(repaired(clock, {0, 60, 120, 180, -9820, -9760}) == std::vector<double>{0, 60, 120, 180, 240, 300});
  CHECK(clock.log_time(300) == -9760);
}

TEST_CASE("mono clock: a usual step is not taken where it would leave time running backwards") {
  MonoClock clock;
  // Readings every two hours, so 3600 s would be near enough to 5 h.
  CHECK(repaired(clock, {0, 7200, 14400, -3600}).back() == 21600);
}

TEST_CASE("mono clock: the second reading may be the one that jumps") {
  MonoClock clock;
  CHECK(repaired(clock, {1000, 900}) == std::vector<double>{1000, 1000});
}

TEST_CASE("mono clock: what is not a time is refused, and leaves no trace") {
  MonoClock clock;
  CHECK(clock.repair(100).has_value());
  CHECK_FALSE(clock.repair(std::numeric_limits<double>::quiet_NaN()).has_value());
  CHECK_FALSE(clock.repair(std::numeric_limits<double>::infinity()).has_value());
  CHECK_FALSE(clock.repair(-1e300).has_value());
  CHECK(clock.repair(160) == 160);
}

TEST_CASE("mono clock: a clock torn back and forth stays within bounds") {
  MonoClock clock;
  double last = -1.0;
  int backwards = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto t = clock.repair(i % 2 == 0 ? 1e6 : 0.0);
    if (!t) continue;
    backwards += *t < last - kDisorderSeconds ? 1 : 0;
    last = *t;
  }
  CHECK(backwards == 0);
  CHECK(clock.changes() <= kMaxClockSteps);
  CHECK(std::isfinite(clock.log_time(last)));
}

TEST_CASE("mono clock: a row of times that go on leaves the clock as they do one by one") {
  for (const int rises : {1, 40, 98, 99, 100, 300}) {
    CAPTURE(rises);
    MonoClock single;
    MonoClock rows;
    double now = 5000;
    for (int i = 0; i < 150; ++i) {
      now += 10 + i % 7;
      for (MonoClock* clock : {&single, &rows}) clock->repair(now);
    }
    // A line of another writer: the row's first time is that of the newest, not of the last.
    for (MonoClock* clock : {&single, &rows}) clock->repair(now - 50);
    CHECK_FALSE(rows.goes_on(now - 1));
    REQUIRE(rows.goes_on(now));
    std::vector<double> row{now, now};
    for (int i = 0; i < rises; ++i) {
      now += 20 + i % 11;
      row.push_back(now);
      if (i % 5 == 0) row.push_back(now);
    }
    for (const double t : row) single.repair(t);
    rows.add_row(row.size(), [&](std::size_t i) { return row[i] + rows.offset(); });
    // What is left of the intervals shows in the median that a clock change adds, and so does their order later on.
    for (const double back : {40'000.0, 90'000.0, 170'000.0}) {
      CHECK(rows.repair(now - back) == single.repair(now - back));
      CHECK(rows.offset() == single.offset());
      for (int i = 1; i < 60; ++i) CHECK(rows.repair(now - back + i * 31) == single.repair(now - back + i * 31));
    }
  }
}

TEST_CASE("mono clock: a clock that has seen nothing, or is nearly out of bounds, goes on with no row") {
  MonoClock clock;
  CHECK_FALSE(clock.goes_on(100));
  CHECK(clock.repair(100).has_value());
  CHECK(clock.goes_on(100));
  CHECK_FALSE(clock.goes_on(99));
  CHECK_FALSE(clock.goes_on(9e12));
  CHECK_FALSE(clock.goes_on(std::numeric_limits<double>::quiet_NaN()));
}
