#include "memlog/report/line_writer.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "memlog/base/swar.h"
#include "memlog/report/render.h"

namespace memlog {

namespace {

constexpr std::uint64_t kZeros = 0x3030303030303030ULL;

// Two numbers below 100, in the first and the third byte, as their four digits, the first one lowest. Nothing is looked up
// and nothing branches: numbers follow one another as fast as they can be stored.
constexpr std::uint64_t pair_digits(std::uint64_t numbers) {
  const std::uint64_t tens = (numbers * 103 >> 10) & 0x000F000F;
  return tens | (numbers - 10 * tens) << 8;
}

// The digits of a number below 10,000, zeros in front.
constexpr std::uint64_t four_digits(std::uint32_t n) { return pair_digits(n / 100 | std::uint64_t{n % 100} << 16); }

// Digits of `n`, at the end of the 20 bytes before `end`; the first one.
char* digits_before(char* end, std::uint64_t n) {
  do {
    *--end = static_cast<char>('0' + n % 10);
    n /= 10;
  } while (n > 0);
  return end;
}

// Bytes at the front of `text` that JSON takes as they are: printable ASCII but for quotes and backslashes.
std::size_t plain_length(std::string_view text) {
  std::size_t n = 0;
  for (; n + 8 <= text.size(); n += 8) {
    const std::uint64_t word = swar::load8(text.data() + n);
    const auto zero_in = [](std::uint64_t w) { return (w - 0x0101010101010101ULL) & ~w & 0x8080808080808080ULL; };
    const std::uint64_t low = (word - 0x2020202020202020ULL) & ~word & 0x8080808080808080ULL;
    const std::uint64_t high = (word | (word + 0x0101010101010101ULL)) & 0x8080808080808080ULL;
    if ((low | high | zero_in(word ^ swar::repeat('"')) | zero_in(word ^ swar::repeat('\\'))) != 0) break;
  }
  for (; n < text.size(); ++n) {
    const auto c = static_cast<unsigned char>(text[n]);
    if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') break;
  }
  return n;
}

}  // namespace

void LineWriter::clear(std::span<char> room) {
  bytes_ = room.empty() ? own_.data() : room.data();
  capacity_ = room.empty() ? own_.size() : room.size();
  size_ = 0;
}

void LineWriter::grow(std::size_t n) {
  const bool lent = bytes_ != own_.data();
  own_.resize(std::max(own_.size(), (size_ + n) * 2 + 4096));
  if (lent && size_ > 0) std::memcpy(own_.data(), bytes_, size_);
  bytes_ = own_.data();
  capacity_ = own_.size();
}

void LineWriter::tenths(std::uint32_t tenths) {
  const std::uint32_t whole = tenths / 10;
  if (swar::kUsable && whole < 10'000) {
    const unsigned zeros = (whole < 1000 ? 1U : 0U) + (whole < 100 ? 1U : 0U) + (whole < 10 ? 1U : 0U);
    const std::uint64_t text = ((four_digits(whole) | std::uint64_t{tenths - whole * 10} << 40) + (kZeros & 0xFF00FFFFFFFFULL)) | std::uint64_t{'.'} << 32;
    put_word(text >> (8 * zeros), 6 - zeros);
    return;
  }
  char buffer[32] = {};
  char* const end = buffer + 16;
  end[-1] = static_cast<char>('0' + tenths % 10);
  end[-2] = '.';
  const char* const begin = digits_before(end - 2, tenths / 10);
  put_within<16>(begin, static_cast<std::size_t>(end - begin));
}

void LineWriter::number(double value) {
  std::uint32_t n = 0;
  if (as_tenths(value, n) && !std::signbit(value)) return tenths(n);
  if (std::isnan(value)) return literal("null");
  if (value < 0 && as_tenths(-value, n)) {
    put('-');
    return tenths(n);
  }
  // The shortest form of a whole number is its digits, unless many zeros end it.
  if (value > 0 && value < 1e9) {
    const auto whole = static_cast<std::uint64_t>(value);
    if (static_cast<double>(whole) == value && whole % 100'000 != 0) {
      integer(whole);
      return literal(".0");
    }
  }
  std::string text;
  append_json_number(text, value);
  put(text);
}

void LineWriter::integer(std::uint64_t n) {
  if (const char* behind = ten_.put(begin(KeptTen::kRoom), n); behind != nullptr) return end(behind);
  if (swar::kUsable && n < 100'000'000) {
    const auto low = static_cast<std::uint32_t>(n);
    const std::uint64_t digits = four_digits(low / 10'000) | four_digits(low % 10'000) << 32;
    // The last digit stays where all are zeros.
    const auto zeros = static_cast<unsigned>(__builtin_ctzll(digits | std::uint64_t{1} << 56)) / 8;
    const std::uint64_t text = (digits + kZeros) >> (8 * zeros);
    ten_.keep(n, text, 8 - zeros);
    return put_word(text, 8 - zeros);
  }
  char buffer[48] = {};
  char* const end = buffer + 24;
  const char* const begin = digits_before(end, n);
  put_within<24>(begin, static_cast<std::size_t>(end - begin));
}

void LineWriter::json_string(std::string_view text) {
  if (plain_length(text) == text.size()) {
    put('"');
    put(text);
    put('"');
    return;
  }
  std::string escaped;
  append_json_string(escaped, text);
  put(escaped);
}

void LineWriter::time(const Timestamp& time) {
  if (!time.known()) return;
  if (const char* behind = hour_.put(begin(KeptHour::kRoom), time); behind != nullptr) return end(behind);
  std::string text;
  append_time(text, time);
  put(text);
  if (time.ns < 0 || !KeptHour::is_plain(time)) return;
  const auto ns = static_cast<std::uint64_t>(time.ns);
  hour_.keep(ns - ns % KeptHour::kHour, std::string_view(text).substr(0, text.find(':') + 1));
}

}  // namespace memlog
