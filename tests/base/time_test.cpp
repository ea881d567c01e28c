#include "memlog/base/time.h"

#include <doctest/doctest.h>

using namespace memlog;

namespace {

std::string again(std::string_view text, char separator = 'T') {
  std::string_view s = text;
  const auto time = take_timestamp(s);
  return time && s.empty() ? format_time(*time, separator) : "";
}

}  // namespace

TEST_CASE("time: what is read is printed as it was") {
  for (const std::string_view text : {"2025-11-16T08:30:00", "2025-10-27T00:00:00", "2024-02-29T23:59:59", "2025-11-16T08:30:00.123",
                                      "2025-11-16T08:30:00.123456789Z", "2025-11-16T08:30:00+02:00", "2025-11-16T08:30:00.5-05:30"}) {
    CAPTURE(text);
    CHECK(again(text) == text);
  }
  CHECK(again("2025-11-16 08:30:00,123", ' ') == "2025-11-16 08:30:00.123");
  CHECK(again("2025-11-16 08:30") == "2025-11-16T08:30:00");
}

TEST_CASE("time: what is no date or time is refused and left alone") {
  for (const std::string_view text : {"2025-13-01 00:00", "2025-00-10 00:00", "2025-11-32 00:00", "2025-11-16 24:00:00", "2025-11-16 08:60:00",
                                      "2025-11-16", "25-11-16 08:30", "2025/11/16 08:30", "2025-11-16_08:30", "", "2025-11-16 8:30"}) {
    CAPTURE(text);
    std::string_view s = text;
    CHECK_FALSE(take_timestamp(s));
    CHECK(s == text);
  }
}

TEST_CASE("time: a zone moves the instant and not the printed clock") {
  std::string_view a = "2025-11-16T08:30:00+02:00";
  std::string_view b = "2025-11-16T06:30:00Z";
  CHECK(take_timestamp(a)->ns == take_timestamp(b)->ns);
}

TEST_CASE("time: civil dates and day numbers are each other's inverse") {
  CHECK(days_from_civil(1970, 1, 1) == 0);
  CHECK(days_from_civil(2000, 3, 1) == 11017);
  for (std::int64_t days = -100'000; days < 100'000; days += 37) {
    const CivilDate date = civil_from_days(days);
    CHECK(days_from_civil(date.year, date.month, date.day) == days);
  }
}

TEST_CASE("time: a file's name may tell its date") {
  const auto day = days_from_civil(2025, 11, 16);
  CHECK(date_in_name("memory_20251116.log") == day);
  CHECK(date_in_name("bot-2025-11-16.log.gz") == day);
  CHECK(date_in_name("20251116") == day);
  CHECK_FALSE(date_in_name("memory.log"));
  CHECK_FALSE(date_in_name("build_123456789.log"));
  CHECK_FALSE(date_in_name("memory_20251399.log"));
}

TEST_CASE("time: durations are read as people write them") {
  CHECK(parse_duration("2h") == 7200.0);
  CHECK(parse_duration("90m") == 5400.0);
  CHECK(parse_duration("45s") == 45.0);
  CHECK(parse_duration("1.5d") == 129600.0);
  CHECK(parse_duration("2h30m") == 9000.0);
  for (const std::string_view bad : {"", "2", "h", "-2h", "2 weeks", "2h!"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad));
  }
}

TEST_CASE("time: durations are told with two units at most") {
  CHECK(format_duration(0) == "0s");
  CHECK(format_duration(45) == "45s");
  CHECK(format_duration(159) == "2m 39s");
  CHECK(format_duration(7500) == "2h 5m");
  CHECK(format_duration(3600) == "1h");
  CHECK(format_duration(86400 * 3 + 4 * 3600 + 59) == "3d 4h");
  CHECK(format_duration(-90) == "-1m 30s");
  CHECK(format_duration(kNanosPerSecond * 1e30) != "");
}

TEST_CASE("time: an unknown time prints as nothing, a time of day without a date") {
  CHECK(format_time({}) == "");
  Timestamp time;
  time.ns = 8 * 3600 * kNanosPerSecond;
  time.dated = false;
  CHECK(format_time(time) == "08:00:00");
}

TEST_CASE("time: where a log counts days, people see the day") {
  Timestamp time;
  time.ns = 2 * kNanosPerDay + 7 * 3600 * kNanosPerSecond;
  time.dated = false;
  CHECK(format_time(time, ' ') == "day 2 07:00:00");
  CHECK(format_time(time, 'T') == "07:00:00");
  time.ns = 7 * 3600 * kNanosPerSecond;
  CHECK(format_time(time, ' ') == "07:00:00");
}

TEST_CASE("time: seconds of a time are exact where it is whole, before 1970 and far behind it as well") {
  for (const std::int64_t second : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{-86'400'000}, std::int64_t{1'763'282'055}, std::int64_t{9'000'000'001}}) {
    CHECK(seconds_of(second * kNanosPerSecond) == static_cast<double>(second));
    CHECK(seconds_of(second * kNanosPerSecond + 500'000'000) == static_cast<double>(second) + 0.5);
  }
  CHECK(WholeSeconds(-1).whole == -1);
  CHECK(WholeSeconds(-1).seconds() == doctest::Approx(-1e-9));
}
