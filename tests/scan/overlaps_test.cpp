#include <doctest/doctest.h>

#include <cstdlib>

#include "support/answers.h"

using namespace memlog;
using namespace memlog::test;

// Files that overlap: what they both have is told once.
namespace {

struct Piece {
  std::string name;
  std::size_t from = 0;   // lines, from 0; `to` is behind the last
  std::size_t to = 0;
};

Answers pieces_of(const std::string& text, const std::vector<Piece>& pieces, const ReadOptions& options = {}) {
  const TempDirectory directory;
  std::vector<std::size_t> ends = line_ends(text);
  ends.insert(ends.begin(), 0);
  ends.push_back(text.size());
  std::vector<std::string> paths;
  std::map<std::string, std::uint64_t> lines_before;
  for (const Piece& piece : pieces) {
    const std::size_t from = ends.at(std::min(piece.from, ends.size() - 1));
    const std::size_t to = ends.at(std::min(piece.to, ends.size() - 1));
    // `app.log.2.gz` is written as what it is.
    const bool packed = piece.name.ends_with(".gz");
    paths.push_back(directory.write(packed ? piece.name.substr(0, piece.name.size() - 3) : piece.name, text.substr(from, to - from)));
    if (packed) {
      REQUIRE(std::system(("gzip -f '" + paths.back() + "'").c_str()) == 0);
      paths.back() += ".gz";
    }
    lines_before[paths.back()] = piece.from;
  }
  return answers_of(paths, lines_before, false, options);
}

const char* const kLogs[] = {"telegram-v1/memory_debug.log", "telegram-v1/logs.txt", "telegram-v3/memory_debug.log", "telegram-v3/logs.txt", "celery/worker.log",
                             "celery/compose-ansi.log",      "polymarket/bot.log",   "daily/memory_20251007.log",    "crash/bot.log",         "crash/kernel.log"};

constexpr std::size_t kAll = 1'000'000;

}  // namespace

TEST_CASE("overlaps: two copies of a log, and three, give the answers of one") {
  for (const std::string name : kLogs) {
    CAPTURE(name);
    const std::string text = testdata(name);
    const Answers whole = pieces_of(text, {{"app.log", 0, kAll}});
    const Answers copies = pieces_of(text, {{"app.log", 0, kAll}, {"copy.log", 0, kAll}});
    CHECK(first_difference(whole.all, copies.all) == "");
    CHECK(copies.repeated > 0);
    CHECK(copies.lines.records == 2 * whole.lines.records);
    const Answers three = pieces_of(text, {{"a.log", 0, kAll}, {"b.log", 0, kAll}, {"c.log", 0, kAll}});
    CHECK(first_difference(whole.all, three.all) == "");
    CHECK(three.repeated == 2 * copies.repeated);
  }
}

TEST_CASE("overlaps: pieces that overlap give the answers of the whole, with threads and in small chunks") {
  for (const std::string name : kLogs) {
    CAPTURE(name);
    const std::string text = testdata(name);
    const std::size_t lines = line_ends(text).size() + 1;
    const Answers whole = pieces_of(text, {{"app.log", 0, kAll}});
    for (const std::size_t shift : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u}) {
      CAPTURE(shift);
      const std::size_t from = lines * 4 / 10 + shift;
      const std::size_t to = lines * 6 / 10 + shift;
      const Answers two = pieces_of(text, {{"b.log", from, kAll}, {"a.log", 0, to}});
      CHECK(first_difference(whole.all, two.all) == "");
      ReadOptions options;
      options.threads = 2;
      options.stream.chunk_size = 4096;
      const Answers within = pieces_of(text, {{"app.log", 0, kAll}, {"part-of-it.log", from, to}}, options);
      CHECK(first_difference(whole.all, within.all) == "");
    }
  }
}

TEST_CASE("overlaps: files of a rotation that overlap, if only by a line, are not told twice") {
  for (const std::string name : {"telegram-v1/logs.txt", "telegram-v3/memory_debug.log", "celery/worker.log", "daily/memory_20251007.log"}) {
    CAPTURE(name);
    const std::string text = testdata(name);
    const std::size_t lines = line_ends(text).size() + 1;
    const Answers whole = pieces_of(text, {{"app.log", 0, kAll}});
    for (const std::size_t overlap : {1u, 2u, 9u, 40u}) {
      CAPTURE(overlap);
      const std::size_t cut = lines / 2;
      const Answers rotated = pieces_of(text, {{"app.log", cut, kAll}, {"app.log.1", 0, cut + overlap}});
      CHECK(first_difference(whole.all, rotated.all) == "");
      const Answers parts = pieces_of(text, {{"part-1.log", 0, cut + overlap}, {"part-2.log", cut, kAll}});
      CHECK(first_difference(whole.all, parts.all) == "");
    }
  }
}

TEST_CASE("overlaps: the older files of a rotation are compressed, and each begins with lines that the one before it has") {
  for (const std::string name : {"telegram-v1/logs.txt", "telegram-v3/memory_debug.log", "celery/worker.log", "daily/memory_20251007.log"}) {
    CAPTURE(name);
    const std::string text = testdata(name);
    const std::size_t lines = line_ends(text).size() + 1;
    const Answers whole = pieces_of(text, {{"app.log", 0, kAll}});
    for (const std::size_t overlap : {0u, 1u, 2u, 9u, 40u, 150u}) {
      CAPTURE(overlap);
      const std::size_t a = lines / 3;
      const std::size_t b = 2 * lines / 3;
      if (overlap > a) continue;  // the older one would have more than the newer one
      const Answers rotated = pieces_of(text, {{"app.log", b, kAll}, {"app.log.1.gz", a, b + overlap}, {"app.log.2.gz", 0, a + overlap}});
      CHECK(first_difference(whole.all, rotated.all) == "");
      const Answers newer_plain = pieces_of(text, {{"app.log", b, kAll}, {"app.log.1", a, b}, {"app.log.2.gz", 0, a + overlap}});
      CHECK(first_difference(whole.all, newer_plain.all) == "");
    }
  }
}

TEST_CASE("overlaps: equal lines of one file stay as many as they are") {
  const std::string line = "2025-11-16 08:30:00 --- [Idle] | RSS:  245.3 MB | VMS:  512.1 MB\n";
  const std::string other = "2025-11-16 08:30:00 --- [Idle] | RSS:  246.3 MB | VMS:  512.1 MB\n";
  const std::string text = line + other + line + other + other + line;
  CHECK(pieces_of(text, {{"app.log", 0, kAll}}).all["peak"]["entries"].size() == 6);
  CHECK(pieces_of(text, {{"app.log", 0, kAll}, {"copy.log", 0, kAll}}).all["peak"]["entries"].size() == 6);
  CHECK(pieces_of(text, {{"beginning.log", 0, 4}, {"whole.log", 0, kAll}}).all["peak"]["entries"].size() == 6);
}
