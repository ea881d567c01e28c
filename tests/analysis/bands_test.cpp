#include "memlog/analysis/bands.h"

#include <doctest/doctest.h>

using namespace memlog;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Run run_at(std::int64_t from_s, std::int64_t to_s, NameId task, ProcessId process = 0) {
  Run run;
  run.task = task;
  run.process = process;
  run.start.ns = from_s * kSecond;
  run.end.ns = to_s * kSecond;
  return run;
}

}  // namespace

TEST_CASE("bands: few runs stay as they are, in order") {
  Bands bands(10);
  bands.add(run_at(20, 30, 1));
  bands.add(run_at(0, 10, 2));
  REQUIRE(bands.sorted().size() == 2);
  CHECK(bands.sorted()[0].task == 2);
  CHECK(bands.merged() == 0);
}

TEST_CASE("bands: more runs than there is room for cover the whole period all the same") {
  Bands bands(600);
  // Two tasks in turn for a week, each a minute and each a little apart.
  constexpr int kRuns = 7 * 24 * 60 / 2;
  for (int i = 0; i < kRuns; ++i) bands.add(run_at(i * 120, i * 120 + 60 + (i % 2) * 30, static_cast<NameId>(1 + i % 2)));
  const std::vector<Run> strips = bands.sorted();
  CHECK(strips.size() <= 600);
  CHECK(strips.size() >= 150);
  CHECK(bands.merged() == kRuns - strips.size());
  CHECK(strips.front().start.ns == 0);
  CHECK(strips.back().end.ns == ((kRuns - 1) * 120 + 90) * kSecond);
  // A strip and the gap after it are minutes, not days.
  for (std::size_t i = 1; i < strips.size(); ++i) CHECK(strips[i].start.ns - strips[i - 1].end.ns <= 3600 * kSecond);
}

TEST_CASE("bands: neighbours of one task are one strip first, a long run of another task keeps its own") {
  Bands bands(3);
  for (int i = 0; i < 10; ++i) bands.add(run_at(i * 10, i * 10 + 10, 1));
  bands.add(run_at(200, 5000, 2));
  bands.add(run_at(9000, 9010, 1));
  const std::vector<Run> strips = bands.sorted();
  REQUIRE(strips.size() == 3);
  CHECK(strips[0].task == 1);
  CHECK(strips[0].end.ns == 100 * kSecond);
  CHECK(strips[1].task == 2);
  CHECK(strips[2].start.ns == 9000 * kSecond);
}

TEST_CASE("bands: processes have strips of their own") {
  Bands bands(4);
  for (int i = 0; i < 100; ++i) bands.add(run_at(i * 10, i * 10 + 10, 1, static_cast<ProcessId>(i % 2)));
  CHECK(bands.sorted().size() <= 4);
  bool second = false;
  for (const Run& run : bands.sorted()) second |= run.process == 1;
  CHECK(second);
}
