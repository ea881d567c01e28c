#pragma once

namespace memlog {

// Columns that a character takes on a terminal: 0 (it combines with the one before), 1 or 2. The table is made when
// memlog is built, from utf8proc's: what utf8proc has beyond widths would be a third of a megabyte of the program.
int char_width(char32_t code_point);

}  // namespace memlog
