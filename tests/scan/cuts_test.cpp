#include <doctest/doctest.h>

#include "support/answers.h"

using namespace memlog;
using namespace memlog::test;

// A log that was cut into several files is the same log.
namespace {

// `text` as files that end behind the line breaks at `cuts`; `name` gives the name of the n-th of them.
template <typename Name>
Answers cut_at(const std::string& text, const std::vector<std::size_t>& cuts, Name name, bool only_events = false) {
  const TempDirectory directory;
  std::vector<std::string> paths;
  std::map<std::string, std::uint64_t> lines_before;
  std::size_t from = 0;
  std::uint64_t lines = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t to = i < cuts.size() ? cuts[i] : text.size();
    const std::string piece = text.substr(from, to - from);
    paths.push_back(directory.write(name(i, cuts.size()), piece));
    lines_before[paths.back()] = lines;
    lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    from = to;
  }
  // Pieces without a time of their own stand where the user has put them.
  if (!only_events) std::reverse(paths.begin(), paths.end());
  return answers_of(paths, lines_before, only_events);
}

std::string part_name(std::size_t i, std::size_t) { return "part-" + std::string(1, static_cast<char>('a' + i)) + ".log"; }
std::string rotated_name(std::size_t i, std::size_t last) { return i == last ? "app.log" : "app.log." + std::to_string(last - i); }

const char* const kLogs[] = {"telegram-v1/memory_debug.log", "telegram-v1/logs.txt", "telegram-v3/memory_debug.log", "telegram-v3/logs.txt", "celery/worker.log",
                             "celery/compose-ansi.log",      "polymarket/bot.log",   "daily/memory_20251007.log"};

}  // namespace

TEST_CASE("cuts: a log in one, two and seven files gives the same answers") {
  for (const std::string name : kLogs) {
    CAPTURE(name);
    const std::string text = testdata(name);
    const std::vector<std::size_t> ends = line_ends(text);
    const Answers whole = cut_at(text, {}, part_name);
    for (const std::size_t pieces : {2u, 7u}) {
      CAPTURE(pieces);
      for (const std::size_t shift : {0u, 1u, 2u, 3u, 5u}) {
        CAPTURE(shift);
        std::vector<std::size_t> cuts;
        for (std::size_t i = 1; i < pieces; ++i) cuts.push_back(ends.at(std::min(ends.size() - pieces + i, ends.size() * i / pieces + shift)));
        const Answers parts = cut_at(text, cuts, part_name);
        CHECK(first_difference(whole.all, parts.all) == "");
        CHECK(whole.lines.records == parts.lines.records);
        const Answers rotated = cut_at(text, cuts, rotated_name);
        CHECK(first_difference(whole.all, rotated.all) == "");
        CHECK(whole.lines.malformed == rotated.lines.malformed);
      }
    }
  }
}

TEST_CASE("cuts: a cut behind any line of a block goes unnoticed") {
  std::map<std::string, std::string> logs;
  for (const char* name : {"kernel_oom/memcg-5.log", "kernel_oom/syslog-20250304-group.log", "kernel_oom/dmesg-T-4.log", "memory_debug/guide_crash.log"}) logs[name] = testdata(name);
  const auto around = [](const std::string& text, std::string_view word, std::size_t before, std::size_t after) {
    const std::size_t at = text.find(word);
    const std::size_t from = text.rfind('\n', at - std::min(at, before)) + 1;
    return text.substr(from, text.find('\n', at + after) + 1 - from);
  };
  logs["snapshots"] = around(testdata("telegram-v1/logs.txt"), "Traceback", 4000, 4000);
  logs["report"] = around(testdata("polymarket/bot.log"), "24-HOUR", 600, 2500);
  logs["debug"] = around(testdata("telegram-v3/memory_debug.log"), "CRITICAL", 2000, 3000);
  const std::string time = "2026-03-24T01:33:18.5Z";
  logs["cri"] = time + " stderr F [2026-03-24 01:33:17,527: INFO/A] Memory [t] START: RSS=4.0MB\n" + time + " stderr P [2026-03-24 01:33:18,527: INFO/A] Memory [t] STA\n" + time +
                " stderr P RT: RSS\n" + time + " stderr F =5.0MB\n" + time + " stderr F [2026-03-24 01:33:18,527: INFO/A] Memory [t] FINISH (delta=+1.0MB, peak=6.0MB): RSS=6.0MB\n";
  for (const auto& [name, text] : logs) {
    CAPTURE(name);
    const Answers whole = cut_at(text, {}, rotated_name, true);
    REQUIRE(whole.all["events"]["events"].size() > 0);
    for (const std::size_t cut : line_ends(text)) {
      CAPTURE(text.substr(cut, 80));
      const Answers rotated = cut_at(text, {cut}, rotated_name, true);
      CHECK(first_difference(whole.all, rotated.all) == "");
      CHECK(whole.lines.records == rotated.lines.records);
      const Answers parts = cut_at(text, {cut}, part_name, true);
      CHECK(first_difference(whole.all, parts.all) == "");
    }
  }
}
