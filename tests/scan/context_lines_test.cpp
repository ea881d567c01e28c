#include "memlog/scan/context_lines.h"

#include <doctest/doctest.h>

#include "memlog/scan/log_lines.h"
#include "support/log_builder.h"
#include "support/pack.h"

using namespace memlog;
using namespace memlog::test;

namespace {

// More than one chunk has room for.
std::string long_log() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    char line[80];
    std::snprintf(line, sizeof line, "2025-11-16 %02d:%02d:%02d - INFO - line %d\n", i / 3600, i / 60 % 60, i % 60, i + 1);
    text += line;
  }
  return text;
}

}  // namespace

TEST_CASE("context: lines have their numbers in the file, in members of archives too") {
  const TempDirectory directory;
  const std::string text = long_log();
  std::string_view s = "2025-11-16 05:00:00";
  const auto time = take_timestamp(s);
  REQUIRE(time);
  for (const std::string& path : {directory.write("a.log", text), directory.write("a.zip", pack({{"logs/a.log", text}}, "zip", "none")) + "!logs/a.log"}) {
    CAPTURE(path);
    const auto found = lines_around({path}, {*time}, 2);
    REQUIRE(found.size() == 1);
    REQUIRE(found[0].size() == 4);
    for (const ContextLine& line : found[0]) CHECK(line.text.ends_with(" line " + std::to_string(line.line)));
    CHECK(found[0][0].line == 18'000);
    std::uint64_t wrong = 0;
    std::uint64_t last = 0;
    for_each_line(path, [&](const Line& line, bool) {
      last = line.number;
      wrong += line.message == "line " + std::to_string(line.number) ? 0 : 1;
    });
    CHECK(wrong == 0);
    CHECK(last == 20'000);
  }
}

TEST_CASE("context: a banner behind the last words is of what follows, and not what was before") {
  const TempDirectory directory;
  const std::string ruler(80, '=');
  const std::string path = directory.write("a.log", "[2025-11-16 08:00:00] first\n├─ more\n[2025-11-16 08:05:00] last\n├─ of the last\n\n" + ruler + "\nBOT RESTARTED\n" + ruler +
                                                        "\n\n[2025-11-16 09:00:00] Started\n├─ more\n[2025-11-16 09:05:00] on\n");
  const auto at = [](std::string_view s) { return *take_timestamp(s); };
  const auto texts = [](const std::vector<ContextLine>& lines) {
    std::string all;
    for (const ContextLine& line : lines) all += std::to_string(line.line) + " ";
    return all;
  };
  CHECK(texts(lines_around({path}, {at("2025-11-16 08:05:00")}, 2)[0]) == "3 4 6 7 ");
  CHECK(texts(lines_around({path}, {at("2025-11-16 08:05:00"), at("2025-11-16 09:00:00")}, 3)[0]) == "2 3 4 6 7 8 ");
  CHECK(texts(lines_around({path}, {at("2025-11-16 08:05:00"), at("2025-11-16 09:00:00")}, 3)[1]) == "8 10 11 12 ");
  CHECK(texts(lines_around({path}, {at("2025-11-16 09:05:00")}, 2)[0]) == "11 12 ");
  // The last lines of a log are of its last moment.
  const std::string end = directory.write("b.log", "[2025-11-16 08:05:00] last\n\nKilled\n");
  CHECK(texts(lines_around({end}, {at("2025-11-16 08:05:00")}, 5)[0]) == "1 3 ");
}

TEST_CASE("context: dates without a year are of the nearest one, and another clock is shifted") {
  const TempDirectory directory;
  const auto at = [](std::string_view s) { return *take_timestamp(s); };
  const auto lines = [](const std::vector<ContextLine>& found) {
    std::string all;
    for (const ContextLine& line : found) all += std::to_string(line.line) + " ";
    return all;
  };
  const std::string yearless = directory.write("kern.log", "Dec 31 23:59:00 host kernel: a\nJan  1 00:00:30 host kernel: b\nJan  1 00:02:00 host kernel: c\n");
  CHECK(lines(lines_around({yearless}, {at("2026-01-01 00:01:00")}, 1)[0]) == "2 3 ");
  CHECK(lines(lines_around({yearless}, {at("2025-12-31 23:59:30")}, 1)[0]) == "1 2 ");
  const std::string ahead = directory.write("ahead.log", "2025-11-16 10:00:00 a\n2025-11-16 10:01:00 b\n2025-11-16 10:02:00 c\n");
  const std::int64_t two_hours = 2 * 3600 * kNanosPerSecond;
  CHECK(lines(lines_around({ahead}, {at("2025-11-16 08:01:30")}, 1, {-two_hours})[0]) == "2 3 ");
  CHECK(lines(lines_around({ahead}, {at("2025-11-16 08:01:30")}, 1)[0]) == "");
}
