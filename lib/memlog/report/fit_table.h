#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "memlog/report/report.h"

namespace memlog {

// How a column is shown in the room that there is.
struct Fitted {
  enum class Cut : std::uint8_t { end, middle, front };
  bool shown = true;
  int width = 0;
  Cut cut = Cut::end;
};

// Fits a table into `room` columns of a terminal (0: as wide as it is). Texts give way before names, names before
// columns are left out, and what nobody can do without is cut last. `texts` are the cells, line by line.
std::vector<Fitted> fit_table(const Table& table, const std::vector<std::vector<std::string>>& texts, int room);

// `text` in at most `width` columns; where it is cut stands `…`.
std::string cut_text(const std::string& text, int width, Fitted::Cut cut);

inline constexpr int kColumnGap = 2;  // blanks between columns

}  // namespace memlog
