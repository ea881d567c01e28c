#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "memlog/stats/leak_constants.h"
#include "memlog/stats/leak_series.h"

using namespace memlog::stats;

namespace {

Reading reading(double t, double mb, SampleState state) { return {.t = t, .rss_mb = mb, .state = state}; }

}  // namespace

TEST_CASE("leak series: what is no reading of memory leaves no trace") {
  LeakSeries series;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const SampleState idle = SampleState::idle;
  for (const double mb : {nan, infinity, -infinity, -0.1, 1e13}) CHECK_FALSE(series.add(reading(0, mb, idle)));
  for (const double t : {nan, infinity, 1e14}) CHECK_FALSE(series.add(reading(t, 100, idle)));
  CHECK(series.samples() == 0);
  CHECK(series.segments().empty());
  CHECK(series.add(reading(0, 0.0, SampleState::idle)));
}

TEST_CASE("leak series: first, last, lowest and highest samples keep their source") {
  LeakSeries series;
  const double values[] = {200, 180, 320, 250};
  for (std::uint64_t i = 0; i < 4; ++i) {
    series.add({.t = 60.0 * static_cast<double>(i), .rss_mb = values[i], .source = 10 + i});
  }
  CHECK(series.first().source == 10);
  CHECK(series.lowest().source == 11);
  CHECK(series.highest().source == 12);
  CHECK(series.last().source == 13);
  CHECK(series.highest().mb == 320);
}

TEST_CASE("leak series: a restart starts a segment at the next sample, one before all samples does not") {
  LeakSeries series;
  series.restart(0);
  series.add(reading(10, 100, SampleState::aside));
  series.add(reading(20, 110, SampleState::idle));
  series.restart(25);
  series.restart(26);
  series.add(reading(30, 90, SampleState::idle));
  REQUIRE(series.segments().size() == 2);
  CHECK_FALSE(series.segments()[0].after_restart);
  CHECK(series.segments()[0].start == 10);
  CHECK(series.segments()[0].end == 20);
  CHECK(series.segments()[0].samples == 2);
  CHECK(series.segments()[1].after_restart);
  CHECK(series.segments()[1].start == 30);
}

TEST_CASE("leak series: with marked runs the floor is idle samples and the readings of run starts") {
  LeakSeries series;
  for (int i = 0; i < 100; ++i) {
    const double t = 120.0 * i;
    const int phase = i % 5;
    const SampleState states[] = {SampleState::idle, SampleState::idle, SampleState::run_start, SampleState::in_task,
                                  SampleState::run_end};
    series.add(reading(t, phase == 3 ? 500 : 200, states[phase]));
  }
  CHECK(series.floor_kind() == LeakSeries::FloorKind::tagged);
  CHECK(series.floor_samples().size() == 60);
  CHECK(series.all_samples().size() == 100);
}

TEST_CASE("leak series: idle samples of less than half the time are not the floor") {
  LeakSeries series;
  for (int i = 0; i < 100; ++i) series.add(reading(120.0 * i, 200, i < 40 ? SampleState::idle : SampleState::in_task));
  CHECK(series.floor_kind() == LeakSeries::FloorKind::all);
  CHECK(series.floor_samples().size() == 100);
}

TEST_CASE("leak series: without marks, samples without downloads count where they are many") {
  LeakSeries mostly_quiet;
  LeakSeries mostly_busy;
  LeakSeries unknown;
  for (int i = 0; i < 100; ++i) {
    const double t = 300.0 * i;
    mostly_quiet.add({.t = t, .rss_mb = 100, .active_dls = i % 4 == 0 ? 1.0 : 0.0});
    mostly_busy.add({.t = t, .rss_mb = 100, .active_dls = i % 4 == 0 ? 0.0 : 1.0});
    unknown.add({.t = t, .rss_mb = 100});
  }
  CHECK(mostly_quiet.floor_kind() == LeakSeries::FloorKind::quiet);
  CHECK(mostly_quiet.floor_samples().size() == 75);
  CHECK(mostly_busy.floor_kind() == LeakSeries::FloorKind::all);
  CHECK(unknown.floor_kind() == LeakSeries::FloorKind::all);
}

TEST_CASE("leak series: readings at boot and shutdown are samples, but never the floor") {
  LeakSeries series;
  series.add(reading(0, 50, SampleState::aside));
  for (int i = 1; i < 50; ++i) series.add(reading(120.0 * i, 200, SampleState::idle));
  series.add(reading(120.0 * 50, 210, SampleState::aside));
  CHECK(series.samples() == 51);
  CHECK(series.classic().figures({}).samples == 51);
  CHECK(series.floor_samples().size() == 49);
  CHECK(series.first_t() == 0);
  CHECK(series.first_up_t() == 120);
  CHECK(series.last_up_t() == 120.0 * 49);
}

TEST_CASE("leak series: least squares with and without the restarts") {
  LeakSeries series;
  for (int i = 0; i < 200; ++i) {
    if (i == 100) series.restart(300.0 * i);
    series.add(reading(300.0 * i, 100 + 1.0 * (i % 100), SampleState::unknown));    // 12 MB/h, lost at the restart
  }
  CHECK(series.segments_mb_per_hour() == doctest::Approx(12.0).epsilon(1e-9));
  CHECK(series.line_mb_per_hour() < 3.0);
}

TEST_CASE("leak book: together all processes keep a bounded number of samples, the classic figures stay exact") {
  LeakBook book;
  for (int i = 0; i < 600000; ++i) {
    book.add(static_cast<std::uint32_t>(i % 6), reading(i, 100.0 + 0.001 * i, SampleState::idle));
  }
  std::size_t kept = 0;
  for (const LeakSeries& s : book.series()) {
    kept += s.kept();
    CHECK(s.classic().figures({}).samples == 100000);
    CHECK(s.classic().figures({}).growing_share == 1.0);
    CHECK(s.floor_samples().size() > 1000);
  }
  CHECK(kept <= kMaxKeptInAll);
}

TEST_CASE("leak book: beyond the limit new processes are counted, not followed") {
  LeakBook book;
  for (std::uint32_t p = 0; p < kMaxProcesses + 10; ++p) book.add(p, reading(p, 100, SampleState::unknown));
  CHECK(book.series().size() == kMaxProcesses);
  CHECK(book.readings_of_unfollowed() == 10);
}

namespace {

void check_same(const LeakSeries::Named& a, const LeakSeries::Named& b) {
  CHECK(a.t == b.t);
  CHECK(a.mb == b.mb);
  CHECK(a.source == b.source);
}

void check_same(const std::vector<KeptSample>& a, const std::vector<KeptSample>& b) {
  REQUIRE(a.size() == b.size());
  std::size_t differ = 0;
  for (std::size_t i = 0; i < a.size(); ++i) differ += a[i].t != b[i].t || a[i].mb != b[i].mb || a[i].segment != b[i].segment ? 1 : 0;
  CHECK(differ == 0);
}

}  // namespace

TEST_CASE("leak series: rows of marked readings leave what the readings leave one by one, to the last digit") {
  LeakSeries single;
  LeakSeries rows;
  std::uint32_t seed = 11;
  const auto random = [&](std::uint32_t below) { return (seed = seed * 1664525 + 1013904223) / 65536 % below; };
  double t = 1.7e9;
  std::uint64_t source = 0;
  // Enough for both stores to be thinned several times.
  for (int round = 0; round < 400; ++round) {
    if (round % 90 == 60) {
      for (LeakSeries* series : {&single, &rows}) series->restart(t);
    }
    const std::size_t count = 1 + random(round % 3 == 0 ? 4 : RowBits::kMost);
    std::vector<Reading> row;
    RowBits floor;
    std::vector<std::uint64_t> words(RowBits::kMost / RowBits::kWord);
    bool idle = false;
    for (std::size_t i = 0; i < count; ++i) {
      t += random(3) == 0 ? 0 : 0.1 + random(60);
      idle = random(6) == 0 ? !idle : idle;
      const double mb = (2000 + round * 3 + random(700) + (round == 20 ? random(9000) : 0)) / 10.0;
      row.push_back({.t = t, .rss_mb = mb, .state = idle ? SampleState::idle : i % 2 == 0 ? SampleState::in_task : SampleState::run_end, .source = ++source});
      words[i / 64] |= std::uint64_t{idle ? 1u : 0u} << i % 64;
    }
    for (std::size_t i = 0; i < words.size(); ++i) floor.set_word(i, words[i]);
    for (const Reading& one : row) CHECK(single.add(one));
    rows.add_marked_row(count, floor, [&](std::size_t i) { return LeakSeries::Named{row[i].t, row[i].rss_mb, row[i].source}; });
  }
  CHECK(single.samples() > 50'000);
  CHECK(rows.samples() == single.samples());
  CHECK(rows.first_up_t() == single.first_up_t());
  CHECK(rows.last_up_t() == single.last_up_t());
  check_same(rows.first(), single.first());
  check_same(rows.last(), single.last());
  check_same(rows.lowest(), single.lowest());
  check_same(rows.highest(), single.highest());
  CHECK(rows.line_mb_per_hour() == single.line_mb_per_hour());
  CHECK(rows.segments_mb_per_hour() == single.segments_mb_per_hour());
  const ClassicLimits limits;
  CHECK(rows.classic().figures(limits).growing_share == single.classic().figures(limits).growing_share);
  CHECK(rows.classic().figures(limits).end_mb == single.classic().figures(limits).end_mb);
  REQUIRE(rows.segments().size() == single.segments().size());
  CHECK(rows.segments().size() == 5);
  for (std::size_t i = 0; i < rows.segments().size(); ++i) {
    CHECK(rows.segments()[i].start == single.segments()[i].start);
    CHECK(rows.segments()[i].end == single.segments()[i].end);
    CHECK(rows.segments()[i].samples == single.segments()[i].samples);
  }
  CHECK(rows.kept() == single.kept());
  CHECK(rows.floor_kind() == LeakSeries::FloorKind::tagged);
  check_same(rows.floor_samples(), single.floor_samples());
  check_same(rows.all_samples(), single.all_samples());
}

TEST_CASE("leak book: no row is lent where the book would have to thin meanwhile, or does not follow the process") {
  LeakBook book;
  CHECK(book.lend(0, 512).series != nullptr);
  // Eight processes fill the book up to the bound of all together.
  std::size_t lent = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 8 * 9000; ++i) {
    const auto process = static_cast<std::uint32_t>(i % 8);
    book.add(process, reading(i, 100, SampleState::idle));
    const LeakBook::Lent one = book.lend(process, 512);
    (one.series != nullptr ? lent : refused) += 1;
    if (one.series != nullptr) CHECK(one.series->process() == process);
  }
  CHECK(lent > 10'000);
  CHECK(refused > 100);
  for (std::uint32_t process = 0; process < kMaxProcesses; ++process) book.add(process, reading(1e6, 100, SampleState::idle));
  CHECK(book.lend(kMaxProcesses, 1).series == nullptr);
}
