#include <algorithm>
#include <cmath>
#include <iterator>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"
#include "memlog/envelope/months.h"

// What the kernel's ring buffer puts before its words.
namespace memlog::envelope {

namespace {

// `   123.456789]`: seconds since the start of the machine, which is no date: the number is kept for the events.
bool take_uptime(std::string_view& s, double& seconds) {
  std::string_view rest = trim_left(s);
  const bool padded = rest.size() != s.size();
  const auto whole = take_integer(rest);
  if (!whole || !consume(rest, ".")) return false;
  const std::size_t before = rest.size();
  const auto fraction = take_integer(rest);
  // printk writes six digits; fewer are somebody's abbreviation, to be believed where the number is padded as well.
  const std::size_t digits = before - rest.size();
  if (!fraction || digits > 6 || (digits != 6 && !padded)) return false;
  // `<    0.000012>`, the time since the line before: dmesg -d, journalctl -o short-delta.
  if (std::string_view delta = trim_left(rest); consume(delta, "<")) {
    delta = trim_left(delta);
    if (!take_decimal(delta)) return false;
    delta = trim_left(delta);
    if (!consume(delta, ">")) return false;
    rest = trim_left(delta);
  }
  if (!consume(rest, "]")) return false;
  seconds = static_cast<double>(*whole) + static_cast<double>(*fraction) / std::pow(10.0, static_cast<double>(digits));
  s = rest;
  return true;
}

// `Sun Nov 16 08:30:00 2025]` `So 16. Nov 08:30:00 2025]` or `日 11月 16 08:30:00 2025]`, as dmesg -T prints it: the local clock, names in the user's
// language.
bool take_local_date(std::string_view& s, Timestamp& time) {
  const auto close = s.find(']');
  if (close == std::string_view::npos || close > 48) return false;
  std::string_view rest = s.substr(0, close);
  take_until(rest, " ");  // the day of the week
  rest = trim_left(rest);
  std::optional<std::int64_t> day;
  unsigned month = 0;
  for (int part = 0; part < 2; ++part) {
    if (const unsigned named = take_month(rest); named != 0) {
      month = named;
    } else if (!rest.empty() && is_digit(rest.front())) {
      day = take_integer(rest);
      consume(rest, ".");
    }
    rest = trim_left(rest);
  }
  if (!day || *day < 1 || *day > 31 || month == 0) return false;
  const auto of_day = take_time_of_day(rest, time.digits);
  if (!of_day || !consume(rest, " ")) return false;
  const auto year = take_integer(rest);
  if (!year || *year < 1970 || *year > 2250 || !rest.empty()) return false;
  time.ns = days_from_civil(*year, month, static_cast<unsigned>(*day)) * kNanosPerDay + *of_day;
  s.remove_prefix(close + 1);
  return true;
}

}  // namespace

bool kernel(Line& line) {
  std::string_view s = line.message;
  if (!consume(s, "[")) return false;
  double uptime = kMissing;
  Timestamp time;
  const bool since_boot = take_uptime(s, uptime);
  if (since_boot) line.uptime_s = uptime;
  else if (take_local_date(s, time)) set_time(line, time, true);
  else return false;
  consume(s, " ");
  // `[   T42] `, `[   C1] `: who printed it, on kernels that say so.
  if (std::string_view rest = s; consume(rest, "[")) {
    rest = trim_left(rest);
    const bool caller = !rest.empty() && (rest.front() == 'T' || rest.front() == 'C');
    if (caller) {
      rest.remove_prefix(1);
      if (take_integer(rest) && consume(rest, "] ")) s = rest;
    }
  }
  // journalctl -o short-monotonic; a program of one's own has its pid there.
  if (std::string_view host; since_boot && take_machine_tag(s, host)) {
    line.host = host;
  } else if (std::string_view rest = s; since_boot && take_syslog_tag(rest, host) && s.substr(0, s.size() - rest.size()).ends_with("]: ")) {
    line.host = host;
    s = rest;
  }
  line.message = s;
  return true;
}

bool kernel_decoded(Line& line) {
  // Facility and level, each padded to a column.
  constexpr std::string_view kFacilities[] = {"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"};
  constexpr std::string_view kLevels[] = {"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"};
  constexpr Level kMeanings[] = {Level::critical, Level::critical, Level::critical, Level::error, Level::warning, Level::info, Level::info, Level::debug};
  std::string_view s = line.message;
  const auto colon = s.substr(0, 12).find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view facility = trim_right(s.substr(0, colon));
  if (std::find(std::begin(kFacilities), std::end(kFacilities), facility) == std::end(kFacilities)) return false;
  s.remove_prefix(colon + 1);
  const auto end = s.substr(0, 8).find(':');
  if (end == std::string_view::npos) return false;
  const auto* const level = std::find(std::begin(kLevels), std::end(kLevels), trim_right(s.substr(0, end)));
  s.remove_prefix(end + 1);
  if (level == std::end(kLevels) || !consume(s, " ")) return false;
  line.message = s;
  // Without times (-t) the kernel's own facility is enough.
  if (!s.starts_with('[') ? facility != "kern" : !kernel(line)) return false;
  if (line.level == Level::none) line.level = kMeanings[level - std::begin(kLevels)];
  return true;
}

}  // namespace memlog::envelope
