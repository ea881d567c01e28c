#include "memlog/envelope/json_text.h"

#include <cstdint>
#include <cstring>

#include "memlog/base/text.h"

namespace memlog::envelope {

namespace {

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Four hexadecimal digits at s[at], or -1.
std::int32_t hex4(std::string_view s, std::size_t at) {
  if (at + 4 > s.size()) return -1;
  std::int32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = hex_value(s[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// The escape at raw[at], behind its backslash: what it stands for goes to `out`, `at` moves behind it.
char* put_escape(std::string_view raw, std::size_t& at, char* out) {
  const char c = raw[at++];
  switch (c) {
    case 'n': *out++ = '\n'; return out;
    case 't': *out++ = '\t'; return out;
    case 'r': *out++ = '\r'; return out;
    case 'b': *out++ = '\b'; return out;
    case 'f': *out++ = '\f'; return out;
    case 'u': break;
    default: *out++ = c; return out;
  }
  const std::int32_t unit = hex4(raw, at);
  if (unit < 0) return out;
  at += 4;
  auto code = static_cast<std::uint32_t>(unit);
  if (code >= 0xd800 && code < 0xdc00 && at + 6 <= raw.size() && raw[at] == '\\' && raw[at + 1] == 'u') {
    const std::int32_t low = hex4(raw, at + 2);
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (static_cast<std::uint32_t>(low) - 0xdc00);
      at += 6;
    }
  }
  if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
  return put_utf8(out, code);
}

}  // namespace

char* put_utf8(char* out, std::uint32_t c) {
  if (c < 0x80) {
    *out++ = static_cast<char>(c);
  } else if (c < 0x800) {
    *out++ = static_cast<char>(0xc0 | (c >> 6));
    *out++ = static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    *out++ = static_cast<char>(0xe0 | (c >> 12));
    *out++ = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    *out++ = static_cast<char>(0x80 | (c & 0x3f));
  } else {
    *out++ = static_cast<char>(0xf0 | (c >> 18));
    *out++ = static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    *out++ = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    *out++ = static_cast<char>(0x80 | (c & 0x3f));
  }
  return out;
}

std::string_view take_json_string(std::string_view& s) {
  std::size_t from = 0;
  for (;;) {
    const auto quote = s.find('"', from);
    if (quote == std::string_view::npos) {
      const std::string_view all = s;
      s = {};
      return all;
    }
    std::size_t slashes = 0;
    while (slashes < quote && s[quote - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) {
      const std::string_view text = s.substr(0, quote);
      s.remove_prefix(quote + 1);
      return text;
    }
    from = quote + 1;
  }
}

std::string_view unescape_json(std::string_view raw, TextArena& arena) {
  auto slash = raw.find('\\');
  if (slash == std::string_view::npos) return raw;
  // No escape is shorter than what it stands for.
  char* const begin = arena.allocate(raw.size());
  char* out = begin;
  std::size_t at = 0;
  while (slash != std::string_view::npos) {
    std::memcpy(out, raw.data() + at, slash - at);
    out += slash - at;
    at = slash + 1;
    if (at == raw.size()) break;  // cut off inside an escape
    out = put_escape(raw, at, out);
    slash = raw.find('\\', at);
  }
  if (at < raw.size()) {
    std::memcpy(out, raw.data() + at, raw.size() - at);
    out += raw.size() - at;
  }
  return {begin, static_cast<std::size_t>(out - begin)};
}

std::string_view take_json_value(std::string_view& s) {
  s = trim_left(s);
  if (consume(s, "\"")) return take_json_string(s);
  const std::string_view all = s;
  int depth = 0;
  while (!s.empty()) {
    const char c = s.front();
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
    s.remove_prefix(1);
    if (c == '"') take_json_string(s);
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
  }
  return trim_right(all.substr(0, all.size() - s.size()));
}

std::optional<JsonMember> next_json_member(std::string_view& s) {
  s = trim_left(s);
  consume(s, ",");
  s = trim_left(s);
  if (!consume(s, "\"")) return std::nullopt;
  JsonMember member;
  member.key = take_json_string(s);
  s = trim_left(s);
  if (!consume(s, ":")) return std::nullopt;
  s = trim_left(s);
  member.text = !s.empty() && s.front() == '"';
  member.value = take_json_value(s);
  return member;
}

}  // namespace memlog::envelope
