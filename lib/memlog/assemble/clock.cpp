#include "memlog/assemble/clock.h"

#include <cstdlib>

#include "memlog/event/batch.h"
#include "memlog/event/part.h"

namespace memlog::assemble {

namespace {

constexpr std::int64_t kHalfDayNs = kNanosPerDay / 2;

// A line of the kernel's report is no further line of what the application wrote.
bool is_kernels(const Event& event) {
  const auto part = static_cast<Part>(event.part);
  return event.kind == EventKind::part && part >= Part::oom_invoked && part <= Part::oom_detail;
}

// A time with nothing behind it: what `date` printed, or an empty line behind a platform's time.
bool is_time_alone(const Event& event) { return event.kind == EventKind::part && static_cast<Part>(event.part) == Part::time_line; }

// Words of a platform, which often stand beside a time of day alone.
bool tells_a_death(EventKind kind) { return is_death(kind) || (kind >= EventKind::kill_hint && kind < EventKind::part); }

}  // namespace

void Clock::next_file(std::optional<std::int64_t> date, std::optional<std::int64_t> modified) {
  modified_ = modified;
  if (!date) return;
  date_ = date;
  last_of_day_ = Timestamp::kNone;
  days_passed_ = 0;
  last_day_.reset();
}

void Clock::ends_by(std::int64_t day) {
  modified_ = day;
  last_day_.reset();
}

void Clock::settle(Event& event) {
  if (!event.time.dated) date(event.time);
  if (!event.time.dated && last_day_ && tells_a_death(event.kind)) find_day(event.time);
  if (event.host >= application_.size()) application_.resize(event.host + 1);
  if (!event.is(flag::kPlatformTime)) {
    if (!is_time_alone(event)) application_[event.host] = true;
  } else if (event.kind == EventKind::part && application_[event.host] && !is_kernels(event)) {
    event.time = {};
    event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kPlatformTime);
  }
  if (!event.time.dated || !event.time.known()) return;
  last_day_ = event.time.ns / kNanosPerDay;
  last_full_ = event.time.ns;
  if (event.kind != EventKind::operation) last_time_ = event.time.ns;
}

// Lines with only a time of day: the day comes from the file's name, and goes on when the clock passes midnight.
void Clock::date(Timestamp& time) {
  if (time.yearless) {
    find_year(time);
    return;
  }
  if (time.ns < kNanosPerDay) {
    if (last_of_day_ != Timestamp::kNone && time.ns < last_of_day_ - kHalfDayNs) ++days_passed_;
    last_of_day_ = time.ns;
    time.ns += days_passed_ * kNanosPerDay;
  }
  if (!date_) return;
  time.ns += *date_ * kNanosPerDay;
  time.dated = true;
}

// A date without a year is the one nearest to the last full date; the first one lies before the input's last writing.
void Clock::find_year(Timestamp& time) const {
  const std::int64_t day = time.ns / kNanosPerDay;
  const std::optional<std::int64_t> near = last_day_ ? last_day_ : date_;
  const std::optional<std::int64_t> by = near ? near : modified_;
  if (!by) return;
  const CivilDate written = civil_from_days(day);
  const auto in_year = [&](std::int64_t year) { return days_from_civil(year, written.month, written.day); };
  std::int64_t year = civil_from_days(*by).year;
  const auto distance = [&](std::int64_t y) { return std::abs(in_year(y) - *by); };
  if (near) {
    for (const std::int64_t other : {year - 1, year + 1}) {
      if (distance(other) < distance(year)) year = other;
    }
  } else if (in_year(year) > *by + 1) {
    --year;
  }
  time.ns += (in_year(year) - day) * kNanosPerDay;
  time.dated = true;
  time.yearless = false;
}

// A supervisor's time of day between lines that have dates: the moment nearest to the last of those.
void Clock::find_day(Timestamp& time) const {
  std::int64_t ns = *last_day_ * kNanosPerDay + (time.ns % kNanosPerDay);
  if (last_full_ - ns > kHalfDayNs) ns += kNanosPerDay;
  else if (ns - last_full_ > kHalfDayNs) ns -= kNanosPerDay;
  time.ns = ns;
  time.dated = true;
}

}  // namespace memlog::assemble
