#pragma once

#include <optional>
#include <string_view>

#include "memlog/base/time.h"

namespace memlog {

// Reads a time at the front of `s` the way strptime does, and removes it: %Y %y %m %d %e %b %B %H %I %M %S %f %p %z %Z %j %a
// %A %T %D %F %R %s %%. White space in the format stands for any. Nothing where `s` is written otherwise. A format without
// a date gives a time of day, one without a year a day in Timestamp::kYearUnknown.
std::optional<Timestamp> take_time_as(std::string_view& s, std::string_view format);

// The first letter in `format` that take_time_as does not know, or 0.
char unknown_in_time_format(std::string_view format);

}  // namespace memlog
