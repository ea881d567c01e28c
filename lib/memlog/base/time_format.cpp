#include "memlog/base/time_format.h"

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"

namespace memlog {

namespace {

constexpr std::string_view kKnown = "YymdebBhHIMSfpzZjaATDFRs%nt";
constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";

struct Parts {
  std::int64_t year = -1;
  std::int64_t month = -1;
  std::int64_t day = -1;
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t nanos = 0;
  std::int64_t epoch = -1;
  std::int64_t day_of_year = -1;
  std::int16_t zone = Timestamp::kNoZone;
  std::uint8_t digits = 0;
  int afternoon = -1;
};

// Up to `most` digits within bounds, blanks in front of them as %e prints them.
bool take_number(std::string_view& s, std::size_t most, std::int64_t least, std::int64_t limit, std::int64_t& value) {
  s = trim_left(s);
  std::size_t n = 0;
  std::int64_t number = 0;
  while (n < most && n < s.size() && is_digit(s[n])) number = number * 10 + (s[n++] - '0');
  if (n == 0 || number < least || number > limit) return false;
  s.remove_prefix(n);
  value = number;
  return true;
}

bool take_month_name(std::string_view& s, std::int64_t& month) {
  if (s.size() < 3) return false;
  const char name[] = {to_lower(s[0]), to_lower(s[1]), to_lower(s[2])};
  const auto at = kMonths.find({name, 3});
  if (at == std::string_view::npos || at % 3 != 0) return false;
  month = static_cast<std::int64_t>(at / 3) + 1;
  while (!s.empty() && is_alpha(s.front())) s.remove_prefix(1);
  return true;
}

void take_letters(std::string_view& s) {
  while (!s.empty() && (is_alpha(s.front()) || static_cast<unsigned char>(s.front()) >= 0x80)) s.remove_prefix(1);
}

bool take_parts(std::string_view& s, std::string_view format, Parts& parts);

bool take_directive(std::string_view& s, char directive, Parts& parts) {
  switch (directive) {
    case 'Y': return take_number(s, 4, 1, 2250, parts.year);
    case 'y':
      if (!take_number(s, 2, 0, 99, parts.year)) return false;
      parts.year += parts.year < 69 ? 2000 : 1900;
      return true;
    case 'm': return take_number(s, 2, 1, 12, parts.month);
    case 'd':
    case 'e': return take_number(s, 2, 1, 31, parts.day);
    case 'j': return take_number(s, 3, 1, 366, parts.day_of_year);
    case 'b':
    case 'B':
    case 'h': return take_month_name(s, parts.month);
    case 'H': return take_number(s, 2, 0, 23, parts.hour);
    case 'I': return take_number(s, 2, 1, 12, parts.hour);
    case 'M': return take_number(s, 2, 0, 59, parts.minute);
    case 'S': return take_number(s, 2, 0, 60, parts.second);
    case 's': return take_number(s, 10, 0, 9'000'000'000, parts.epoch);
    case 'f': {
      std::int64_t unit = kNanosPerSecond;
      parts.nanos = 0;
      parts.digits = 0;
      for (; !s.empty() && is_digit(s.front()); s.remove_prefix(1)) {
        if (unit == 1) continue;
        unit /= 10;
        parts.nanos += (s.front() - '0') * unit;
        ++parts.digits;
      }
      return parts.digits > 0;
    }
    case 'p': {
      if (s.size() < 2 || to_lower(s[1]) != 'm') return false;
      const char half = to_lower(s[0]);
      if (half != 'a' && half != 'p') return false;
      parts.afternoon = half == 'p' ? 1 : 0;
      s.remove_prefix(2);
      return true;
    }
    case 'z': {
      const auto zone = take_zone(s);
      if (zone) parts.zone = *zone;
      return zone.has_value();
    }
    case 'Z':
      if (s.starts_with("UTC") || s.starts_with("GMT")) parts.zone = 0;
      take_letters(s);
      return true;
    case 'a':
    case 'A': take_letters(s); return true;
    case 'T': return take_parts(s, "%H:%M:%S", parts);
    case 'R': return take_parts(s, "%H:%M", parts);
    case 'D': return take_parts(s, "%m/%d/%y", parts);
    case 'F': return take_parts(s, "%Y-%m-%d", parts);
    case 'n':
    case 't': s = trim_left(s); return true;
    case '%': return consume(s, "%");
    default: return false;
  }
}

bool take_parts(std::string_view& s, std::string_view format, Parts& parts) {
  while (!format.empty()) {
    const char c = format.front();
    format.remove_prefix(1);
    if (c == '%' && !format.empty()) {
      if (!take_directive(s, format.front(), parts)) return false;
      format.remove_prefix(1);
    } else if (is_space(c)) {
      s = trim_left(s);
    } else {
      if (s.empty() || s.front() != c) return false;
      s.remove_prefix(1);
    }
  }
  return true;
}

}  // namespace

char unknown_in_time_format(std::string_view format) {
  for (std::size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (kKnown.find(format[i]) == std::string_view::npos) return format[i];
  }
  return 0;
}

std::optional<Timestamp> take_time_as(std::string_view& s, std::string_view format) {
  std::string_view rest = s;
  Parts parts;
  if (!take_parts(rest, format, parts)) return std::nullopt;
  if (parts.afternoon == 1 && parts.hour < 12) parts.hour += 12;
  if (parts.afternoon == 0 && parts.hour == 12) parts.hour = 0;
  Timestamp time;
  time.digits = parts.digits;
  time.zone_minutes = parts.zone;
  if (parts.epoch >= 0) {
    time.ns = parts.epoch * kNanosPerSecond + parts.nanos;
    time.zone_minutes = 0;
    s = rest;
    return time;
  }
  time.ns = ((parts.hour * 60 + parts.minute) * 60 + parts.second) * kNanosPerSecond + parts.nanos;
  const bool day_known = (parts.month > 0 && parts.day > 0) || parts.day_of_year > 0;
  if (!day_known) {
    time.dated = false;
    s = rest;
    return time;
  }
  time.yearless = parts.year < 0;
  time.dated = !time.yearless;
  const std::int64_t year = time.yearless ? Timestamp::kYearUnknown : parts.year;
  const std::int64_t days = parts.day_of_year > 0 ? days_from_civil(year, 1, 1) + parts.day_of_year - 1
                                                  : days_from_civil(year, static_cast<unsigned>(parts.month), static_cast<unsigned>(parts.day));
  time.ns += days * kNanosPerDay;
  if (time.zone_minutes != Timestamp::kNoZone) time.ns -= time.zone_minutes * 60 * kNanosPerSecond;
  s = rest;
  return time;
}

}  // namespace memlog
