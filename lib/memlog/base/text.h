#pragma once

#include <cstdint>
#include <string_view>

// Small helpers on string_view: no locale, no allocation.
namespace memlog {

constexpr bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::string_view trim_left(std::string_view s) {
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  return s;
}

constexpr std::string_view trim_right(std::string_view s) {
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

constexpr std::string_view trim(std::string_view s) { return trim_right(trim_left(s)); }

// Removes `prefix` from the front of `s` if it stands there; says whether it did.
constexpr bool consume(std::string_view& s, std::string_view prefix) {
  if (!s.starts_with(prefix)) return false;
  s.remove_prefix(prefix.size());
  return true;
}

// Emoji, box characters, their wrongly decoded forms and `?` stand in front of messages as decoration, or are
// missing. What follows them is what a format may rely on.
constexpr std::string_view skip_decoration(std::string_view s) {
  while (!s.empty()) {
    const auto c = static_cast<unsigned char>(s.front());
    if (c < 0x80 && c != ' ' && c != '?') break;
    s.remove_prefix(1);
  }
  return s;
}

// True when something other than white space was skipped: the line was drawn as part of a tree or an alert.
constexpr bool is_decorated(std::string_view message) {
  message = trim_left(message);
  return !message.empty() && (static_cast<unsigned char>(message.front()) >= 0x80 || message.front() == '?');
}

// `s` is made of at least `least` times the character `c` and nothing else.
constexpr bool is_row_of(std::string_view s, char c, std::size_t least) {
  return s.size() >= least && s.find_first_not_of(c) == std::string_view::npos;
}

// The part of `s` before `separator`; `s` becomes the part after it. All of `s` when it does not occur.
constexpr std::string_view take_until(std::string_view& s, std::string_view separator) {
  const auto at = s.find(separator);
  const auto head = s.substr(0, at);
  s = at == std::string_view::npos ? std::string_view{} : s.substr(at + separator.size());
  return head;
}

}  // namespace memlog
