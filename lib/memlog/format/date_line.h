#pragma once

#include <optional>
#include <string_view>

#include "memlog/format/format.h"

// Lines that are a time and nothing else: what `date` prints between the tables of a loop.
namespace memlog::detail {

// Seconds since 1970 with a fraction, as Python prints time.time() and `date +%s`; all of `s`.
std::optional<Timestamp> epoch_time(std::string_view s);

// `Mon Jan  5 10:00:00 UTC 2026` and the forms of other languages and options of `date`: a note with the time for the rows
// below. One that looks like a date and cannot be read is a note without a time: the rows below are not of the time above.
Parsed parse_date_line(const Line& line, std::string_view s, EventBatch& out);

}  // namespace memlog::detail
