#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "memlog/analysis/events.h"
#include "memlog/scan/read_events.h"
#include "support/bot_log.h"
#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

// Readings in rows are written as the same readings as events are.
namespace {

struct Written {
  std::string text;
  std::size_t in_rows = 0;         // readings
};

Written written(const std::vector<std::string>& paths, Output output, bool rows, std::size_t chunk, const EventWriter::Room& room = {}) {
  Written out;
  EventWriter writer(output, [&](std::string_view piece) { out.text += piece; }, room);
  ReadOptions options;
  options.stream.parse.reading_columns = rows;
  options.stream.chunk_size = chunk;
  options.threads = 1;
  ReadResult result;
  read_events(list_inputs(paths), options, result, [&](const Slice& slice) {
    if (slice.row != nullptr) out.in_rows += slice.row->size();
    writer.fold(slice);
  });
  writer.finish(result);
  return out;
}

void check_same(const std::string& text, std::size_t least_in_rows) {
  const TempDirectory directory;
  const std::string path = directory.write("bot.log", text);
  for (const Output output : {Output::ndjson, Output::csv, Output::json}) {
    const std::string events = written({path}, output, false, 1 << 18).text;
    std::size_t in_rows = 0;
    for (const std::size_t chunk : {std::size_t{20'000}, std::size_t{1} << 18}) {
      const Written got = written({path}, output, true, chunk);
      CHECK((got.text == events));
      in_rows = std::max(in_rows, got.in_rows);
    }
    // Whether names are many shows sooner in small chunks than in large ones.
    CHECK(in_rows >= least_in_rows);
  }
}

}  // namespace

TEST_CASE("events: rows whose numbers have all lengths, over days") {
  BotLog log;
  const std::string labels[] = {"--- [Idle", ">>> TASK START [Dump", "<<< TASK END [Dump", "<<< TASK END [Dump Failed", "--- [Cards \"a, b\" \\", "--- [\xc3\xa4"};
  const std::uint32_t edges[] = {0, 9, 10, 99, 100, 999, 1000, 9999, 10'000, 99'999};
  for (int i = 0; i < 60'000; ++i) {
    const auto number = [&] { return log.random(3) == 0 ? edges[log.random(10)] : 900 + log.random(300); };
    log.add(labels[log.random(6)], number(), number(), number(), log.random(20) == 0 ? log.random(2) * 1000 : 80 + log.random(60));
    if (log.random(5000) == 0) log.put_back(-40'000);
  }
  check_same(log.text(), 30'000);
}

TEST_CASE("events: rows with numbers that are written another way") {
  BotLog log;
  for (int i = 0; i < 3000; ++i) log.add("--- [Idle", i % 50 == 0 ? 100'000 + log.random(2'000'000) : 2000, i % 70 == 0 ? 123'456 : 3000, i % 90 == 0 ? 10'000'000 : 4000);
  check_same(log.text(), 2000);
}

TEST_CASE("events: rows of more tasks than forms are kept of, and of names that are longer than forms") {
  BotLog log;
  // Rows are of some hundred tasks at a time.
  for (int i = 0; i < 60'000; ++i) log.add("--- [Task " + std::to_string(i / 6000 * 150 + static_cast<int>(log.random(150))), 900 + log.random(300), 9000 + log.random(2000));
  for (int i = 0; i < 3000; ++i) log.add("--- [" + std::string(700 + log.random(500), 'x'), 900 + log.random(300));
  check_same(log.text(), 20'000);
}

TEST_CASE("events: rows of two tasks whose forms have one place") {
  BotLog log;
  for (int i = 0; i < 1100; ++i) log.add("--- [Task " + std::to_string(i), 900);
  for (int i = 0; i < 30'000; ++i) log.add("--- [Task " + std::to_string(i / 3 % 2 == 0 ? 5 : 5 + 1024), 900);
  check_same(log.text(), 20'000);
}

TEST_CASE("events: rows of tasks that share a number") {
  BotLog log;
  static_assert(RunNames::kMaxNames < 6000);
  for (int i = 0; i < 6000; ++i) log.add("--- [Task " + std::to_string(i), 900 + log.random(300));
  for (int i = 0; i < 40'000; ++i) log.add("--- [Late " + std::to_string(log.random(50)), 900 + log.random(300));
  check_same(log.text(), 30'000);
}

TEST_CASE("events: rows of the first file of two") {
  BotLog log;
  for (int i = 0; i < 4000; ++i) log.add("--- [Idle", 900 + log.random(300));
  const TempDirectory directory;
  const std::vector<std::string> paths = {directory.write("a.log", log.text()), directory.write("b.log", log.text())};
  for (const Output output : {Output::ndjson, Output::csv, Output::json}) {
    CHECK((written(paths, output, true, 20'000).text == written(paths, output, false, 20'000).text));
  }
}

TEST_CASE("events: rows written into lent room of any size are the same") {
  BotLog log;
  for (int i = 0; i < 9000; ++i) log.add(log.random(30) == 0 ? "--- [" + std::string(900, 'x') : "--- [Idle", 900 + log.random(300));
  const TempDirectory directory;
  const std::string path = directory.write("bot.log", log.text());
  const std::string expected = written({path}, Output::ndjson, false, 1 << 18).text;
  for (const std::size_t size : {1, 100, 5000, 20'000, 70'000, 3'000'000}) {
    std::vector<char> room(size);
    int lent = 0;
    const Written got = written({path}, Output::ndjson, true, 1 << 18, [&] {
      ++lent;
      // Not always: a pipe may have no more.
      return lent % 5 == 0 ? std::span<char>() : std::span<char>(room);
    });
    CAPTURE(size);
    CHECK(lent > 1);
    CHECK((got.text == expected));
  }
}

TEST_CASE("events: rows of a task that has the name of those that share a number") {
  BotLog log;
  for (int i = 0; i < 2000; ++i) log.add(i % 2 == 0 ? "--- [(other)" : "--- [Idle", 900);
  for (int i = 0; i < 6000; ++i) log.add("--- [Task " + std::to_string(i), 900);
  const std::string late[] = {"--- [Zeta", "--- [Idle", "--- [Omega", "--- [(other)"};
  for (int i = 0; i < 40'000; ++i) log.add(late[i % 4], 900);
  check_same(log.text(), 30'000);
}
