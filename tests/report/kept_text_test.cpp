#include "memlog/report/kept_text.h"

#include <doctest/doctest.h>

#include <string>

#include "memlog/report/line_writer.h"
#include "memlog/report/render.h"

using namespace memlog;

namespace {

constexpr std::int64_t kHour = static_cast<std::int64_t>(KeptHour::kHour);
constexpr std::int64_t kBegin = 1763280000 * kNanosPerSecond;   // 2025-11-16T08:00:00

}  // namespace

TEST_CASE("kept text: nothing is written before an hour or a number is kept") {
  char place[KeptHour::kRoom] = {};
  for (const std::int64_t ns : {std::int64_t{0}, std::int64_t{1}, kBegin, Timestamp::kNone}) CHECK(KeptHour{}.put(place, Timestamp{ns}) == nullptr);
  for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{9}, ~std::uint64_t{0}}) CHECK(KeptTen{}.put(place, n) == nullptr);
}

TEST_CASE("kept text: times of the hour, in seconds and in milliseconds, and no other time") {
  KeptHour hour;
  hour.keep(static_cast<std::uint64_t>(kBegin), "2025-11-16T08:");
  char place[KeptHour::kRoom] = {};
  for (std::int64_t ms = 0; ms < 3'600'000; ms += 7) {
    for (const std::uint8_t digits : {std::uint8_t{0}, std::uint8_t{3}}) {
      const Timestamp time{kBegin + ms * 1'000'000, Timestamp::kNoZone, digits};
      const char* const behind = hour.put(place, time);
      REQUIRE(behind != nullptr);
      REQUIRE(std::string(static_cast<const char*>(place), behind) == format_time(time));
    }
  }
  for (const Timestamp& time : {Timestamp{kBegin - 1}, Timestamp{kBegin + kHour}, Timestamp{}, Timestamp{kBegin, 60}, Timestamp{kBegin, Timestamp::kNoZone, 6},
                                Timestamp{kBegin, Timestamp::kNoZone, 0, false}}) {
    CHECK(hour.put(place, time) == nullptr);
  }
}

TEST_CASE("kept text: the writer goes from hour to hour and back") {
  LineWriter writer;
  for (const std::int64_t hour : {0, 1, 25, 24, 24 * 365, 0, 1, 1}) {
    for (const std::int64_t ms : {0, 59'999, 3'599'999}) {
      const Timestamp time{kBegin + hour * kHour + ms * 1'000'000, Timestamp::kNoZone, 3};
      writer.clear();
      writer.time(time);
      CHECK(std::string(writer.text()) == format_time(time));
    }
  }
}

TEST_CASE("kept text: numbers of the same ten and no others") {
  for (const std::uint64_t begin : {0, 10, 90, 4560, 99'999'990}) {
    for (std::uint64_t kept = begin; kept < begin + 10; ++kept) {
      const std::string digits = std::to_string(kept);
      KeptTen ten;
      ten.keep(kept, swar::word(digits.data(), static_cast<int>(digits.size())), static_cast<unsigned>(digits.size()));
      char place[KeptTen::kRoom] = {};
      for (std::uint64_t n = begin; n < begin + 10; ++n) {
        const char* const behind = ten.put(place, n);
        REQUIRE(behind != nullptr);
        CHECK(std::string(static_cast<const char*>(place), behind) == std::to_string(n));
      }
      CHECK(ten.put(place, begin - 1) == nullptr);
      CHECK(ten.put(place, begin + 10) == nullptr);
    }
  }
}

TEST_CASE("kept text: the writer goes from number to number and back") {
  LineWriter writer;
  for (const std::uint64_t n : {0, 1, 9, 10, 11, 8, 99, 100, 101, 99'999'999, 100'000'000, 99'999'998, 7, 100'000'001}) {
    writer.clear();
    writer.integer(n);
    CHECK(std::string(writer.text()) == std::to_string(n));
  }
}
