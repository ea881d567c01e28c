#include "memlog/report/line_writer.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "memlog/report/render.h"

using namespace memlog;

TEST_CASE("line writer: numbers look as everywhere else") {
  const double kNan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values{0.0, -0.0, 0.1, 512.0, 598.4, -12.5, 99998.9, 99999.0, 100000.0, 127453.0, 1200000.0, 1e6, 123456789.0, 1e9, 1e15, 1e-7, 0.05, 35.64, 1.0 / 3, kNan};
  for (int i = 0; i < 20000; ++i) values.push_back(i / 10.0);
  for (int i = 0; i < 2000; ++i) values.push_back(i * 50.0 * 1000);
  for (const double value : values) {
    LineWriter writer;
    writer.number(value);
    std::string expected;
    append_json_number(expected, value);
    CHECK(std::string(writer.text()) == expected);
  }
}

TEST_CASE("line writer: whole numbers have all their digits and no zeros in front") {
  std::vector<std::uint64_t> numbers{0, 9, 10, 99, 100, 9999, 10'000, 10'001, 99'999, 100'000, 1'000'000, 12'345'678, 99'999'999, 100'000'000, 100'000'001, 18'446'744'073'709'551'615ULL};
  for (std::uint64_t n = 0; n < 30'000; n += 7) numbers.push_back(n);
  for (std::uint64_t n = 1; n < 1'000'000'000'000; n = n * 3 + 1) numbers.push_back(n);
  for (const std::uint64_t n : numbers) {
    LineWriter writer;
    writer.integer(n);
    CHECK(std::string(writer.text()) == std::to_string(n));
  }
}

TEST_CASE("line writer: every second of a day") {
  LineWriter writer;
  for (std::int64_t second = 0; second < 86'400; ++second) {
    writer.clear();
    writer.time(Timestamp{second * kNanosPerSecond});
    REQUIRE(writer.text() == format_time(Timestamp{second * kNanosPerSecond}));
  }
}

TEST_CASE("line writer: times look as everywhere else") {
  LineWriter writer;
  for (const Timestamp& time : {Timestamp{0}, Timestamp{1763281800123456789, Timestamp::kNoZone, 3}, Timestamp{1763281800123456789, Timestamp::kNoZone, 6},
                                Timestamp{1763281800000000000, 120}, Timestamp{-1}, Timestamp{3600000000000, Timestamp::kNoZone, 0, false}, Timestamp{}}) {
    writer.clear();
    writer.time(time);
    CHECK(std::string(writer.text()) == format_time(time));
  }
}

TEST_CASE("line writer: strings are escaped wherever a byte asks for it") {
  for (const char c : {'"', '\\', '\n', '\x01', '\x7f', '\xc3', 'x', ' '}) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'a');
      text[at] = c;
      std::string expected;
      append_json_string(expected, text);
      LineWriter writer;
      writer.json_string(text);
      CHECK(std::string(writer.text()) == expected);
    }
  }
}

TEST_CASE("line writer: lent room is used as far as it goes, and then left") {
  for (const std::size_t size : {1, 7, 64, 1000, 5000, 100'000}) {
    std::vector<char> room(size, '?');
    LineWriter writer;
    writer.put("what was before");
    writer.clear(room);
    std::string expected;
    bool in_room = true;
    for (int i = 0; i < 2000; ++i) {
      writer.integer(static_cast<std::uint64_t>(i) * 7919);
      writer.put(' ');
      expected += std::to_string(i * 7919) + ' ';
      in_room = in_room && writer.text().data() == room.data();
    }
    CAPTURE(size);
    CHECK(writer.text() == expected);
    CHECK(in_room == (size > 20'000));
    writer.clear();
    writer.put("behind");
    CHECK(writer.text() == "behind");
    if (size > 20'000) CHECK(std::string(room.data(), expected.size()) == expected);
  }
}
