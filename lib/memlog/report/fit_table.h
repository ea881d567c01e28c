#pragma once

#include <functional>
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

// Shows the texts of a table's cells, line by line, from the first one on.
using EachLine = std::function<void(const std::vector<std::string>&)>;
using Texts = std::function<void(const EachLine&)>;

// Fits a table into `room` columns of a terminal (0: as wide as it is). Texts give way before names, names before
// columns are left out, and what nobody can do without is cut last.
std::vector<Fitted> fit_table(const Table& table, const Texts& texts, int room);

// `text` in at most `width` columns; where it is cut stands `…`.
std::string cut_text(const std::string& text, int width, Fitted::Cut cut);

inline constexpr int kColumnGap = 2;  // blanks between columns

}  // namespace memlog
