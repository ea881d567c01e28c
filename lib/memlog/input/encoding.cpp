#include "memlog/input/encoding.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

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

}  // namespace

namespace {

// Most of a log is ASCII, whose every other byte is zero in UTF-16. `zero` is 1 for little endian, 0 for big.
bool is_wide(std::string_view bytes, std::size_t zero) {
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < bytes.size(); ++i) zeros[i % 2] += bytes[i] == 0;
  const std::size_t pairs = bytes.size() / 2;
  return zeros[zero] * 2 > pairs && zeros[1 - zero] * 16 <= pairs;
}

// So many bytes of UTF-8 are no UTF-16: eight characters of it that are all none of Latin script and look like that are
// not to be expected.
constexpr std::size_t kSure = 16;

// `bytes` may be text in UTF-8, its last character cut perhaps.
bool is_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto first = static_cast<unsigned char>(bytes.front());
    if (first < 0x20 && first != '\t' && first != '\n' && first != '\r' && first != '\x1b') return false;
    const std::size_t n = decode(bytes).second;
    const bool cut = n == 0 && bytes.size() < 4 && first >= 0xc2 && std::all_of(bytes.begin() + 1, bytes.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; });
    if (cut) return true;
    if (n == 0 || first == 0x7f) return false;
    bytes.remove_prefix(n);
  }
  return true;
}

void append(char32_t c, std::string& out) {
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

}  // namespace

void Decoder::detect(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) {
    encoding_ = "utf-8-bom";
    mark_ = 3;
    return;
  }
  const bool little_mark = head.starts_with("\xff\xfe");
  const bool big_mark = head.starts_with("\xfe\xff");
  // Without a mark both the head and its very beginning must be wide: UTF-16 may have been appended to UTF-8, and the other way.
  constexpr std::size_t kBeginning = 16;
  constexpr std::size_t kLeast = 8;
  const auto wide = [&](std::size_t zero) { return head.size() >= kLeast && is_wide(head.substr(0, kBeginning), zero); };
  const bool zeros_odd = wide(1);
  const bool zeros_even = wide(0);
  if (!little_mark && !big_mark && !zeros_odd && !zeros_even) return;
  wide_ = true;
  big_endian_ = big_mark || (zeros_even && !little_mark);
  encoding_ = big_endian_ ? "utf-16be" : "utf-16le";
  mark_ = little_mark || big_mark ? 2 : 0;
}

void Decoder::append_unit(char32_t unit, std::string& out) {
  constexpr char32_t kReplacement = 0xfffd;
  if (unit >= 0xdc00 && unit < 0xe000) {
    append(high_surrogate_ != 0 ? 0x10000 + ((high_surrogate_ - 0xd800) << 10) + (unit - 0xdc00) : kReplacement, out);
    high_surrogate_ = 0;
    return;
  }
  if (high_surrogate_ != 0) append(kReplacement, out);
  high_surrogate_ = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
  if (high_surrogate_ == 0) append(unit, out);
}

void Decoder::convert(std::string_view bytes, bool last, std::string& out) {
  if (narrow_) {
    out += bytes;
    return;
  }
  std::string joined;
  if (!held_.empty()) {
    joined.swap(held_);
    joined += bytes;
    bytes = joined;
  }
  for (; bytes.size() >= 2; bytes.remove_prefix(2)) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    if (first != 0 && second != 0 && high_surrogate_ == 0 && is_text(bytes.substr(0, kSure))) {
      const bool enough = bytes.size() >= kSure || (last && bytes.ends_with('\n'));
      if (enough) {
        narrow_ = true;
        out += bytes;
        return;
      }
      if (!last) break;
    }
    append_unit(big_endian_ ? static_cast<char32_t>(first << 8 | second) : static_cast<char32_t>(second << 8 | first), out);
  }
  held_ = bytes;
}

void Decoder::convert(std::string_view bytes, std::string& out) { convert(bytes, false, out); }

void Decoder::finish(std::string& out) { convert({}, true, out); }

namespace {

// `line` may be UTF-16: a good part of it is ASCII, every surrogate has its other half, nothing is a control character. Box
// drawing (U+2500) is the one range of which a log has characters that end in a zero.
bool is_wide_line(std::string_view line, bool big) {
  const std::size_t pairs = line.size() / 2;
  std::size_t ascii = 0;
  bool high = false;
  for (std::size_t i = 0; i < pairs; ++i) {
    const auto first = static_cast<unsigned char>(line[2 * i]);
    const auto second = static_cast<unsigned char>(line[2 * i + 1]);
    const unsigned unit = big ? first << 8U | second : second << 8U | first;
    const bool low = unit >= 0xdc00 && unit < 0xe000;
    if (low != high) return false;
    high = unit >= 0xd800 && unit < 0xdc00;
    if (unit < 0x80) ++ascii;
    if ((unit < 0x20 && unit != '\t' && unit != '\r' && unit != 0x1b) || (unit % 0x100 == 0 && unit != 0x2500)) return false;
  }
  constexpr std::size_t kLeast = 3;
  constexpr std::size_t kShare = 8;
  return ascii >= kLeast && ascii * kShare >= pairs;
}

}  // namespace

bool repair_utf16_line(std::string_view line, std::string& out) {
  if (line.size() < 2 || std::memchr(line.data(), '\0', line.size()) == nullptr) return false;
  if (line.starts_with("\xff\xfe") || line.starts_with("\xfe\xff")) line.remove_prefix(2);
  // The other half of the line break before it; big endian, the first half of its own first character.
  while (!line.empty() && line.front() == '\0') line.remove_prefix(1);
  const auto repair = [&](std::string_view bytes, bool big) {
    if (!is_wide_line(bytes, big)) return false;
    Decoder decoder;
    decoder.detect(big ? "\xfe\xff" : "\xff\xfe");
    decoder.convert(bytes.substr(0, bytes.size() / 2 * 2), out);
    decoder.finish(out);
    return true;
  };
  if (repair(line, false)) return true;
  return repair(std::string(1, '\0') + std::string(line), true) || repair(line, true);
}

namespace {

// Whether the two characters at `s`, the first of which begins with the byte c3, are how Windows-1252 shows the first
// bytes of a character in UTF-8: emoji (F0 9F), box drawing and signs (E2 9x, E2 8x), letters (C3 8x-bx), and the same
// once more.
bool is_sign(std::string_view s) {
  if (s.size() < 4) return false;
  const auto second = static_cast<unsigned char>(s[1]);
  const auto third = static_cast<unsigned char>(s[2]);
  const auto fourth = static_cast<unsigned char>(s[3]);
  if (second == 0xb0) return (third == 0xc5 && fourth == 0xb8) || (third == 0xc2 && fourth == 0x9f);
  if (second == 0xa2) return (third == 0xe2 && fourth == 0x80) || (third == 0xc5 && (fourth == 0xa1 || fourth == 0x93)) || (third == 0xc2 && fourth >= 0x80 && fourth < 0xc0);
  if (second == 0x83) return third == 0xc2 || third == 0xc5 || third == 0xcb || (third == 0xe2 && fourth >= 0x80 && fourth <= 0x84);
  return false;
}

// The bytes of `run`, characters that Windows-1252 has, as UTF-8 where they are some; what is left of a character that
// lost bytes on the way becomes U+FFFD, and a character that stands alone was meant.
bool convert_run(std::string_view run, std::string& out) {
  std::string bytes;
  std::vector<std::string_view> characters;
  for (std::string_view rest = run; !rest.empty();) {
    const auto [c, n] = decode(rest);
    bytes += static_cast<char>(windows_byte(c));
    characters.push_back(rest.substr(0, n));
    rest.remove_prefix(n);
  }
  bool changed = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    if (const auto [c, n] = decode(std::string_view(bytes).substr(at)); n > 1) {
      out.append(bytes, at, n);
      at += n;
      changed = true;
      continue;
    }
    std::size_t kept = 1;
    while (at + kept < bytes.size() && kept < 3 && (static_cast<unsigned char>(bytes[at + kept]) & 0xc0) == 0x80) ++kept;
    if (first >= 0xe2 && first <= 0xf4 && kept > 1) {
      out += "\xef\xbf\xbd";
      at += kept;
      changed = true;
      continue;
    }
    out += characters[at];
    ++at;
  }
  return changed;
}

// A character that Windows-1252 does not have was not read as such: the line is as it should be. What an earlier step
// could not read does not count.
bool has_foreign_character(std::string_view line) {
  while (!line.empty()) {
    const auto [c, n] = decode(line);
    if (n > 1 && c != 0xfffd && windows_byte(c) < 0) return true;
    line.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return false;
}

bool repair_once(std::string_view line, std::string& out) {
  if (has_foreign_character(line)) {
    out += line;
    return false;
  }
  bool changed = false;
  while (!line.empty()) {
    std::size_t plain = 0;
    while (plain < line.size() && static_cast<unsigned char>(line[plain]) < 0x80) ++plain;
    out += line.substr(0, plain);
    line.remove_prefix(plain);
    std::size_t run = 0;
    while (run < line.size() && static_cast<unsigned char>(line[run]) >= 0x80) {
      const auto [c, n] = decode(line.substr(run));
      if (n == 0 || windows_byte(c) < 0) break;
      run += n;
    }
    if (run > 0) {
      changed |= convert_run(line.substr(0, run), out);
    } else if (!line.empty()) {
      run = std::max<std::size_t>(decode(line).second, 1);
      out += line.substr(0, run);
    }
    line.remove_prefix(run);
  }
  return changed;
}

}  // namespace

bool has_mojibake(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    p = static_cast<const char*>(std::memchr(p, 0xc3, static_cast<std::size_t>(end - p)));
    if (p == nullptr) return false;
    if (is_sign({p, static_cast<std::size_t>(end - p)})) return true;
    ++p;
  }
  return false;
}

bool repair_mojibake(std::string_view line, std::string& out) {
  // Text goes through a wrong encoding once or twice; a third time has not been seen.
  std::string once;
  if (!repair_once(line, once)) {
    out += line;
    return false;
  }
  std::string twice;
  if (repair_once(once, twice)) once.swap(twice);
  out += once;
  return true;
}

}  // namespace memlog
