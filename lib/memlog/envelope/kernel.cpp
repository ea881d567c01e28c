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
  const auto whole = take_integer(rest);
  if (!whole || !consume(rest, ".")) return false;
  const std::size_t before = rest.size();
  const auto fraction = take_integer(rest);
  if (!fraction || before - rest.size() != 6 || !consume(rest, "]")) return false;
  seconds = static_cast<double>(*whole) + static_cast<double>(*fraction) / 1e6;
  s = rest;
  return true;
}

// `Sun Nov 16 08:30:00 2025]` or `So 16. Nov 08:30:00 2025]`, as dmesg -T prints it: the local clock, names in the user's
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
    if (!rest.empty() && is_digit(rest.front())) {
      day = take_integer(rest);
      consume(rest, ".");
    } else {
      month = take_month(rest);
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
  if (take_uptime(s, uptime)) line.uptime_s = uptime;
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
  line.message = s;
  return true;
}

}  // namespace memlog::envelope
