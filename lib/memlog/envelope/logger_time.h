#pragma once

#include <optional>
#include <string_view>

#include "memlog/base/time.h"

// Times as users set them for their loggers, in other orders than YYYY-MM-DD, which take_timestamp() reads.
namespace memlog::envelope {

// `27-Oct-25 02:42:10 PM`, `11/16/2025 08:30:00 PM`, `2025/11/16 20:30:00.123`, `16.11.2025 20:30:00` at the front of `s`;
// removed. With slashes the month comes first, as in the manual of Python's logging, unless the first number is over 12; with
// points and dashes the day, unless the second number is.
std::optional<Timestamp> take_logger_time(std::string_view& s);

}  // namespace memlog::envelope
