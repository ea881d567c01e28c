#include "memlog/analysis/told_window.h"

#include <doctest/doctest.h>

#include "memlog/analysis/time_index.h"
#include "memlog/report/render.h"

using namespace memlog;

namespace {

constexpr std::int64_t kDay = 86'400 * kNanosPerSecond;

ToldWindow window_of(std::size_t day) {
  ToldWindow told;
  told.windowed = true;
  told.from_ns = static_cast<std::int64_t>(day) * kDay;
  told.to_ns = told.from_ns + kDay;
  told.early = true;
  told.fields = {{"day", static_cast<std::uint64_t>(day)}, {"limit_mb", Value()}, {"limit_source", Value()}, {"zones_of", Value()}, {"tasks", Value::List{Value::Object{{"task", "T"}}}}, {"leaks", Value::List{}}};
  told.usage = {Paragraph{"day " + std::to_string(day)}};
  told.advice.tasks = told.fields[4].second;
  told.gc = "gc";
  told.times = ZoneTimes(limit_zones({100.0, "system"}));
  told.times.keep();
  told.times.hold_rss(500, kNanosPerSecond);
  told.advice.limit = {100.0, "system"};
  told.advice.samples = day + 1;
  CounterLimits::Counter& counter = told.advice.counters.emplace_back();
  counter.name = "queue";
  counter.line = day;
  return told;
}

Held second_at(double mb) {
  Held held;
  held.ns = kNanosPerSecond;
  held.rss_mb = mb;
  return held;
}

double seconds_in(const ToldWindow& told, std::size_t zone) { return as_number(as_list(told.times.value())[zone]["seconds"]); }

}  // namespace

TEST_CASE("told windows: years of days are not held") {
  ToldWindows windows;
  for (std::size_t day = 0; day < 2000; ++day) {
    windows.add(window_of(day));
    CHECK(windows.in_memory() <= ToldWindows::kLate);
  }
  CHECK(windows.size() == 2000);
  for (const std::size_t day : {0, 1, 700, 1935, 1936, 1999}) {
    CAPTURE(day);
    const ToldWindow told = windows.window(day);
    CHECK(told.from_ns == windows.from_ns(day));
    CHECK(told.to_ns == told.from_ns + kDay);
    CHECK(told.windowed);
    CHECK(told.early);
    CHECK(as_number(told.fields[0].second) == static_cast<double>(day));
    CHECK(std::get<Paragraph>(told.usage.at(0)).text == "day " + std::to_string(day));
    CHECK(told.gc == "gc");
    CHECK(told.advice.limit.source == "system");
    CHECK(told.advice.samples == day + 1);
    CHECK(told.advice.counters.at(0).name == "queue");
    CHECK(told.advice.counters.at(0).line == day);
    CHECK(render_value(told.advice.tasks) == "[{\"task\":\"T\"}]");
    CHECK(seconds_in(told, 0) == 1);
  }
  CHECK(windows.first_from(5 * kDay) == 5);
  CHECK(windows.first_from(5 * kDay + 1) == 6);
  CHECK(windows.first_from(5000 * kDay) == 2000);
}

TEST_CASE("told windows: time still comes to a window that is not held any more, in all its steps") {
  ToldWindows windows;
  for (std::size_t day = 0; day < 200; ++day) windows.add(window_of(day));
  // More windows than time is added to at once, over and over, each time with heights that were not there before.
  for (int round = 0; round < 50; ++round) {
    for (std::size_t day = 0; day < 2 * ToldWindows::kLate; ++day) {
      windows.hold(day, second_at(50.1 + 0.1 * round));
      windows.hold(day, second_at(99.0));
    }
    CHECK(windows.in_memory() <= ToldWindows::kLate);
  }
  windows.hold(199, second_at(99.0));
  for (std::size_t day = 0; day < 2 * ToldWindows::kLate; ++day) {
    ToldWindow told = windows.window(day);
    CHECK(seconds_in(told, 0) == 51);
    CHECK(seconds_in(told, 3) == 50);
    // About half the limit: what was below is above it now, as every step was kept.
    told.set_limit({51.5, "log"}, limit_zones({51.5, "log"}));
    CHECK(seconds_in(told, 3) == 101);
    CHECK(seconds_in(told, 0) == 0);
  }
  CHECK(seconds_in(windows.window(199), 3) == 1);
  CHECK(seconds_in(windows.window(100), 3) == 0);
}

TEST_CASE("time index: what happened in a window, in the order in which it was told") {
  const auto at = [](std::int64_t ns) {
    Timestamp time;
    time.ns = ns;
    return time;
  };
  const TimeIndex index({at(30), at(10), Timestamp{}, at(20), at(10), at(19)});
  CHECK(index.size() == 6);
  CHECK(index.within(10, 20) == std::vector<std::size_t>{1, 4, 5});
  CHECK(index.within(20, 31) == std::vector<std::size_t>{0, 3});
  CHECK(index.within(31, 100).empty());
  CHECK(TimeIndex().within(0, 10).empty());
}
