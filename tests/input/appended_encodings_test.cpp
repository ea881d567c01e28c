#include <doctest/doctest.h>

#include <algorithm>

#include <nlohmann/json.hpp>
#include <string>

#include "support/run_program.h"

// One log, two encodings: PowerShell's `>>` appends UTF-16 to what another program has written, and the other way.
namespace {

using namespace memlog::test;

std::string utf16(std::string_view utf8, bool big, bool mark) {
  std::string out;
  const auto unit = [&](char32_t u) {
    const char low = static_cast<char>(u & 0xff);
    const char high = static_cast<char>(u >> 8 & 0xff);
    out += big ? high : low;
    out += big ? low : high;
  };
  if (mark) unit(0xfeff);
  for (std::size_t i = 0; i < utf8.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(utf8[at]); };
    const std::size_t n = byte(i) < 0x80 ? 1 : byte(i) < 0xe0 ? 2 : byte(i) < 0xf0 ? 3 : 4;
    char32_t c = n == 1 ? byte(i) : byte(i) & (0x7fu >> n);
    for (std::size_t k = 1; k < n; ++k) c = c << 6 | (byte(i + k) & 0x3fu);
    if (c >= 0x10000) {
      unit(0xd800 + ((c - 0x10000) >> 10));
      unit(0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
      unit(c);
    }
    i += n;
  }
  return out;
}

std::string with_crlf(std::string text) {
  replace_all(text, "\n", "\r\n");
  return text;
}

struct Accounted {
  std::string events;
  nlohmann::json input;
};

Accounted read(const std::string& text, const std::string& chunk) {
  const RunOptions run{.files = {{"a.log", text}}, .chunk = chunk};
  nlohmann::json input = nlohmann::json::parse(run_shell("cd $TMP; memlog peak --json a.log", run).out)["inputs"][0];
  CHECK(input["lines"].get<int>() == input["record_lines"].get<int>() + input["ignored_lines"].get<int>() + input["malformed_lines"].get<int>());
  return {run_shell("cd $TMP; memlog events a.log", run).out, input};
}

}  // namespace

TEST_CASE("encoding: UTF-16 behind UTF-8 and UTF-8 behind UTF-16 are one log, with a mark in the middle or without") {
  for (const char* name : {"daily/memory_20251006.log", "telegram-v1/logs.txt", "celery/worker.log"}) {
    CAPTURE(name);
    std::string text = testdata(name).substr(0, 20'000);
    text.resize(text.rfind('\n') + 1);
    const Accounted whole = read(text, "");
    REQUIRE(whole.events.size() > 1000);
    const std::size_t middle = text.find('\n', text.size() / 2) + 1;
    const std::string first = text.substr(0, middle);
    const std::string second = text.substr(middle);
    for (const char* const chunk : {"", "64"}) {
      CAPTURE(chunk);
      for (const bool mark : {true, false}) {
        CAPTURE(mark);
        const Accounted behind = read(first + utf16(with_crlf(second), false, mark), chunk);
        CHECK(behind.events == whole.events);
        CHECK(behind.input["encoding"] == "utf-8");
        CHECK(behind.input["repaired_encoding"] == true);
        CHECK(behind.input["record_lines"] == whole.input["record_lines"]);
        CHECK(behind.input["lines"] == whole.input["lines"]);
        CHECK(behind.input["malformed_lines"] == whole.input["malformed_lines"]);
        for (const bool big : {false, true}) {
          CAPTURE(big);
          const Accounted before = read(utf16(with_crlf(first), big, mark) + second, chunk);
          CHECK(before.events == whole.events);
          CHECK(before.input["lines"] == whole.input["lines"]);
          // And once more: `>>` in turns with the program itself.
          const std::size_t third = second.find('\n', second.size() / 2) + 1;
          const Accounted turns = read(utf16(with_crlf(first), big, mark) + second.substr(0, third) + utf16(second.substr(third), false, mark), chunk);
          CHECK(turns.events == whole.events);
          CHECK(turns.input["lines"] == whole.input["lines"]);
        }
      }
    }
  }
}

TEST_CASE("encoding: lines of UTF-16 that are mostly drawing, and an emoji with the byte of a line break in it") {
  const std::string text =
      "2025-10-27 14:47:33 --- [\u2500\u2500 \U0001F60A] | RSS:  245.3 MB | VMS:  512.1 MB\n"
      "\u251c\u2500 nothing\n"
      "2025-10-27 14:48:33 --- [\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F60A] | RSS:  246.3 MB | VMS:  512.1 MB\n"
      "[2025-10-27 14:49:33] \U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\U0001F6A8\n"
      "2025-10-27 14:50:33 --- [Idle] | RSS:  247.3 MB | VMS:  512.1 MB\n";
  const std::string before = "2025-10-27 14:46:33 --- [Idle] | RSS:  245.3 MB | VMS:  512.1 MB\n";
  const std::string want = read(before + text, "").events;
  CHECK(std::count(want.begin(), want.end(), '\n') == 4);
  CHECK(read(before + utf16(with_crlf(text), false, false), "").events == want);
  CHECK(read(before + utf16(text, false, true), "").events == want);
}

TEST_CASE("encoding: big-endian UTF-16 behind UTF-8, and text that is cut at its end") {
  std::string text = testdata("daily/memory_20251006.log").substr(0, 4000);
  text.resize(text.rfind('\n') + 1);
  const std::size_t middle = text.find('\n', text.size() / 2) + 1;
  const std::string all = text.substr(0, middle) + utf16(text.substr(middle), true, true);
  CHECK(read(all, "").events == read(text, "").events);
  // Every place at which a disk was full: nothing crashes, every line is accounted for.
  for (std::size_t n = all.size() - 300; n < all.size(); ++n) read(all.substr(0, n), "");
}
