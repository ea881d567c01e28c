#pragma once

#include <string_view>

#include "memlog/envelope/line.h"

// The words of a logger's prefix beside its time: level, name, place in the source. Each is removed from the front of `s`
// where it stands there, and kept in the line.
namespace memlog::envelope {

bool is_logger_name(std::string_view s);

// `bot - …` behind `INFO - `.
void take_name_before_dash(Line& line, std::string_view& s);

// `bot.py:42 - `, `[bot.py:42] `, `main.go:23: `: where the logger was called.
void take_place(std::string_view& s);

// `] - func() - Line 153: memory_monitor - …` or `] - memory_monitor - …` after a time and a level in brackets.
void take_bracket_tail(Line& line, std::string_view& s);

// What stands between a time and the message; `levelled` when a level stood in front of the time. False where something else
// follows.
bool take_behind_time(Line& line, std::string_view& s, bool levelled);

// Behind a time in brackets: `[INFO] …`, `INFO in app: …`, `INFO: …`, `[12] [INFO] …`.
void take_level_behind_bracket(Line& line, std::string_view& s);

}  // namespace memlog::envelope
