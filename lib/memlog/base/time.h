#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

// Points in time as a log states them, and the ways logs write them.
namespace memlog {

inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kNanosPerDay = 86'400 * kNanosPerSecond;

// Nanoseconds as whole seconds, rounded down, and what is left of the next one.
struct WholeSeconds {
  std::int64_t whole = 0;
  double rest = 0.0;

  explicit constexpr WholeSeconds(std::int64_t ns) : whole(ns / kNanosPerSecond) {
    std::int64_t left = ns % kNanosPerSecond;
    if (left < 0) {
      left += kNanosPerSecond;
      --whole;
    }
    rest = static_cast<double>(left) / 1e9;
  }
  // Exact where nothing is left.
  constexpr double seconds() const { return static_cast<double>(whole) + rest; }
};

inline constexpr double seconds_of(std::int64_t ns) { return WholeSeconds(ns).seconds(); }

// A time as the log gives it. `ns` counts from 1970-01-01 00:00 of the log's own clock, or of UTC where the log
// states a zone: differences are right within a log either way, and no zone is invented.
struct Timestamp {
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int16_t kNoZone = std::numeric_limits<std::int16_t>::min();

  std::int64_t ns = kNone;
  std::int16_t zone_minutes = kNoZone;  // east of UTC
  std::uint8_t digits = 0;              // of the fraction of a second, to print it as it was
  bool dated = true;                    // false: `ns` is a time of day only, or
  bool yearless = false;                // a day and a time in kYearUnknown: syslog gives no year

  static constexpr std::int64_t kYearUnknown = 1972;  // a leap year: 29 February exists

  bool known() const { return ns != kNone; }
  double seconds() const { return seconds_of(ns); }
  friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

// Days from 1970-01-01 to a date of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
// algorithms": eras of 400 years that start on 1 March). Month 1-12, day 1-31.
constexpr std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

struct CivilDate {
  std::int64_t year = 1970;
  unsigned month = 1;
  unsigned day = 1;
};
CivilDate civil_from_days(std::int64_t days);

// `YYYY-MM-DD` at the front of `s`, days since 1970; removed from `s`. Nothing if it is not a date.
std::optional<std::int64_t> take_date(std::string_view& s);

// `HH:MM[:SS[(.|,)fraction]]` at the front of `s`, as nanoseconds of the day; removed. `digits` counts the fraction's.
std::optional<std::int64_t> take_time_of_day(std::string_view& s, std::uint8_t& digits);

// `Z` or `±HH:MM` / `±HHMM` at the front of `s`, minutes east of UTC; removed.
std::optional<std::int16_t> take_zone(std::string_view& s);

// `YYYY-MM-DD HH:MM[:SS[.fraction]][zone]`, with a blank or `T` between date and time; removed from `s`.
std::optional<Timestamp> take_timestamp(std::string_view& s);

// The date in a file's name (`memory_20251116.log`, `bot-2025-11-16.log`), days since 1970.
std::optional<std::int64_t> date_in_name(std::string_view file_name);

// `2025-11-16T08:30:00[.123][Z|+02:00]` with `separator` for the T; `08:30:00` where the log has no date; empty where
// it has no time.
std::string format_time(const Timestamp& time, char separator = 'T');

// Appends the same to `out`, for writers that must not allocate.
void append_time(std::string& out, const Timestamp& time, char separator = 'T');

// `2h 5m`, `3d 4h`, `45s`: a duration for people, at most two units.
std::string format_duration(double seconds);

// `2h`, `90m`, `45s`, `1.5d`, `2h30m` in seconds; nothing if it is none.
std::optional<double> parse_duration(std::string_view text);

}  // namespace memlog
