#include "memlog/report/tenths_text.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "memlog/report/render.h"

using namespace memlog;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string written(std::uint64_t text) {
  char place[kTenthsRoom] = {};
  return {place, put_tenths(place, text)};
}

std::string expected(double value) {
  std::string text;
  append_json_number(text, value);
  return text;
}

}  // namespace

#ifdef __SSE2__

TEST_CASE("tenths text: four numbers look as everywhere else") {
  for (std::uint32_t n = 0; n < 100'000; ++n) {
    const double values[4] = {n / 10.0, (99'999 - n) / 10.0, (n * 7 % 100'000) / 10.0, (n * 13 % 100'000) / 10.0};
    FourTenths four;
    REQUIRE(four.read(values[0], values[1], values[2], values[3]));
    CHECK(four.missing == 0);
    CHECK(four.tenths == n * 13 % 100'000);
    for (int i = 0; i < 4; ++i) REQUIRE(written(four.text[i]) == expected(values[i]));
  }
}

TEST_CASE("tenths text: numbers of other kinds are left to others, wherever they stand") {
  for (const double other : {10'000.0, 99'999.9, 35.64, 0.05, -0.0, -1.5, 1e300, std::nextafter(0.3, 1), std::nextafter(9999.9, 0), std::nextafter(512.0, 513),
                             std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    CAPTURE(other);
    for (int at = 0; at < 4; ++at) {
      double values[4] = {598.4, 812.7, kNan, 35.6};
      values[at] = other;
      FourTenths four;
      CHECK_FALSE(four.read(values[0], values[1], values[2], values[3]));
    }
  }
}

TEST_CASE("tenths text: missing numbers are told and leave the others alone") {
  for (unsigned missing = 0; missing < 16; ++missing) {
    double values[4] = {598.4, 812.7, 9999.9, 35.6};
    for (unsigned i = 0; i < 4; ++i) {
      if ((missing >> i & 1) != 0) values[i] = kNan;
    }
    FourTenths four;
    REQUIRE(four.read(values[0], values[1], values[2], values[3]));
    CHECK(four.missing == missing);
    for (unsigned i = 0; i < 4; ++i) {
      if ((missing >> i & 1) == 0) CHECK(written(four.text[i]) == expected(values[i]));
    }
  }
}

#endif

TEST_CASE("tenths text: every percentage") {
  for (std::uint32_t tenths = 0; tenths <= 1000; ++tenths) CHECK(written(percent_text(tenths)) == expected(tenths / 10.0));
}
