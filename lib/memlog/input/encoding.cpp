#include "memlog/input/encoding.h"

#include <cstdint>
#include <utility>

namespace memlog {

namespace {

// Windows-1252's characters for the bytes 0x80-0x9f; 0 where it has none and readers leave the control character.
constexpr char32_t kWindows1252[] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                     0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                     0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

// The byte that Windows-1252 shows as `c`, or -1.
int windows_byte(char32_t c) {
  if (c < 0x100) return static_cast<int>(c);
  for (int i = 0; i < 32; ++i) {
    if (kWindows1252[i] == c) return 0x80 + i;
  }
  return -1;
}

// The character at the front of `s` and its length; length 0 when it is no UTF-8.
std::pair<char32_t, std::size_t> decode(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (n == 0 || first > 0xf4 || s.size() < n) return {0, 0};
  char32_t c = first & (0x7fu >> n);
  for (std::size_t i = 1; i < n; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    c = (c << 6) | (byte(i) & 0x3fu);
  }
  if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c < 0xe000)) return {0, 0};
  return {c, n};
}

bool is_utf8(std::string_view s) {
  while (!s.empty()) {
    const auto [c, n] = decode(s);
    if (n == 0) return false;
    s.remove_prefix(n);
  }
  return true;
}

}  // namespace

void Decoder::detect(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) {
    encoding_ = "utf-8-bom";
    mark_ = 3;
    return;
  }
  const bool little_mark = head.starts_with("\xff\xfe");
  const bool big_mark = head.starts_with("\xfe\xff");
  // Without a mark: a log begins with ASCII, whose every other byte is zero in UTF-16.
  const bool zeros_odd = head.size() >= 8 && head[1] == 0 && head[3] == 0 && head[5] == 0 && head[0] != 0 && head[2] != 0 && head[4] != 0;
  const bool zeros_even = head.size() >= 8 && head[0] == 0 && head[2] == 0 && head[4] == 0 && head[1] != 0 && head[3] != 0 && head[5] != 0;
  if (!little_mark && !big_mark && !zeros_odd && !zeros_even) return;
  wide_ = true;
  big_endian_ = big_mark || zeros_even;
  encoding_ = big_endian_ ? "utf-16be" : "utf-16le";
  mark_ = little_mark || big_mark ? 2 : 0;
}

void Decoder::append(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

void Decoder::convert(std::string_view bytes, std::string& out) {
  constexpr char32_t kReplacement = 0xfffd;
  std::size_t at = 0;
  const auto next_unit = [&](char32_t& unit) {
    unsigned char pair[2];
    std::size_t n = 0;
    if (!half_.empty()) {
      pair[n++] = static_cast<unsigned char>(half_[0]);
      half_.clear();
    }
    while (n < 2 && at < bytes.size()) pair[n++] = static_cast<unsigned char>(bytes[at++]);
    if (n < 2) {
      if (n == 1) half_.assign(1, static_cast<char>(pair[0]));
      return false;
    }
    unit = big_endian_ ? static_cast<char32_t>(pair[0] << 8 | pair[1]) : static_cast<char32_t>(pair[1] << 8 | pair[0]);
    return true;
  };
  for (char32_t unit = 0; next_unit(unit);) {
    if (unit >= 0xdc00 && unit < 0xe000) {
      if (high_surrogate_ != 0) append(0x10000 + ((high_surrogate_ - 0xd800) << 10) + (unit - 0xdc00), out);
      else append(kReplacement, out);
      high_surrogate_ = 0;
      continue;
    }
    if (high_surrogate_ != 0) append(kReplacement, out);
    high_surrogate_ = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
    if (high_surrogate_ == 0) append(unit, out);
  }
}

bool has_mojibake(std::string_view text) {
  // The first two characters of emoji (F0 9F), box drawing (E2 94), signs (E2 9A, E2 9C, E2 86), each shown as two letters.
  for (const std::string_view sign : {"\xc3\xb0\xc5\xb8", "\xc3\xa2\xe2\x80", "\xc3\xa2\xc5\xa1", "\xc3\xa2\xc5\x93", "\xc3\xb0\xc2\x9f", "\xc3\xa2\xc2\x94"}) {
    if (text.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

bool repair_mojibake(std::string_view line, std::string& out) {
  std::string bytes;
  bytes.reserve(line.size());
  std::string_view rest = line;
  bool any = false;
  while (!rest.empty()) {
    const auto [c, n] = decode(rest);
    const int byte = n == 0 ? -1 : windows_byte(c);
    if (byte < 0) {
      out += line;
      return false;
    }
    any |= n > 1;
    bytes += static_cast<char>(byte);
    rest.remove_prefix(n);
  }
  if (!any || !is_utf8(bytes)) {
    out += line;
    return false;
  }
  out += bytes;
  return true;
}

}  // namespace memlog
