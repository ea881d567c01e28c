#include <cstddef>
#include <cstdint>

#include "memlog/base/text.h"
#include "memlog/envelope/json_text.h"
#include "memlog/envelope/layers.h"

// What Python writes to a terminal or a pipe that has no encoding for a character: standard error's `backslashreplace`.
namespace memlog::envelope {

namespace {

// `digits` lower-case hexadecimal digits at the front of `s`, or -1: Python writes no others.
std::int64_t take_hex(std::string_view s, std::size_t digits) {
  if (s.size() < digits) return -1;
  std::int64_t value = 0;
  for (const char c : s.substr(0, digits)) {
    if (is_digit(c)) value = value * 16 + (c - '0');
    else if (c >= 'a' && c <= 'f') value = value * 16 + (c - 'a' + 10);
    else return -1;
  }
  return value;
}

struct Escape {
  std::uint32_t character = 0;
  std::size_t length = 0;  // 0: there is none
};

// The escape at the front of `s`. Each character has one form only, the shortest that holds it.
Escape escape_at(std::string_view s) {
  if (s.size() < 4 || s[0] != '\\') return {};
  const std::size_t digits = s[1] == 'U' ? 8 : s[1] == 'u' ? 4 : s[1] == 'x' ? 2 : 0;
  if (digits == 0) return {};
  const std::int64_t value = take_hex(s.substr(2), digits);
  const std::int64_t least = digits == 8 ? 0x10000 : digits == 4 ? 0x100 : 0x80;
  constexpr std::int64_t kMost = 0x10ffff;
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (value < least || value > kMost || surrogate) return {};
  return {static_cast<std::uint32_t>(value), 2 + digits};
}

}  // namespace

std::string_view unescape_python(std::string_view text, TextArena& arena) {
  auto at = text.find('\\');
  if (at == std::string_view::npos) return text;
  // `b'\xf0…'` are bytes that the program shows, not characters that it could not write.
  const bool bytes = text.find("b'") != std::string_view::npos || text.find("b\"") != std::string_view::npos;
  const auto wanted = [&](std::size_t from) {
    const Escape escape = escape_at(text.substr(from));
    return bytes && escape.length == 4 ? Escape{} : escape;
  };
  while (at != std::string_view::npos && wanted(at).length == 0) at = text.find('\\', at + 1);
  if (at == std::string_view::npos) return text;
  char* const begin = arena.allocate(text.size());
  char* out = begin;
  for (std::size_t i = 0; i < text.size();) {
    const Escape escape = text[i] == '\\' ? wanted(i) : Escape{};
    if (escape.length == 0) {
      *out++ = text[i++];
      continue;
    }
    out = put_utf8(out, escape.character);
    i += escape.length;
  }
  return {begin, static_cast<std::size_t>(out - begin)};
}

}  // namespace memlog::envelope
