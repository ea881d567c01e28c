#include "memlog/analysis/crash_operations.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "memlog/analysis/crash_recent.h"
#include "memlog/event/bare_row.h"

using namespace memlog;
using namespace memlog::crash;

namespace {

// Small numbers that follow no pattern.
struct Dice {
  std::uint32_t seed = 1;
  std::uint32_t below(std::uint32_t n) { return (seed = seed * 1664525 + 1013904223) / 65536 % n; }
};

std::vector<std::string> told(const Operations& operations) {
  std::vector<std::string> out;
  for (const Operation& operation : operations.last(Operations::kMost)) {
    out.push_back(std::to_string(operation.time.ns) + " " + operation.name + " " + operation.context + " " + std::to_string(operation.rss_mb) + " " +
                  std::to_string(operation.source.line) + (operation.listed ? " listed" : ""));
  }
  return out;
}

Event event_at(std::int64_t ns, EventKind kind, std::uint64_t line, double rss_mb) {
  Event event;
  event.time.ns = ns;
  event.kind = kind;
  event.line = line;
  event.rss_mb = rss_mb;
  return event;
}

}  // namespace

TEST_CASE("operations: rows of bare readings are remembered as their events are") {
  NameTable names;
  const std::vector<NameId> tasks{names.intern("Idle"), names.intern("Dump"), names.intern("Cards")};
  for (const bool lists : {false, true}) {
    CAPTURE(lists);
    Dice dice;
    Operations by_row;
    Operations one_by_one;
    std::int64_t second = 1000;
    for (std::uint64_t step = 0; step < 4000; ++step) {
      CAPTURE(step);
      // As several writers are mixed, and about as far as from where on the clock has fallen.
      if (dice.below(20) == 0) second -= dice.below(2) == 0 ? dice.below(30) : 85 + dice.below(12);
      std::vector<BareReading> row;
      for (std::uint32_t i = dice.below(5) == 0 ? dice.below(200) : dice.below(9); i > 0; --i) {
        second += dice.below(3) == 0 ? 0 : 1;
        BareReading reading;
        reading.ns = second * kNanosPerSecond;
        reading.line = static_cast<std::uint32_t>(row.size() + 1);
        reading.rss = 1000 + dice.below(50);
        reading.task = tasks[dice.below(3)];
        row.push_back(reading);
      }
      by_row.add_row(BareRow(row), step * 1000, names);
      for (const BareReading& reading : row) {
        Event event = event_of(reading);
        event.line += step * 1000;
        one_by_one.add(event, names.text(reading.task), {});
      }
      const bool listed = lists && step > 100 && dice.below(6) == 0;
      const Event event = event_at((second + dice.below(3)) * kNanosPerSecond, listed ? EventKind::operation : EventKind::snapshot, step * 1000 + 999, (1000 + dice.below(50)) / 10.0);
      if (listed || dice.below(3) == 0) {
        by_row.add(event, "Download", step % 2 == 0 ? "User 1" : "");
        one_by_one.add(event, "Download", step % 2 == 0 ? "User 1" : "");
      }
      if (dice.below(30) == 0) {
        by_row.add_context(event, "told again");
        one_by_one.add_context(event, "told again");
      }
      REQUIRE(told(by_row) == told(one_by_one));
    }
    CHECK(told(by_row).size() == Operations::kMost);
  }
}

TEST_CASE("recent readings: rows keep what their readings keep one by one") {
  Dice dice;
  RecentReadings by_row;
  RecentReadings one_by_one;
  std::int64_t second = 1'000'000;
  for (int step = 0; step < 300; ++step) {
    CAPTURE(step);
    if (dice.below(20) == 0) second -= 50;
    if (dice.below(40) == 0) second += 4000;
    std::vector<Reading> row;
    for (std::uint32_t i = dice.below(6) == 0 ? dice.below(2000) : dice.below(20); i > 0; --i) {
      second += dice.below(12);
      row.push_back({second * kNanosPerSecond, static_cast<double>(dice.below(500)), kMissing});
    }
    by_row.add_row(row.size(), [&](std::size_t i) { return row[i]; });
    for (const Reading& reading : row) one_by_one.add(reading);
    const auto a = by_row.all();
    const auto b = one_by_one.all();
    REQUIRE(std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Reading& x, const Reading& y) { return x.ns == y.ns && x.rss_mb == y.rss_mb; }));
    CHECK(a.size() <= RecentReadings::kMost);
  }
}

TEST_CASE("crash operations: what is kept of a death suffices for what is shown and counted") {
  std::vector<Operation> operations(20);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    operations[i].rss_mb = static_cast<double>(i);
    operations[i].process = i == 3 || i == 18 ? 7 : 1;
  }
  std::vector<Operation> few = operations;
  keep_what_counts(few, 1);
  // Six of them, and back to the one before of process 7.
  REQUIRE(few.size() == 17);
  CHECK(few.front().rss_mb == 3);
  CHECK(before_operation(few, 15) == 0);
  CHECK(before_operation(few, 0) == 0);
  operations[18].process = 1;
  operations[3].process = 1;
  few = operations;
  keep_what_counts(few, 1);
  CHECK(few.size() == 7);
  few = operations;
  keep_what_counts(few, 9);
  CHECK(few.size() == 10);
  keep_what_counts(few, 100);
  CHECK(few.size() == 10);
  few.clear();
  keep_what_counts(few, 5);
  CHECK(few.empty());
}
