#include <cstring>

#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

namespace memlog::envelope {

namespace {

// The length of the escape sequence at the front of `s` (ECMA-48: CSI … final byte, or ESC and one byte); 0 if none.
std::size_t sequence_length(std::string_view s) {
  if (s.size() < 2 || s[0] != '\x1b') return 0;
  if (s[1] != '[') return 2;
  std::size_t n = 2;
  while (n < s.size() && (s[n] < 0x40 || s[n] > 0x7e)) ++n;
  return n < s.size() ? n + 1 : n;
}

// `s` without any sequences is the message.
void strip_all(Line& line, std::string_view s, TextArena& arena) {
  if (std::memchr(s.data(), '\x1b', s.size()) != nullptr) {
    char* const out = arena.allocate(s.size());
    std::size_t kept = 0;
    while (!s.empty()) {
      if (const std::size_t n = sequence_length(s)) {
        s.remove_prefix(n);
        continue;
      }
      out[kept++] = s.front();
      s.remove_prefix(1);
    }
    s = {out, kept};
  }
  line.message = trim_right(s);
}

}  // namespace

bool strip_ansi(Line& line, TextArena& arena) {
  std::string_view s = line.message;
  bool any = false;
  for (std::size_t n = sequence_length(s); n > 0; n = sequence_length(s)) {
    s.remove_prefix(n);
    any = true;
  }
  if (!any) return false;
  strip_all(line, s, arena);
  return true;
}

bool strip_ansi_inside(Line& line, TextArena& arena) {
  constexpr std::size_t kHead = 96;  // as far as a platform's words reach
  const std::string_view s = line.message;
  if (std::memchr(s.data(), '\x1b', s.size() < kHead ? s.size() : kHead) == nullptr) return false;
  strip_all(line, s, arena);
  return true;
}

}  // namespace memlog::envelope
