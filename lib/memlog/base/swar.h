#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Eight bytes of text as one number: what well-formed lines need most, without a loop or a branch per character. Every
// function says whether the text is what it takes; the general readers in decimal.h and time.h take the rest.
//
// Bytes are numbered from the first in memory, so all of this asks for a little-endian machine; elsewhere the general
// readers do the whole work.
namespace memlog::swar {

inline constexpr bool kUsable = std::endian::native == std::endian::little;

inline std::uint64_t load8(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}

inline std::uint32_t load4(const char* p) {
  std::uint32_t word;
  std::memcpy(&word, p, 4);
  return word;
}

constexpr std::uint64_t repeat(char c) { return 0x0101010101010101ULL * static_cast<unsigned char>(c); }

// The word of up to eight bytes of text, for comparisons with load8().
constexpr std::uint64_t word(const char* text, int n) {
  std::uint64_t out = 0;
  for (int i = 0; i < n; ++i) out |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * i);
  return out;
}

constexpr std::uint64_t first_bytes(int n) { return n == 0 ? 0 : ~std::uint64_t{0} >> (8 * (8 - n)); }

// `text` stands at `p`. Up to eight bytes; eight are read.
template <std::size_t N>
inline bool at(const char* p, const char (&text)[N]) {
  static_assert(N - 1 <= 8);
  return (load8(p) & first_bytes(N - 1)) == word(text, N - 1);
}

// Longer ones, by two words that overlap.
template <std::size_t N>
inline bool at_long(const char* p, const char (&text)[N]) {
  static_assert(N - 1 > 8 && N - 1 <= 16);
  return load8(p) == word(text, 8) && load8(p + N - 9) == word(text + N - 9, 8);
}

// Bytes that hold the values 0 to 9, each in its byte; anything else sets a high bit in the answer.
constexpr std::uint64_t not_decimal(std::uint64_t values) { return (values | (values + 0x7676767676767676ULL)) & 0x8080808080808080ULL; }

// Eight decimal values, the first byte the highest, as one number (three multiplications, each joining neighbours).
constexpr std::uint32_t join_decimal(std::uint64_t values) {
  values = values * 10 + (values >> 8);
  return static_cast<std::uint32_t>((((values & 0x000000FF000000FFULL) * 0x000F424000000064ULL) +
                                     (((values >> 16) & 0x000000FF000000FFULL) * 0x0000271000000001ULL)) >>
                                    32);
}

// The first `c` in the 32 bytes at `p`, or null.
inline const char* find_near(const char* p, char c) {
#ifdef __SSE2__
  // Every x86-64 has these: no question at run time.
  const __m128i wanted = _mm_set1_epi8(c);
  const auto low = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), wanted)));
  const auto high = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16)), wanted)));
  const unsigned found = low | high << 16;
  return found != 0 ? p + std::countr_zero(found) : nullptr;
#else
  return static_cast<const char*>(std::memchr(p, c, 32));
#endif
}

// The first `c` in the 64 bytes at `p`, or null.
inline const char* find_within_64(const char* p, char c) {
  const char* const near = find_near(p, c);
  return near != nullptr ? near : find_near(p + 32, c);
}

// `598.4` at `p`: one to six digits, a point and one digit. Gives the number of tenths and moves `p` behind it. Ten
// bytes are read at most.
inline bool take_tenths(const char*& p, std::uint32_t& tenths) {
  const std::uint64_t text = load8(p) ^ repeat('0');
  // '.' ^ '0' is 0x1e; the lowest byte that becomes zero is exact whatever borrows do above it.
  const std::uint64_t point = text ^ repeat(0x1e);
  const std::uint64_t zero = (point - 0x0101010101010101ULL) & ~point & 0x8080808080808080ULL;
  if (zero == 0) return false;
  const int digits = std::countr_zero(zero) >> 3;
  if (digits < 1 || digits > 6) return false;
  // Right-aligned: the point in byte 6, the tenth in byte 7, zeros in front.
  const std::uint64_t aligned = text << (8 * (6 - digits));
  // Without the point, one byte up: 0 d d d d d d t.
  const std::uint64_t values = ((aligned & 0x0000FFFFFFFFFFFFULL) << 8) | (aligned & 0xFF00000000000000ULL);
  if (not_decimal(values) != 0) return false;
  tenths = join_decimal(values);
  p += digits + 2;
  return true;
}

// `  598.4` in the six bytes at `p`, blanks in front: what `%6.1f` prints below ten thousand. Eight bytes are read. The
// place of what follows does not depend on the digits, so nothing waits for them.
inline bool read_six(const char* p, std::uint32_t& tenths) {
  const std::uint64_t raw = load8(p);
  const int blanks = std::countr_zero((raw ^ repeat(' ')) | 0x0000000100000000ULL) & ~7;
  const std::uint64_t text = (raw ^ word("0000.0", 6)) >> blanks << blanks;
  tenths = join_decimal((text & 0xFFFFFFFFULL) << 24 | (text >> 40 & 0xFF) << 56);
  // At least one digit stands before the point: blanks are 24 bits at most. Byte 4 must be the point, so zero by now.
  return blanks <= 24 && ((text & 0x000000FF00000000ULL) | not_decimal(text & 0x0000FF00FFFFFFFFULL)) == 0;
}

// The same after blanks, of which there may be up to six.
inline bool take_padded_tenths(const char*& p, std::uint32_t& tenths) {
  p += std::countr_zero((load8(p) ^ repeat(' ')) | 0x8000000000000000ULL) >> 3;
  return take_tenths(p, tenths);
}

// `127,453` or `4512` at `p`: up to seven digits with a comma before the last three or none.
inline bool take_count(const char*& p, std::uint32_t& count) {
  std::uint64_t text = load8(p) ^ repeat('0');
  const std::uint64_t other = (text | (text + 0x7676767676767676ULL)) & 0x8080808080808080ULL;
  if (other == 0) return false;
  int digits = std::countr_zero(other) >> 3;
  if (digits == 0) return false;
  int length = digits;
  if (p[digits] == ',') {
    if (digits > 3) return false;
    // One group of three behind the comma, and nothing of a number behind that.
    const std::uint64_t head = text & first_bytes(digits);
    const std::uint64_t tail = (text >> (8 * (digits + 1))) & first_bytes(3);
    if (not_decimal(tail) != 0 || digits + 4 > 8) return false;
    text = head | (tail << (8 * digits));
    digits += 3;
    length = digits + 1;
    const char next = p[length];
    if ((next >= '0' && next <= '9') || next == ',') return false;
  }
  count = join_decimal((text & first_bytes(digits)) << (8 * (8 - digits)));
  p += length;
  return true;
}

// `08:30:00` at `p` in seconds of the day.
inline bool take_clock(const char* p, std::uint32_t& second_of_day) {
  const std::uint64_t values = load8(p) ^ word("00:00:00", 8);
  if (not_decimal(values) != 0 || (values & 0x0000FF0000FF0000ULL) != 0) return false;
  const std::uint64_t pairs = values * 10 + (values >> 8);
  const auto hour = static_cast<std::uint32_t>(pairs & 0xFF);
  const auto minute = static_cast<std::uint32_t>((pairs >> 24) & 0xFF);
  const auto second = static_cast<std::uint32_t>((pairs >> 48) & 0xFF);
  if (hour > 23 || minute > 59 || second > 60) return false;
  second_of_day = (hour * 60 + minute) * 60 + second;
  return true;
}

}  // namespace memlog::swar
