#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace memlog {

// Brings an input's bytes to UTF-8: byte order marks are removed, UTF-16 is converted, other bytes stay as they are.
class Decoder {
 public:
  // Looks at the first bytes of an input.
  void detect(std::string_view head);

  // `utf-8`, `utf-8-bom`, `utf-16le`, `utf-16be`.
  const std::string& encoding() const { return encoding_; }
  bool is_utf16() const { return wide_; }
  // Bytes of the mark to pass over at the front.
  std::size_t mark_size() const { return mark_; }

  // Appends the UTF-8 of `bytes` to `out`. Only for UTF-16; half a character is kept for the next call. From the place on
  // where another program has appended UTF-8, bytes stay as they are.
  void convert(std::string_view bytes, std::string& out);
  // What is left at the end of the input.
  void finish(std::string& out);

 private:
  void convert(std::string_view bytes, bool last, std::string& out);
  void append_unit(char32_t unit, std::string& out);

  std::string encoding_ = "utf-8";
  bool wide_ = false;
  bool big_endian_ = false;
  std::size_t mark_ = 0;
  bool narrow_ = false;            // the rest is UTF-8
  std::string held_;               // what cannot be told without the bytes behind it
  char32_t high_surrogate_ = 0;
};

// Brings a line of UTF-16 in a log of UTF-8 to UTF-8, as PowerShell's `>>` appends them, with a byte order mark or without.
// `line` is what stands between two bytes of 0a, leading zeros perhaps taken off. False, and nothing appended, for any other line.
bool repair_utf16_line(std::string_view line, std::string& out);

// True when `text` holds UTF-8 that was read as Windows-1252 and saved as UTF-8 again (`ðŸ“Š`, `â”œâ”€`).
bool has_mojibake(std::string_view text);

// Appends `line` to `out` as it was before, or as it is when that gives no UTF-8. Returns whether it was changed.
bool repair_mojibake(std::string_view line, std::string& out);

}  // namespace memlog
