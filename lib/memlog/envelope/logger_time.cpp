#include "memlog/envelope/logger_time.h"

#include <utility>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/envelope/months.h"

namespace memlog::envelope {

namespace {

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Date {
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::int64_t day = 0;

  bool exists() const {
    constexpr std::int64_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1700 || year > 2250 || month < 1 || month > 12 || day < 1) return false;  // nanoseconds do not reach further
    const bool leap_day = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= kDays[month - 1] + (leap_day ? 1 : 0);
  }
  std::int64_t days() const { return days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day)); }
};

std::int64_t month_number(std::string_view s) {
  for (unsigned i = 0; i < 12; ++i) {
    if (s == kMonths[i]) return i + 1;
  }
  return 0;
}

// Two or four digits.
bool take_year(std::string_view& s, std::int64_t& year) {
  const std::size_t before = s.size();
  const auto number = take_integer(s);
  const std::size_t digits = before - s.size();
  if (!number || (digits != 2 && digits != 4)) return false;
  year = *number + (digits == 2 ? 2000 : 0);
  return true;
}

// `27-Oct-25`
bool take_english_date(std::string_view& s, Date& date) {
  const auto day = take_integer(s);
  if (!day || !consume(s, "-") || s.size() < 4) return false;
  date.day = *day;
  date.month = month_number(s.substr(0, 3));
  s.remove_prefix(3);
  return date.month != 0 && consume(s, "-") && take_year(s, date.year);
}

// `2025/11/16`, `11/16/2025`, `11/16/25`, `16.11.2025`, `16-11-2025`
bool take_numeric_date(std::string_view& s, Date& date) {
  const std::size_t before = s.size();
  const auto first = take_integer(s);
  const bool year_first = before - s.size() == 4;
  if (!first || s.empty() || (s.front() != '/' && s.front() != '.' && s.front() != '-')) return false;
  const std::string_view separator = s.substr(0, 1);
  if (year_first && separator != "/") return false;
  s.remove_prefix(1);
  const auto second = take_integer(s);
  if (!second || !consume(s, separator)) return false;
  if (year_first) {
    const auto day = take_integer(s);
    if (!day) return false;
    date = {*first, *second, *day};
    return true;
  }
  date = {0, *first, *second};
  const bool day_first = separator == "/" ? *first > 12 : *second <= 12;
  if (day_first) std::swap(date.month, date.day);
  return take_year(s, date.year);
}

}  // namespace

std::optional<Timestamp> take_logger_time(std::string_view& s) {
  if (s.size() < 14 || !is_digit(s.front())) return std::nullopt;
  std::string_view rest = s;
  Date date;
  const bool english = (s[1] == '-' && is_alpha(s[2])) || (s[2] == '-' && is_alpha(s[3]));
  if (english ? !take_english_date(rest, date) : !take_numeric_date(rest, date)) return std::nullopt;
  if (!date.exists() || !consume(rest, " ")) return std::nullopt;
  Timestamp time;
  auto of_day = take_time_of_day(rest, time.digits);
  if (!of_day) return std::nullopt;
  apply_am_pm(rest, *of_day);
  time.ns = date.days() * kNanosPerDay + *of_day;
  s = rest;
  return time;
}

}  // namespace memlog::envelope
