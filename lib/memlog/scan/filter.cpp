#include "memlog/scan/filter.h"

#include <string>

#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/base/time.h"

namespace memlog {

TimeBound parse_time_bound(std::string_view text, std::string_view option) {
  TimeBound bound;
  std::string_view s = trim(text);
  if (consume(s, "-")) {
    if (const auto seconds = parse_duration(s)) {
      bound.kind = TimeBound::Kind::before_last;
      bound.ns = static_cast<std::int64_t>(*seconds * 1e9);
      return bound;
    }
  } else if (auto time = take_timestamp(s); time && s.empty()) {
    bound.kind = TimeBound::Kind::absolute;
    bound.ns = time->ns;
    bound.zoned = time->zone_minutes != Timestamp::kNoZone;
    return bound;
  } else if (s = trim(text); const auto days = take_date(s)) {
    if (s.empty()) {
      bound.kind = TimeBound::Kind::absolute;
      bound.ns = *days * kNanosPerDay;
      return bound;
    }
  } else {
    s = trim(text);
    std::uint8_t digits = 0;
    if (const auto ns = take_time_of_day(s, digits); ns && s.empty()) {
      bound.kind = TimeBound::Kind::of_day;
      bound.ns = *ns;
      return bound;
    }
  }
  throw Error("cannot read the time '" + std::string(text) + "' of " + std::string(option),
              "use '2025-11-16 08:30', '2025-11-16T08:30:00', '08:30' for any day, or '-2h' before the last record");
}

}  // namespace memlog
