#include "memlog/base/time.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"

namespace memlog {

namespace {

constexpr unsigned kDaysInMonth[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

// Two digits at `s[at]`, or -1.
int two_digits(std::string_view s, std::size_t at) {
  if (at + 2 > s.size() || !is_digit(s[at]) || !is_digit(s[at + 1])) return -1;
  return (s[at] - '0') * 10 + (s[at + 1] - '0');
}

std::optional<std::int64_t> days_if_valid(int year, int month, int day) {
  if (year < 1700 || year > 2250 || month < 1 || month > 12 || day < 1) return std::nullopt;
  if (static_cast<unsigned>(day) > kDaysInMonth[month - 1]) return std::nullopt;
  return days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

void append_padded(std::string& out, std::int64_t value, int width) {
  std::array<char, 20> buffer;
  int n = 0;
  do {
    buffer[static_cast<std::size_t>(n++)] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0 && n < 20);
  while (n < width) buffer[static_cast<std::size_t>(n++)] = '0';
  while (n > 0) out.push_back(buffer[static_cast<std::size_t>(--n)]);
}

}  // namespace

CivilDate civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  date.month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  date.year = static_cast<std::int64_t>(year_of_era) + era * 400 + (date.month <= 2);
  return date;
}

std::optional<std::int64_t> take_date(std::string_view& s) {
  if (s.size() < 10 || s[4] != '-' || s[7] != '-') return std::nullopt;
  const int century = two_digits(s, 0);
  const int year = two_digits(s, 2);
  if (century < 0 || year < 0) return std::nullopt;
  const auto days = days_if_valid(century * 100 + year, two_digits(s, 5), two_digits(s, 8));
  if (days) s.remove_prefix(10);
  return days;
}

std::optional<std::int64_t> take_time_of_day(std::string_view& s, std::uint8_t& digits) {
  const int hour = two_digits(s, 0);
  const int minute = two_digits(s, 3);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || s[2] != ':') return std::nullopt;
  std::int64_t ns = (hour * 60 + minute) * 60 * kNanosPerSecond;
  digits = 0;
  std::size_t at = 5;
  if (s.size() >= 8 && s[5] == ':') {
    const int second = two_digits(s, 6);
    if (second < 0 || second > 60) return std::nullopt;
    ns += second * kNanosPerSecond;
    at = 8;
    if (s.size() > 9 && (s[8] == '.' || s[8] == ',') && is_digit(s[9])) {
      std::int64_t unit = kNanosPerSecond;
      for (at = 9; at < s.size() && is_digit(s[at]); ++at) {
        unit /= 10;
        if (unit == 0) continue;
        ns += (s[at] - '0') * unit;
        ++digits;
      }
    }
  }
  s.remove_prefix(at);
  return ns;
}

std::optional<std::int16_t> take_zone(std::string_view& s) {
  if (s.empty()) return std::nullopt;
  if (s.front() == 'Z') {
    s.remove_prefix(1);
    return std::int16_t{0};
  }
  if (s.front() != '+' && s.front() != '-') return std::nullopt;
  const int hours = two_digits(s, 1);
  const bool colon = s.size() > 3 && s[3] == ':';
  const int minutes = two_digits(s, colon ? 4 : 3);
  if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59) return std::nullopt;
  const int total = (hours * 60 + minutes) * (s.front() == '-' ? -1 : 1);
  s.remove_prefix(colon ? 6 : 5);
  return static_cast<std::int16_t>(total);
}

std::optional<Timestamp> take_timestamp(std::string_view& s) {
  std::string_view rest = s;
  const auto days = take_date(rest);
  if (!days || rest.empty() || (rest.front() != ' ' && rest.front() != 'T')) return std::nullopt;
  rest.remove_prefix(1);
  Timestamp time;
  const auto of_day = take_time_of_day(rest, time.digits);
  if (!of_day) return std::nullopt;
  time.ns = *days * kNanosPerDay + *of_day;
  std::string_view after = rest;
  if (!after.empty() && after.front() == ' ' && after.size() > 1 && (after[1] == '+' || after[1] == '-')) after.remove_prefix(1);
  if (const auto zone = take_zone(after)) {
    time.zone_minutes = *zone;
    time.ns -= *zone * 60 * kNanosPerSecond;
    rest = after;
  }
  s = rest;
  return time;
}

std::optional<std::int64_t> date_in_name(std::string_view name) {
  for (std::size_t at = 0; at + 8 <= name.size(); ++at) {
    if (at > 0 && is_digit(name[at - 1])) continue;
    std::string_view rest = name.substr(at);
    if (auto days = take_date(rest); days && (rest.empty() || !is_digit(rest.front()))) return days;
    const auto eight = name.substr(at, 8);
    if (!std::all_of(eight.begin(), eight.end(), is_digit)) continue;
    if (at + 8 < name.size() && is_digit(name[at + 8])) continue;
    const auto days = days_if_valid(two_digits(eight, 0) * 100 + two_digits(eight, 2), two_digits(eight, 4), two_digits(eight, 6));
    if (days) return days;
  }
  return std::nullopt;
}

void append_time(std::string& out, const Timestamp& time, char separator) {
  if (!time.known()) return;
  const bool zoned = time.zone_minutes != Timestamp::kNoZone;
  const std::int64_t ns = time.ns + (zoned ? time.zone_minutes * 60 * kNanosPerSecond : 0);
  std::int64_t days = ns / kNanosPerDay;
  std::int64_t of_day = ns % kNanosPerDay;
  if (of_day < 0) {
    of_day += kNanosPerDay;
    --days;
  }
  if (time.dated) {
    const CivilDate date = civil_from_days(days);
    append_padded(out, date.year, 4);
    out.push_back('-');
    append_padded(out, date.month, 2);
    out.push_back('-');
    append_padded(out, date.day, 2);
    out.push_back(separator);
  } else if (days > 0 && separator == ' ') {
    // A log without dates that counts days, or whose clock has passed midnight: without the day, times would go back.
    out += "day " + std::to_string(days) + " ";
  }
  const std::int64_t seconds = of_day / kNanosPerSecond;
  append_padded(out, seconds / 3600, 2);
  out.push_back(':');
  append_padded(out, seconds / 60 % 60, 2);
  out.push_back(':');
  append_padded(out, seconds % 60, 2);
  if (time.digits > 0) {
    const int digits = std::min<int>(time.digits, 9);
    std::int64_t fraction = of_day % kNanosPerSecond;
    for (int i = digits; i < 9; ++i) fraction /= 10;
    out.push_back('.');
    append_padded(out, fraction, digits);
  }
  if (!zoned) return;
  if (time.zone_minutes == 0) {
    out.push_back('Z');
    return;
  }
  const int minutes = time.zone_minutes < 0 ? -time.zone_minutes : time.zone_minutes;
  out.push_back(time.zone_minutes < 0 ? '-' : '+');
  append_padded(out, minutes / 60, 2);
  out.push_back(':');
  append_padded(out, minutes % 60, 2);
}

std::string format_time(const Timestamp& time, char separator) {
  std::string out;
  append_time(out, time, separator);
  return out;
}

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  std::string out = seconds < 0 ? "-" : "";
  auto left = static_cast<std::int64_t>(std::llround(std::min(std::fabs(seconds), 9e15)));
  struct Unit {
    std::int64_t seconds;
    char name;
  };
  constexpr Unit kUnits[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  int shown = 0;
  for (const Unit& unit : kUnits) {
    const std::int64_t n = left / unit.seconds;
    left %= unit.seconds;
    if (n == 0 && !(shown == 0 && unit.name == 's')) {
      if (shown > 0) break;
      continue;
    }
    if (shown > 0) out += ' ';
    out += std::to_string(n);
    out += unit.name;
    if (++shown == 2) break;
  }
  return out;
}

std::optional<double> parse_duration(std::string_view text) {
  double total = 0;
  bool any = false;
  text = trim(text);
  while (!text.empty()) {
    const auto value = take_decimal(text);
    if (!value || *value < 0) return std::nullopt;
    text = trim_left(text);
    double unit = 0;
    if (consume(text, "d")) unit = 86400;
    else if (consume(text, "h")) unit = 3600;
    else if (consume(text, "min") || consume(text, "m")) unit = 60;
    else if (consume(text, "s")) unit = 1;
    else return std::nullopt;
    total += *value * unit;
    any = true;
    text = trim_left(text);
  }
  if (!any) return std::nullopt;
  return total;
}

}  // namespace memlog
