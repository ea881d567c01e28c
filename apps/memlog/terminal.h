#pragma once

#include <span>
#include <string>
#include <string_view>

#include "memlog/report/render.h"

namespace memlog::app {

// Thrown when nobody reads our output any more: not an error, `memlog … | head` has what it wanted.
struct ClosedPipe {};

// Writes to standard output. Throws ClosedPipe when its reader has gone, Error when it cannot be written.
void write_out(std::string_view text);

// Where the next piece of a long answer may be written: write_out() passes it on without a copy. Empty where that is no use.
std::span<char> room_out();

// From now on a thread may get that memory ready.
void make_room_ahead();

// Writes to standard error, control characters escaped.
void write_error(std::string_view text);

// What standard output is: a terminal's width, and colour by `when` (auto, always, never), NO_COLOR and TERM.
Style terminal_style(const std::string& when);

}  // namespace memlog::app
