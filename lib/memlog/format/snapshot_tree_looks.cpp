#include "memlog/format/snapshot_tree_looks.h"

#if MEMLOG_HAS_AVX2_CODE
#include <algorithm>
#include <cstring>

namespace memlog::snapshot_tree_quick {

namespace {

struct Writing {
  const char* texts[4];  // around the numbers, from the start of the line to its end
  int numbers;
  int widest;            // digits that a number has at most; a longer one goes the general way
  bool tenths;
};
constexpr Writing kWritings[kBranches] = {
    {{kRamLine, " MB (Virtual: ", " MB)\n"}, 2, 5, true},
    {{kSystemLine, "% used (", " MB available)\n"}, 2, 5, true},
    {{kSessionsLine, " | Queue: ", " | Active DLs: ", "\n"}, 3, 4, false},
    {{kCacheLine, " items | Threads: ", " | Open files: ", "\n"}, 3, 4, false},
};

// Writes down how a line of these widths looks. Gives its place among the looks.
MEMLOG_AVX2 std::size_t write(Branch branch, const int (&widths)[3], Look& look) {
  char line[64 + 32] = {};
  char* p = line;
  for (int i = 0; i <= kWritings[branch].numbers; ++i) {
    if (i != 0) {
      p = std::fill_n(p, widths[i - 1], '0');
      if (kWritings[branch].tenths) p = std::copy_n(".0", 2, p);
    }
    p = std::copy_n(kWritings[branch].texts[i], std::strlen(kWritings[branch].texts[i]), p);
  }
  std::memset(&look, 0, sizeof look);
  std::memset(look.range, 255, sizeof look.range);
  for (const char* c = line; c != p; ++c) {
    look.low[c - line] = static_cast<unsigned char>(*c);
    look.range[c - line] = *c == '0' ? 9 : 0;
  }
  const auto length = static_cast<std::size_t>(p - line - 1);
  return kWritings[branch].tenths ? look_by_point(point_in(line), length) : look_by_bars(bars_in(line), length);
}

}  // namespace

Looks::Looks() {
  for (const Branch branch : {kRam, kSystem, kSessions, kCache}) {
    const Writing& writing = kWritings[branch];
    int widths[3] = {1, 1, 1};
    // A place that no widths lead to has the look of some: what fits it is a good line all the same.
    for (Look& look : looks_[branch]) write(branch, widths, look);
    for (int i = 0; i < writing.widest * writing.widest * (writing.numbers == 3 ? writing.widest : 1); ++i) {
      Look look;
      looks_[branch][write(branch, widths, look)] = look;
      for (int number = 0; number < 3 && ++widths[number] > writing.widest; ++number) widths[number] = 1;
    }
  }
}

}  // namespace memlog::snapshot_tree_quick
#endif
