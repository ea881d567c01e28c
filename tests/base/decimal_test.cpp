#include "memlog/base/decimal.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace memlog;

TEST_CASE("decimal: reads the number in front and leaves what follows") {
  std::string_view s = "  598.4 MB | VMS";
  CHECK(take_decimal(s) == 598.4);
  CHECK(s == " MB | VMS");
}

TEST_CASE("decimal: gives the same double as the C library for numbers that logs print") {
  for (const char* text : {"0", "0.1", "245.3", "1000.0", "16384", "0.001", "123456789.123456", "99999.99", "0.30000000000000", "512.75"}) {
    CAPTURE(text);
    std::string_view s = text;
    CHECK(take_decimal(s) == std::strtod(text, nullptr));
    CHECK(s.empty());
  }
}

TEST_CASE("decimal: a sign counts, a lone sign or point does not") {
  std::string_view s = "+75.3";
  CHECK(take_decimal(s) == 75.3);
  s = "-1.4 MB";
  CHECK(take_decimal(s) == -1.4);
  for (const std::string_view bad : {"", "-", ".5", "MB", "+ 5", "abc"}) {
    CAPTURE(bad);
    s = bad;
    CHECK_FALSE(take_decimal(s));
    CHECK(s == bad);
  }
}

TEST_CASE("decimal: a point without a digit behind it ends the number") {
  std::string_view s = "145. Next";
  CHECK(take_decimal(s) == 145.0);
  CHECK(s == ". Next");
}

TEST_CASE("decimal: commas separate thousands only where they may") {
  std::string_view s = "127,453";
  CHECK(take_decimal(s, true) == 127453.0);
  s = "127,453";
  CHECK(take_decimal(s) == 127.0);
  s = "5, 6";
  CHECK(take_decimal(s, true) == 5.0);
  CHECK(s == ", 6");
}

TEST_CASE("decimal: a number too long for a double is refused, a long fraction is not") {
  std::string_view s = "1234567890123456";
  CHECK_FALSE(take_decimal(s));
  s = "1.00000000000000000000000001x";
  CHECK(take_decimal(s) == 1.0);
  CHECK(s == "x");
}

TEST_CASE("decimal: a unit must follow, with a blank or without") {
  std::string_view s = "245.3MB)";
  CHECK(take_decimal_with(s, "MB") == 245.3);
  CHECK(s == ")");
  s = "245.3 MB";
  CHECK(take_decimal_with(s, "MB") == 245.3);
  s = "245.3  MB";
  CHECK_FALSE(take_decimal_with(s, "MB"));
  CHECK(s == "245.3  MB");
  s = "50.2% free)";
  CHECK(take_decimal_with(s, "% free") == 50.2);
}

TEST_CASE("decimal: whole numbers up to 18 digits") {
  std::string_view s = "42:";
  CHECK(take_integer(s) == 42);
  CHECK(s == ":");
  s = "1234567890123456789";
  CHECK_FALSE(take_integer(s));
  s = "-1";
  CHECK_FALSE(take_integer(s));
}

TEST_CASE("decimal: the nearest whole number is that of the C library") {
  for (const double x : {0.0, 0.5, 1.5, 2.5, 0.49999999999999994, 2450.5, 24'500'000.499, 1e12 + 0.5, 4503599627370497.5, 1e8 * 10'000.0}) {
    CAPTURE(x);
    CHECK(nearest(x) == std::llround(x));
    CHECK(nearest(-x) == std::llround(-x));
  }
}
