#pragma once

#include "memlog/format/daily_quick.h"

#if MEMLOG_HAS_AVX2_CODE
#include <array>
#include <string_view>

#include "memlog/format/avx512.h"
#include "memlog/format/column_pattern.h"

// The bot's columns, sixteen lines at a time and 64 bytes of each. Where the lines end is known before, and the columns
// are counted from there: no line waits for another one. Every byte is checked by one subtraction: `text - low` must not
// be above `range`. A fixed character has the range 0, a digit 9; what is left of a digit is its value, of all else 0,
// and digits of four lines become numbers at once. Blanks in front of numbers are made zeros before. What is wrong with
// any of the lines is found at their end, and then they are read one by one.
namespace memlog::daily_quick {

using avx512::find_breaks;
using avx512::kBlock;
using avx512::load16;
using avx512::load32;
using avx512::load64;
using avx512::store16;

// `2025-11-16 08:34:15 `, the mark and the task; from the bracket behind the task on, columns up to the line's break.
constexpr std::size_t kDate = 10;
constexpr std::size_t kMarkAt = 20;
constexpr std::size_t kShortestLabel = 6;      // `--- [A`
constexpr std::size_t kColumns = kFreeAt + 11;
constexpr std::ptrdiff_t kShortestLine = kMarkAt + kShortestLabel + kColumns;

// With bits for blanks.
template <std::size_t N>
struct Pattern : ColumnPattern<N> {
  std::uint64_t blanks = 0;                    // where there may be one
  std::uint64_t behind = 0;                    // where it must have another one before it
  constexpr Pattern(const char* text) : ColumnPattern<N>(text) {
    for (std::size_t i = 0; i < N; ++i) {
      if (text[i] != '_') continue;
      blanks |= std::uint64_t{1} << i;
      if (i > 0 && text[i - 1] == '_') behind |= std::uint64_t{1} << i;
    }
  }
};

constexpr Pattern<64> kNumbers("] | RSS: ___0.0 MB | VMS: ___0.0 MB | System Available: ___0.0 M");
constexpr Pattern<16> kBack("MB (00.0% free)\n");

// Digits to a number: tens and ones by a first multiplication, their sums by a second. `weights` says what each of 16
// bytes counts.
struct Weights {
  alignas(16) signed char ones[16] = {};
  alignas(16) std::int16_t tens[8] = {};
  constexpr explicit Weights(const std::array<int, 16>& weights) {
    for (std::size_t i = 0; i < 16; i += 2) {
      // The two of a pair are multiplied by what both have in common.
      const int common = weights[i + 1] != 0 ? weights[i + 1] : weights[i] >= 10 ? weights[i] / 10 : 1;
      tens[i / 2] = static_cast<std::int16_t>(common);
      ones[i] = static_cast<signed char>(weights[i] / common);
      ones[i + 1] = weights[i + 1] != 0 ? 1 : 0;
    }
  }
};
constexpr Weights kClock({36'000, 3600, 0, 600, 60, 0, 10, 1});
constexpr Weights kRss({0, 0, 0, 0, 0, 0, 0, 0, 0, 10'000, 1000, 100, 10, 0, 1});
constexpr Weights kVms({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10'000, 1000, 100, 10, 0, 1});
constexpr Weights kAvailable({0, 0, 0, 0, 0, 0, 0, 0, 10'000, 1000, 100, 10, 0, 1});
constexpr Weights kFree({0, 0, 0, 0, 100, 10, 0, 1});

// The front of a line of one day.
struct Head {
  alignas(32) char low[32] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ' ', '0', '0', ':', '0', '0', ':', '0', '0', ' '};
  std::int64_t ns = 0;
};
alignas(32) constexpr unsigned char kHeadRange[32] = {0, 0, 0, 0, 0, 0, 0,   0,   0,   0,   0,   2,   9,   0,   5,   9,
                                                      0, 5, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

// The marks by the lowest two bits of their first character: '<' 0, '-' 1, '>' 2.
struct Mark {
  std::string_view text;
  EventKind kind;
};
constexpr Mark kMarks[4] = {{"<<< TASK END [", EventKind::task_end}, {"--- [", EventKind::sample}, {">>> TASK START [", EventKind::task_start}, {"", EventKind::sample}};
constexpr std::uint8_t kMarkLength[4] = {14, 5, 16, 0};

inline unsigned mark_of(const char* label) { return static_cast<unsigned char>(*label) & 3U; }

// By the first and the last eight characters of the task.
inline std::size_t place_of(const char* label, const char* close) {
  const std::uint64_t last = swar::load8(close - 8);
  const auto length = static_cast<std::uint64_t>(close - label);
  return ((swar::load8(label + kMarkLength[mark_of(label)]) ^ (last << 7 | last >> 57) ^ length) * 0x9E3779B97F4A7C15ULL) >> 52;
}

// What a block's lines say.
struct Block {
  alignas(64) std::uint32_t second[kBlock];
  alignas(64) std::uint32_t rss[kBlock];
  // Where they were asked for.
  alignas(64) std::uint32_t vms[kBlock];
  alignas(64) std::uint32_t available[kBlock];
  alignas(64) std::uint32_t free[kBlock];
  std::uint8_t label[kBlock];
  std::uint32_t highest = 0;       // of `rss`
  std::uint32_t unknown = 0;       // a bit for each line whose label is not remembered
};

// What is left of the digits of a block's lines, 16 bytes of each.
struct Digits {
  alignas(64) unsigned char clock[16 * kBlock];
  alignas(64) unsigned char rss[16 * kBlock];
  alignas(64) unsigned char vms[16 * kBlock];
  alignas(64) unsigned char available[16 * kBlock];
  alignas(64) unsigned char free[16 * kBlock];
};

// The numbers of four lines. Their eight bytes of digits begin at the first or the third of each line's four.
template <int kAt>
MEMLOG_AVX512 inline __m128i numbers(const unsigned char* digits, const Weights& weights) {
  const __m512i ones = _mm512_broadcast_i32x4(load16(weights.ones));
  const __m512i tens = _mm512_broadcast_i32x4(load16(weights.tens));
  const __m512i sums = _mm512_madd_epi16(_mm512_maddubs_epi16(load64(digits), ones), tens);
  constexpr __mmask16 kPlaces = 0x1111 << kAt;
  return _mm512_castsi512_si128(_mm512_maskz_compress_epi32(kPlaces, _mm512_add_epi32(sums, _mm512_srli_epi64(sums, 32))));
}

// The first so many lines from `line` on. False when one of them is no good line on the day of `head`.
template <bool kAll>
MEMLOG_AVX512 bool read_block(const char* const first, const LineBreaks& breaks, std::size_t lines, const Head& head, const QuickLabels& labels, Block& out) {
  const __m512i blank = _mm512_set1_epi8(' ');
  const __m512i zero = _mm512_set1_epi8('0');
  const __m512i numbers_low = load64(kNumbers.low);
  const __m512i numbers_range = load64(kNumbers.range);
  const __mmask64 numbers_blanks = _cvtu64_mask64(kNumbers.blanks);
  const __m256i head_low = load32(head.low);
  const __m256i head_range = load32(kHeadRange);
  const __m128i back_low = load16(kBack.low);
  const __m128i back_range = load16(kBack.range);

  Digits digits;
  __m256i wrong_head = _mm256_setzero_si256();
  __m128i wrong_back = _mm_setzero_si128();
  __m512i wrong_numbers = _mm512_setzero_si512();
  std::uint64_t wrong_blanks = 0;
  alignas(16) bool differs[kBlock] = {};
  std::uint64_t lengths = 0;           // a bit for each that a label's length has, the bracket included
  // Of its own: what is written below might be any of it.
  const char* const text_begin = breaks.text;
  const std::uint32_t* const at = breaks.at.data() + breaks.next;
  const char* line = first;
  for (std::size_t i = 0; i < lines; ++i) {
    const char* const line_end = text_begin + at[i];
    out.label[i] = labels.at(place_of(line + kMarkAt, line_end - kColumns));
    line = line_end + 1;
  }
  line = first;
  for (std::size_t i = 0; i < lines; ++i) {
    const char* const line_end = text_begin + at[i];
    const char* const close = line_end - kColumns;
    const char* const label = line + kMarkAt;
    wrong_head = _mm256_or_si256(wrong_head, _mm256_subs_epu8(_mm256_sub_epi8(load32(line), head_low), head_range));
    store16(digits.clock + 16 * i, _mm_sub_epi8(load16(line + kDate + 1), _mm512_castsi512_si128(zero)));

    const __m512i text = load64(close);
    const __mmask64 blanks = _mm512_mask_cmpeq_epi8_mask(numbers_blanks, text, blank);
    const __m512i values = _mm512_sub_epi8(_mm512_mask_mov_epi8(text, blanks, zero), numbers_low);
    const std::uint64_t blank_bits = _cvtmask64_u64(blanks);
    const __m128i back = _mm_sub_epi8(load16(close + 63), back_low);
    wrong_numbers = _mm512_or_si512(wrong_numbers, _mm512_subs_epu8(values, numbers_range));
    wrong_blanks |= blank_bits & ~(blank_bits << 1);
    wrong_back = _mm_or_si128(wrong_back, _mm_subs_epu8(back, back_range));

    // Mark and task with the bracket behind them, which no text has that is remembered: that of the label 0, zeros, differs.
    const auto length = static_cast<std::uint64_t>(close - label) + 1;
    const std::uint8_t known = out.label[i];
    const std::uint64_t different = _cvtmask64_u64(_mm512_cmpneq_epi8_mask(load64(label), load64(labels.text(known))));
    differs[i] = _bzhi_u64(different, static_cast<unsigned>(length)) != 0;
    lengths |= length;

    store16(digits.rss + 16 * i, _mm512_castsi512_si128(values));
    if constexpr (kAll) {
      store16(digits.vms + 16 * i, _mm512_extracti32x4_epi32(values, 1));
      store16(digits.available + 16 * i, _mm512_extracti32x4_epi32(values, 3));
      store16(digits.free + 16 * i, back);
    }
    line = line_end + 1;
  }
  out.unknown = _cvtmask16_u32(_mm_test_epi8_mask(load16(differs), load16(differs)));
  // Of longer ones the end has not been looked at.
  constexpr std::size_t kLooked = 64;
  for (std::size_t i = 0; lengths >= kLooked && i < lines; ++i) {
    const char* const begin = i == 0 ? first : text_begin + at[i - 1] + 1;
    if (text_begin + at[i] - begin >= static_cast<std::ptrdiff_t>(kMarkAt + kColumns + kLooked) - 1) out.unknown |= 1U << i;
  }
  wrong_head = _mm256_or_si256(wrong_head, _mm256_castsi128_si256(wrong_back));
  const std::uint64_t wrong = _cvtmask64_u64(_mm512_test_epi8_mask(wrong_numbers, wrong_numbers)) | (wrong_blanks & kNumbers.behind);
  if (wrong != 0 || _mm256_testz_si256(wrong_head, wrong_head) == 0) return false;

  // Lines that there are not have no numbers.
  for (std::size_t i = lines; i < kBlock; ++i) {
    store16(digits.clock + 16 * i, _mm_setzero_si128());
    store16(digits.rss + 16 * i, _mm_setzero_si128());
    if constexpr (kAll) {
      store16(digits.vms + 16 * i, _mm_setzero_si128());
      store16(digits.available + 16 * i, _mm_setzero_si128());
      store16(digits.free + 16 * i, _mm_setzero_si128());
    }
  }
  __m128i latest = _mm_setzero_si128();
  __m128i highest = _mm_setzero_si128();
  for (std::size_t i = 0; i < kBlock; i += 4) {
    const __m128i seconds = numbers<0>(digits.clock + 16 * i, kClock);
    const __m128i rss = numbers<2>(digits.rss + 16 * i, kRss);
    latest = _mm_max_epi32(latest, seconds);
    highest = _mm_max_epi32(highest, rss);
    store16(out.second + i, seconds);
    store16(out.rss + i, rss);
    if constexpr (kAll) {
      store16(out.vms + i, numbers<2>(digits.vms + 16 * i, kVms));
      store16(out.available + i, numbers<2>(digits.available + 16 * i, kAvailable));
      store16(out.free + i, numbers<0>(digits.free + 16 * i, kFree));
    }
  }
  highest = _mm_max_epi32(highest, _mm_shuffle_epi32(highest, 0x4e));
  out.highest = static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_max_epi32(highest, _mm_shuffle_epi32(highest, 0xb1))));
  return _mm_cmplt_epi32_mask(latest, _mm_set1_epi32(86'400)) == 15;
}

}  // namespace memlog::daily_quick
#endif
