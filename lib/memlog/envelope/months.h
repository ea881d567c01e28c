#pragma once

#include <cstdint>
#include <string_view>

// Dates as C libraries print them in the language of their users.
namespace memlog::envelope {

// A month's name at the front of `s`, short or long, in English or another of the languages that servers are set to, or
// its number with the word for month; removed, with a point behind it. 0 without one.
unsigned take_month(std::string_view& s);

// ` AM` and ` PM` behind a time of 12 hours; removed.
void apply_am_pm(std::string_view& s, std::int64_t& of_day);

}  // namespace memlog::envelope
