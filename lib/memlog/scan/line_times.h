#pragma once

#include <string_view>

#include "memlog/base/text.h"
#include "memlog/envelope/peel.h"

namespace memlog {

// The first time in the lines of `text`, whatever they are about, of which `wanted(time)` holds; an unknown one if there is
// none.
template <typename Wanted>
Timestamp first_time_in(std::string_view text, Wanted wanted) {
  TextArena arena;
  while (!text.empty()) {
    Line line;
    line.text = line.message = trim_right(take_until(text, "\n"));
    arena.clear();
    peel(line, arena);
    if (line.time.known() && wanted(line.time)) return line.time;
  }
  return {};
}

}  // namespace memlog
