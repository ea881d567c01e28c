#include <fmt/format.h>

#include <array>
#include <cmath>

#include "memlog/base/utf8.h"
#include "memlog/report/char_width.h"
#include "memlog/report/render.h"

namespace memlog {

namespace {

// Characters that move a cursor, recolour or reorder a screen: C0, DEL, C1 and the bidirectional controls.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
}

void append_hex(std::string& out, char32_t value, unsigned digits) {
  while (digits-- > 0) out += "0123456789abcdef"[(value >> (4 * digits)) & 15];
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    out += "\\x";
    append_hex(out, static_cast<unsigned char>(c), 2);
  }
}

}  // namespace

void append_json_escape(std::string& out, char32_t c) {
  out += "\\u";
  append_hex(out, c, 4);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    char32_t c = 0;
    const std::size_t n = next_character(text, c);
    if (n == 0) {
      append_escaped(out, text.substr(0, 1));
      text.remove_prefix(1);
      continue;
    }
    if (c == '\t') out += ' ';
    else if (is_control(c)) append_escaped(out, text.substr(0, n));
    else out += text.substr(0, n);
    text.remove_prefix(n);
  }
  return out;
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    char32_t c = 0;
    const std::size_t n = next_character(text, c);
    width += n == 0 ? 1 : char_width(c);
    text.remove_prefix(n == 0 ? 1 : n);
  }
  return width;
}

// Control characters of a field are shown as elsewhere: people look at CSV in terminals. Tabs and line breaks are text.
void append_csv(std::string& out, std::string_view field) {
  const auto raw = [&](std::size_t at) {
    const auto c = static_cast<unsigned char>(field[at]);
    if (c == '\t' || c == '\n' || c == '\r') return std::size_t{0};
    if (c < 0x20 || c == 0x7f) return std::size_t{1};
    const auto second = at + 1 < field.size() ? static_cast<unsigned char>(field[at + 1]) : 0;
    return c == 0xc2 && second >= 0x80 && second < 0xa0 ? std::size_t{2} : std::size_t{0};
  };
  for (std::size_t at = 0; at < field.size(); ++at) {
    if (raw(at) == 0) continue;
    std::string shown(field.substr(0, at));
    for (; at < field.size(); ++at) {
      const std::size_t n = raw(at);
      if (n == 0) shown += field[at];
      else append_escaped(shown, field.substr(at, n));
      if (n == 2) ++at;
    }
    append_csv(out, shown);
    return;
  }
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    // Runs of plain ASCII are copied at once.
    std::size_t plain = 0;
    while (plain < text.size() && static_cast<unsigned char>(text[plain]) >= 0x20 && static_cast<unsigned char>(text[plain]) < 0x7f &&
           text[plain] != '"' && text[plain] != '\\') {
      ++plain;
    }
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char first = text.front();
    if (static_cast<unsigned char>(first) >= 0x80) {
      char32_t c = 0;
      const std::size_t n = next_character(text, c);
      if (n == 0) out += "\xef\xbf\xbd";
      else if (c < 0xa0) append_json_escape(out, c);  // C1: a terminal obeys it
      else out += text.substr(0, n);
      text.remove_prefix(n == 0 ? 1 : n);
      continue;
    }
    switch (first) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: append_json_escape(out, static_cast<unsigned char>(first)); break;
    }
    text.remove_prefix(1);
  }
  out += '"';
}

void append_json_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  // The shortest digits that give this number back. fmt is in the program anyway; the standard library's tables for the
  // same are 130 kB more.
  std::array<char, 32> buffer;
  const auto end = fmt::format_to_n(buffer.data(), buffer.size(), "{}", number);
  const std::string_view text(buffer.data(), end.size);
  out += text;
  // A double stays one for readers that tell 512 from 512.0.
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace memlog
