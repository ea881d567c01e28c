#include "memlog/base/swar.h"

#include <doctest/doctest.h>

#include <string>

#include "memlog/base/decimal.h"
#include "memlog/base/time.h"

using namespace memlog;

namespace {

// The text with room to read behind it.
std::string padded(std::string text) { return text + std::string(64, '\n'); }

}  // namespace

TEST_CASE("swar: tenths are what the general reader reads, or nothing") {
  for (const char* text : {"0.0 ", "5.6 MB", "35.6%", "598.4 MB", "12345.6 ", "123456.7|", "007.5 ", "1234567.8 ", ".5 ", "5. ", "12 MB", "5I2.0 MB", "-3.4 ", "9:.3 ", "", " 5.6"}) {
    CAPTURE(text);
    const std::string line = padded(text);
    const char* p = line.data();
    std::uint32_t tenths = 0;
    if (!swar::take_tenths(p, tenths)) continue;
    std::string_view general = text;
    const auto value = take_decimal(general);
    REQUIRE(value.has_value());
    CHECK(tenths / 10.0 == *value);
    CHECK(line.data() + (std::string_view(text).size() - general.size()) == p);
  }
  const std::string line = padded("598.4 MB");
  const char* p = line.data();
  std::uint32_t tenths = 0;
  CHECK(swar::take_tenths(p, tenths));
  CHECK(tenths == 5984);
}

TEST_CASE("swar: six columns hold every number that %6.1f prints, and nothing else") {
  for (std::uint32_t n = 0; n < 100'000; ++n) {
    std::string text = std::to_string(n / 10) + "." + std::to_string(n % 10);
    if (text.size() > 6) break;
    text = padded(std::string(6 - text.size(), ' ') + text + " MB");
    std::uint32_t tenths = 0;
    REQUIRE(swar::read_six(text.data(), tenths));
    REQUIRE(tenths == n);
  }
  for (const char* text : {"     .5", "1 34.5", " 1 4.5", "12345.", "  12 5", "   x.5", "  -1.5", "  598,4", "       ", "59\n8.4", "598.4 ", "    5."}) {
    CAPTURE(text);
    std::uint32_t tenths = 0;
    CHECK_FALSE(swar::read_six(padded(text).data(), tenths));
  }
}

TEST_CASE("swar: counts with and without a comma") {
  struct Case {
    const char* text;
    std::uint32_t count;
    std::ptrdiff_t length;
  };
  for (const Case& c : {Case{"0\n", 0, 1}, {"12 items", 12, 2}, {"4512\n", 4512, 4}, {"127,453\n", 127453, 7}, {"7,001 x", 7001, 5}, {"1234567|", 1234567, 7}}) {
    CAPTURE(c.text);
    const std::string line = padded(c.text);
    const char* p = line.data();
    std::uint32_t count = 0;
    CHECK(swar::take_count(p, count));
    CHECK(count == c.count);
    CHECK(p - line.data() == c.length);
  }
  for (const char* text : {"", "x", "12345678", "1,23 ", "1234,567 ", "1,234,567 ", "1,2345 ", ",5"}) {
    CAPTURE(text);
    const std::string line = padded(text);
    const char* p = line.data();
    std::uint32_t count = 0;
    CHECK_FALSE(swar::take_count(p, count));
  }
}

TEST_CASE("swar: clocks are those of the general reader") {
  for (const char* text : {"00:00:00", "23:59:59", "23:59:60", "24:00:00", "08:60:00", "08:30:61", "8:30:000", "08-30:00", "08:30:0x", "a8:30:00", "08:3 :00"}) {
    CAPTURE(text);
    std::uint32_t second = 0;
    const bool read = swar::take_clock(padded(text).data(), second);
    std::string_view general = text;
    std::uint8_t digits = 0;
    const auto ns = take_time_of_day(general, digits);
    CHECK(read == (ns.has_value() && general.empty()));
    if (read) CHECK(second * kNanosPerSecond == *ns);
  }
}
