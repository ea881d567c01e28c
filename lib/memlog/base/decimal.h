#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "memlog/base/text.h"

// Decimal numbers as logs print them. A value is read as an integer and divided once by a power of ten, which gives
// the same double as strtod for up to 15 significant digits (both operands are exact, division rounds once).
namespace memlog {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

inline bool is_known(double value) { return !std::isnan(value); }

// As llround(), without the call.
inline std::int64_t nearest(double x) {
  const auto whole = static_cast<std::int64_t>(x);
  const double rest = x - static_cast<double>(whole);
  return whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0);
}

inline constexpr double kPowerOfTen[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// Reads `[+-]digits[.digits]` from the front of `s` and removes it. White space in front is skipped, a comma between
// digits is a thousands separator if `thousands`. Returns nothing, and leaves `s` as it was, without a digit or with
// more digits than a double holds.
inline std::optional<double> take_decimal(std::string_view& s, bool thousands = false) {
  const char* p = s.data();
  const char* const end = p + s.size();
  while (p != end && *p == ' ') ++p;
  bool negative = false;
  if (p != end && (*p == '+' || *p == '-')) negative = *p++ == '-';
  std::uint64_t value = 0;
  int digits = 0;
  for (; p != end; ++p) {
    if (is_digit(*p)) {
      value = value * 10 + static_cast<std::uint64_t>(*p - '0');
      if (++digits > 15) return std::nullopt;
    } else if (!(thousands && *p == ',' && p + 1 != end && is_digit(p[1]) && digits > 0)) {
      break;
    }
  }
  if (digits == 0) return std::nullopt;
  int decimals = 0;
  if (p != end && *p == '.' && p + 1 != end && is_digit(p[1])) {
    for (++p; p != end && is_digit(*p); ++p) {
      if (digits >= 15) continue;
      value = value * 10 + static_cast<std::uint64_t>(*p - '0');
      ++digits;
      ++decimals;
    }
  }
  s.remove_prefix(static_cast<std::size_t>(p - s.data()));
  const double magnitude = static_cast<double>(value) / kPowerOfTen[decimals];
  return negative ? -magnitude : magnitude;
}

// Reads a number that must be followed by `unit` (with or without one space before it), and removes both.
inline std::optional<double> take_decimal_with(std::string_view& s, std::string_view unit) {
  std::string_view rest = s;
  const auto value = take_decimal(rest);
  if (!value) return std::nullopt;
  if (!rest.starts_with(unit)) {
    if (rest.empty() || rest.front() != ' ' || !rest.substr(1).starts_with(unit)) return std::nullopt;
    rest.remove_prefix(1);
  }
  rest.remove_prefix(unit.size());
  s = rest;
  return value;
}

// Reads a run of decimal digits from the front of `s` and removes it; nothing without one or past 18 digits.
inline std::optional<std::int64_t> take_integer(std::string_view& s) {
  std::int64_t value = 0;
  std::size_t n = 0;
  while (n < s.size() && is_digit(s[n])) {
    if (n == 18) return std::nullopt;
    value = value * 10 + (s[n] - '0');
    ++n;
  }
  if (n == 0) return std::nullopt;
  s.remove_prefix(n);
  return value;
}

}  // namespace memlog
