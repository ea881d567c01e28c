#include "memlog/assemble/run_marks.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

using namespace memlog;

namespace {

struct Columns {
  ReadingColumns columns;

  // Labels 1 to 3 are samples, 237 to 239 start or end a run.
  Columns() {
    columns.generation = 1;
    BareReading like;
    for (const std::uint8_t label : std::initializer_list<std::uint8_t>{1, 2, 3}) columns.learn(label, "Idle", like);
    const EventKind kinds[] = {EventKind::task_start, EventKind::task_end, EventKind::task_failed};
    for (std::uint8_t i = 0; i < 3; ++i) {
      like.kind = kinds[i];
      columns.learn(static_cast<std::uint8_t>(237 + i), "Dump", like);
    }
    columns.rows.push_back({});
  }

  void add(std::uint8_t label, std::uint32_t rss) {
    const std::uint32_t second = 0;
    columns.append({&second, &rss, &rss, &rss, &rss, &label}, 1);
  }
  ReadingRow row() const { return {columns, columns.rows.front()}; }
};

}  // namespace

TEST_CASE("run marks: 64 labels at once give what one after the other does") {
  std::uint32_t state = 5;
  const auto random = [&](std::uint32_t below) { return (state = state * 1'664'525 + 1'013'904'223) / 65'536 % below; };
  RunMarks marks;
  std::size_t found = 0;
  for (int round = 0; round < 2000; ++round) {
    Columns log;
    const std::uint32_t rare = 1 + random(60);  // all are marks, or one in sixty
    const std::uint32_t size = round < 200 ? static_cast<std::uint32_t>(round) : random(500);
    std::vector<BareReading> readings;
    for (std::uint32_t i = 0; i < size; ++i) {
      log.add(static_cast<std::uint8_t>(random(rare) == 0 ? 237 + random(3) : 1 + random(3)), random(3) == 0 ? random(2) : random(100'000));
    }
    if (size == 0) continue;
    const ReadingRow row = log.row();
    for (std::size_t i = 0; i < size; ++i) readings.push_back(row[i]);
    // By definition.
    std::vector<RunMark> wanted;
    std::uint32_t high = 0;
    for (std::uint32_t i = 0; i < size; ++i) {
      if (readings[i].kind == EventKind::sample) {
        high = std::max(high, readings[i].rss);
        continue;
      }
      wanted.push_back({i, high});
      high = 0;
    }
    const auto check = [&] {
      REQUIRE(marks.marks().size() == wanted.size());
      bool same = marks.high_behind() == high;
      for (std::size_t i = 0; i < wanted.size(); ++i) same &= marks.marks()[i].at == wanted[i].at && marks.marks()[i].high == wanted[i].high;
      CHECK(same);
    };
    marks.find(BareRow(readings));
    check();
    marks.find(row, Vectors::none);
    check();
    marks.find(row);
    check();
    // A part of the row that begins anywhere.
    const ReadingRow part = row.part(size / 3, size - size / 3);
    marks.find(part, Vectors::none);
    wanted.assign(marks.marks().begin(), marks.marks().end());
    high = marks.high_behind();
    marks.find(part);
    check();
    found += wanted.size();
  }
  CHECK(found > 10'000);
}
