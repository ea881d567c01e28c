#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <functional>

#include "memlog/stats/leak_analysis.h"

using namespace memlog::stats;

namespace {

// Noise that is the same on every machine.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}
  double uniform() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 11) * 0x1p-53;
  }
  double normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::uint64_t state_;
};

using Memory = std::function<double(double hours)>;

LeakReport analyse(const LeakBook& book, double limit_mb = kUnknown) {
  return analyse_leaks(book.series(), {.limit_mb = limit_mb});
}

// One process, a sample every `step_s`, with AR(1) noise.
LeakBook record(double hours, double step_s, double sigma, double phi, const Memory& floor, std::uint64_t seed = 1) {
  LeakBook book;
  Noise noise(seed);
  double error = 0.0;
  for (double t = 0.0; t <= hours * 3600.0; t += step_s) {
    error = phi * error + std::sqrt(1.0 - phi * phi) * sigma * noise.normal();
    book.add(0, {.t = t, .rss_mb = std::max(0.0, std::round(10.0 * (floor(t / 3600.0) + error)) / 10.0)});
  }
  return book;
}

LeakResult single(const LeakBook& book, double limit_mb = kUnknown) {
  const LeakReport report = analyse(book, limit_mb);
  REQUIRE(report.series.size() == 1);
  return report.series[0];
}

}  // namespace

TEST_CASE("leaks: four snapshots are insufficient, the same growth every 5 minutes is a leak of 50 MB/h") {
  LeakBook four;
  for (int i = 0; i < 4; ++i) four.add(0, {.t = 3600.0 * i, .rss_mb = 150.0 + 50.0 * i});
  const LeakResult few = single(four);
  CHECK(few.verdict == Verdict::insufficient_data);
  CHECK(few.samples == 4);
  CHECK(few.classic);
  CHECK(std::isnan(few.slope_mb_per_hour));

  const LeakResult many = single(record(3, 300, 1.0, 0.3, [](double h) { return 150 + 50 * h; }));
  CHECK(many.verdict == Verdict::leak);
  CHECK(many.slope_mb_per_hour == doctest::Approx(50).epsilon(0.03));
}

TEST_CASE("leaks: 6.5 MB/h for a day is below the threshold, not nothing") {
  const LeakResult r = single(record(24, 300, 3.0, 0.5, [](double h) { return 234 + 6.46 * h; }));
  CHECK(r.verdict == Verdict::below_threshold);
  CHECK(r.reason == Reason::steady_growth);
}

TEST_CASE("leaks: flat noise, warm-up, level shift and fall are none, and say which") {
  const LeakResult flat = single(record(12, 300, 8.0, 0.7, [](double) { return 200.0; }));
  CHECK(flat.verdict == Verdict::no_leak);
  CHECK(flat.reason == Reason::flat);
  const LeakResult warm = single(record(12, 300, 4.0, 0.3, [](double h) { return 350 - 100 * std::exp(-h / 1.31); }));
  CHECK(warm.verdict == Verdict::no_leak);
  CHECK(warm.reason == Reason::saturating);
  const LeakResult shift = single(record(12, 300, 2.0, 0.3, [](double h) { return h < 5 ? 200.0 : 260.0; }));
  CHECK(shift.verdict == Verdict::no_leak);
  CHECK(shift.reason == Reason::level_shift);
  const LeakResult fall = single(record(12, 300, 2.0, 0.3, [](double h) { return 400 - 12 * h; }));
  CHECK(fall.verdict == Verdict::no_leak);
  CHECK(fall.reason == Reason::shrinking);
  CHECK(std::isnan(fall.hours_to_limit));
}

TEST_CASE("leaks: growth from the middle on has its onset there") {
  const LeakResult r = single(record(16, 300, 2.0, 0.3, [](double h) { return 200 + 25 * std::max(0.0, h - 7); }), 1024);
  CHECK(r.verdict == Verdict::leak);
  CHECK(r.reason == Reason::growth_since_onset);
  CHECK(r.onset_t / 3600.0 == doctest::Approx(7.0).epsilon(0.05));
  CHECK(r.hours_to_limit == doctest::Approx((1024 - 425) / 25.0).epsilon(0.05));
  CHECK(r.hours_to_limit_low < r.hours_to_limit);
  CHECK(r.hours_to_limit_high > r.hours_to_limit);
}

TEST_CASE("leaks: a daily cycle is seen as one") {
  const auto day = [](double h) { return 300 + 60 * std::sin(h * 0.2617993877991494); };
  const LeakResult cycle = single(record(72, 300, 4.0, 0.5, day));
  CHECK(cycle.verdict == Verdict::no_leak);
  CHECK(cycle.daily_cycle);
  const LeakResult leak = single(record(72, 300, 4.0, 0.5, [&](double h) { return day(h) + 20 * h; }));
  CHECK(leak.verdict == Verdict::leak);
  CHECK(leak.slope_mb_per_hour == doctest::Approx(20).epsilon(0.05));
}

TEST_CASE("leaks: restarts are cut out") {
  LeakBook book;
  Noise noise(3);
  for (int i = 0; i < 240; ++i) {
    if (i % 60 == 0) book.restart(0, 300.0 * i);
    book.add(0, {.t = 300.0 * i, .rss_mb = 150 + 2.5 * (i % 60) + noise.normal()});    // 30 MB/h, gone every 5 hours
  }
  const LeakResult r = single(book);
  CHECK(r.verdict == Verdict::leak);
  CHECK(r.slope_mb_per_hour == doctest::Approx(30).epsilon(0.05));
  CHECK(r.segments.size() == 4);
  CHECK(r.segments[1].after_restart);
  CHECK(r.floor.back().stratum == 3);
}

TEST_CASE("leaks: a task that keeps memory is named, a clock is not") {
  for (const bool by_task : {true, false}) {
    CAPTURE(by_task);
    LeakBook book;
    Noise noise(5);
    double kept = 0.0;
    double next_run = 1800.0;
    for (double t = 0.0; t < 24 * 3600.0; t += 120.0) {
      const double level = 200.0 + kept + (by_task ? 0.0 : 20.0 * t / 3600.0);
      const double mb = level + noise.normal();
      if (t < next_run) {
        book.add(0, {.t = t, .rss_mb = mb, .state = SampleState::idle});
        continue;
      }
      book.add(0, {.t = t, .rss_mb = mb, .state = SampleState::run_start});
      book.run_started(0, 9, t);
      book.add(0, {.t = t + 60.0, .rss_mb = mb + 150.0, .state = SampleState::in_task});
      book.add(0, {.t = t + 100.0, .rss_mb = mb + 60.0, .state = SampleState::run_end});
      book.run_ended(0, 9, t + 100.0);
      kept += by_task ? 12.0 : 0.0;
      next_run = t + 900.0 + 3600.0 * noise.uniform();
    }
    const LeakResult r = single(book);
    CHECK(r.verdict == Verdict::leak);
    REQUIRE(r.culprits.size() == (by_task ? 1U : 0U));
    if (!by_task) continue;
    CHECK(r.culprits[0].task == 9);
    CHECK(r.culprits[0].certain);
    CHECK(r.culprits[0].kept_mb_per_run == doctest::Approx(12).epsilon(0.05));
    CHECK(r.culprits[0].share == doctest::Approx(1).epsilon(0.1));
    CHECK(r.culprits[0].evidence > 3.5);
  }
}

TEST_CASE("leaks: workers that never live two hours leak together") {
  LeakBook book;
  Noise noise(11);
  for (std::uint32_t worker = 0; worker < 8; ++worker) {
    for (int i = 0; i < 50; ++i) {
      const double mb = 120.0 + 10.0 * worker + 1.5 * i + noise.normal();    // 45 MB/h
      book.add(worker, {.t = 5000.0 * worker + 120.0 * i, .rss_mb = mb});
    }
  }
  const LeakReport report = analyse(book, 512);
  REQUIRE(report.series.size() == 9);
  CHECK(report.series[0].verdict == Verdict::insufficient_data);
  CHECK(report.series[0].classic);
  const LeakResult& all = report.series[8];
  CHECK_FALSE(all.series);
  CHECK(all.verdict == Verdict::leak);
  CHECK(all.slope_mb_per_hour == doctest::Approx(45).epsilon(0.05));
  CHECK(std::isnan(all.hours_to_limit));
  CHECK(report.answer == 8);
}

TEST_CASE("leaks: thinning keeps the answer") {
  const auto floor = [](double h) { return 200 + 15 * h; };
  const LeakResult exact = single(record(20, 3.0, 5.0, 0.2, floor));       // 24,000 samples
  const LeakResult thinned = single(record(20, 0.3, 5.0, 0.2, floor));     // 240,000
  CHECK(exact.verdict == Verdict::leak);
  CHECK(thinned.verdict == Verdict::leak);
  CHECK(thinned.samples >= 240000);
  CHECK(thinned.floor_samples < 33000);
  CHECK(thinned.slope_mb_per_hour == doctest::Approx(exact.slope_mb_per_hour).epsilon(0.01));
  CHECK(thinned.classic->samples == thinned.samples);
}

TEST_CASE("leaks: a restart with every fifth sample of a long log ends in an answer") {
  LeakBook book;
  Noise noise(2);
  for (int i = 0; i < 20000; ++i) {
    if (i % 5 == 0) book.restart(0, 60.0 * i);
    book.add(0, {.t = 60.0 * i, .rss_mb = 100 + 2.0 * (i % 5) + noise.normal()});
  }
  const LeakResult r = single(book);
  CHECK(r.verdict == Verdict::leak);    // 2 MB a minute, given back every five
  CHECK(r.slope_mb_per_hour == doctest::Approx(120).epsilon(0.1));
  CHECK(r.segments.size() <= 512);
}

TEST_CASE("leaks: constant, simultaneous, huge and zero readings are answered without numbers that are none") {
  const auto finite = [](const LeakResult& r) {
    return r.verdict == Verdict::insufficient_data ||
           (std::isfinite(r.slope_mb_per_hour) && std::isfinite(r.leak_probability) && std::isfinite(r.floor_end_mb));
  };
  CHECK(finite(single(record(10, 60, 0.0, 0.0, [](double) { return 200.0; }))));
  CHECK(finite(single(record(10, 60, 0.0, 0.0, [](double) { return 0.0; }))));
  CHECK(finite(single(record(10, 60, 0.0, 0.0, [](double h) { return h > 5 ? 1e12 : 0.0; }))));
  CHECK(finite(single(record(10, 60, 0.0, 0.0, [](double h) { return std::fmod(h * 977, 2.0) > 1 ? 1e12 : 1.0; }))));
  CHECK(single(record(10, 60, 0.0, 0.0, [](double) { return 200.0; })).verdict == Verdict::no_leak);
  const LeakResult exact = single(record(10, 60, 0.0, 0.0, [](double h) { return 100 + 60 * h; }));
  CHECK(exact.verdict == Verdict::leak);
  CHECK(finite(exact));

  LeakBook same_time;
  for (int i = 0; i < 100; ++i) same_time.add(0, {.t = 1000, .rss_mb = double(i)});
  CHECK(single(same_time).verdict == Verdict::insufficient_data);
  LeakBook two_times;
  for (int i = 0; i < 100; ++i) two_times.add(0, {.t = i < 50 ? 0.0 : 36000.0, .rss_mb = double(i)});
  CHECK(finite(single(two_times)));
  LeakBook far_apart;
  for (int i = 0; i < 30; ++i) far_apart.add(0, {.t = std::pow(10.0, i / 2.5), .rss_mb = double(i)});
  CHECK(finite(single(far_apart)));
}

TEST_CASE("leaks: no series at all, and processes without samples, are insufficient") {
  const LeakReport none = analyse_leaks({}, {});
  CHECK(none.series.empty());
  CHECK(none.verdict() == Verdict::insufficient_data);
  LeakBook book;
  book.restart(4, 10.0);
  book.run_started(5, 1, 10.0);
  CHECK(analyse(book).series.empty());
}

TEST_CASE("leaks: thousands of processes and tasks are answered within bounds") {
  LeakBook book;
  Noise noise(8);
  for (int i = 0; i < 60000; ++i) {
    const auto process = static_cast<std::uint32_t>(i % 1500);
    const double t = 5.0 * i;
    book.add(process, {.t = t, .rss_mb = 100 + noise.normal(), .state = SampleState::run_start});
    book.run_started(process, static_cast<std::uint32_t>(i % 7919), t);
    book.run_ended(process, static_cast<std::uint32_t>(i % 7919), t + 1.0);
  }
  const LeakReport report = analyse(book);
  CHECK(report.series.size() == 1025);
  std::size_t skipped = 0;
  for (const LeakResult& r : report.series) skipped += r.reason == Reason::too_many_processes ? 1U : 0U;
  CHECK(skipped == 1024 - 256);
  CHECK(report.verdict() == Verdict::no_leak);
}

TEST_CASE("leaks: the threshold is an option, and slow growth is counted against it") {
  LeakBook book = record(12, 300, 2.0, 0.3, [](double h) { return 200 + 20 * h; });
  CHECK(analyse_leaks(book.series(), {.threshold_mb_per_hour = 30}).verdict() == Verdict::below_threshold);
  CHECK(analyse_leaks(book.series(), {.threshold_mb_per_hour = 10}).verdict() == Verdict::leak);
  CHECK(analyse_leaks(book.series(), {.min_duration_hours = 13}).verdict() == Verdict::insufficient_data);
  CHECK(analyse_leaks(book.series(), {.min_samples = 1000}).verdict() == Verdict::insufficient_data);
}

TEST_CASE("leaks: a floor already above the limit has no hours left") {
  const LeakResult r = single(record(12, 300, 2.0, 0.3, [](double h) { return 400 + 20 * h; }), 512);
  CHECK(r.verdict == Verdict::leak);
  CHECK(r.hours_to_limit == 0.0);
  CHECK(r.hours_to_limit_peaks == 0.0);
}
