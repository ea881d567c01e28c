#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "memlog/base/swar.h"

// Four numbers of a reading as text, all at once. Nearly all are below 10,000 and have one decimal or none.
namespace memlog {

struct FourTenths {
  std::uint64_t text[4] = {};   // `0598.4`, the first byte lowest
  std::uint32_t tenths = 0;     // of the last one
  unsigned missing = 0;         // a bit for each that is NaN; its text says nothing

  // Whether each is missing or such a number.
  bool read(double first, double second, double third, double fourth);
};

// Bytes that put_tenths() may touch.
inline constexpr std::size_t kTenthsRoom = 8;

// Without zeros in front. Gives the place behind the text.
inline char* put_tenths(char* place, std::uint64_t text) {
  const auto zeros = static_cast<unsigned>(std::countr_zero((text & 0x0F0F0F) | 0x01000000U)) & 0x18U;
  text >>= zeros;
  std::memcpy(place, &text, 8);
  return place + 6 - zeros / 8;
}

// The same of tenths up to 1000, for put_tenths().
inline std::uint64_t percent_text(std::uint32_t tenths) {
  const std::uint32_t whole = tenths / 10;
  const std::uint64_t numbers = whole / 100 | std::uint64_t{whole % 100} << 16;
  const std::uint64_t tens = (numbers * 103 >> 10) & 0x000F000F;
  return ((tens | (numbers - 10 * tens) << 8) | std::uint64_t{tenths - whole * 10} << 40) + 0x302E30303030ULL;
}

#ifdef __SSE2__

namespace detail {

// Two numbers in tenths, if they are that; bits of those that are missing.
inline bool tenths_of(__m128d values, __m128i& tenths, __m128i& wholes, unsigned& missing) {
  tenths = _mm_cvttpd_epi32(_mm_add_pd(_mm_mul_pd(values, _mm_set1_pd(10.0)), _mm_set1_pd(0.5)));
  wholes = _mm_cvttpd_epi32(values);
  const __m128d same = _mm_cmpeq_pd(_mm_div_pd(_mm_cvtepi32_pd(tenths), _mm_set1_pd(10.0)), values);
  const __m128d nan = _mm_cmpunord_pd(values, values);
  const __m128d good = _mm_or_pd(_mm_and_pd(same, _mm_cmplt_pd(values, _mm_set1_pd(10'000.0))), nan);
  missing = static_cast<unsigned>(_mm_movemask_pd(nan));
  // What has a sign is another matter, even zero.
  return _mm_movemask_pd(_mm_andnot_pd(values, good)) == 3;
}

// The text of four numbers below 10,000, from their wholes and their tenths.
inline void put_text(__m128i whole, __m128i tenths, std::uint64_t (&text)[4]) {
  const __m128i last = _mm_sub_epi32(tenths, _mm_add_epi32(_mm_slli_epi32(whole, 3), _mm_slli_epi32(whole, 1)));
  // Four digits of each: two pairs below 100 and of each pair its tens, by multiplications that are exact that far.
  const __m128i hundreds = _mm_srli_epi16(_mm_mulhi_epu16(whole, _mm_set1_epi32(5243)), 3);
  const __m128i rest = _mm_sub_epi16(whole, _mm_mullo_epi16(hundreds, _mm_set1_epi16(100)));
  const __m128i pairs = _mm_or_si128(hundreds, _mm_slli_epi32(rest, 16));
  const __m128i tens = _mm_srli_epi16(_mm_mullo_epi16(pairs, _mm_set1_epi16(103)), 10);
  const __m128i ones = _mm_sub_epi16(pairs, _mm_mullo_epi16(tens, _mm_set1_epi16(10)));
  const __m128i digits = _mm_or_si128(tens, _mm_slli_epi16(ones, 8));
  const __m128i point = _mm_set1_epi64x(0x302E30303030);
  const __m128i decimal = _mm_slli_epi32(last, 8);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(text), _mm_add_epi8(_mm_unpacklo_epi32(digits, decimal), point));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(text + 2), _mm_add_epi8(_mm_unpackhi_epi32(digits, decimal), point));
}

}  // namespace detail

inline bool FourTenths::read(double first, double second, double third, double fourth) {
  __m128i tenths_low;
  __m128i tenths_high;
  __m128i wholes_low;
  __m128i wholes_high;
  unsigned missing_low = 0;
  unsigned missing_high = 0;
  const bool low = detail::tenths_of(_mm_set_pd(second, first), tenths_low, wholes_low, missing_low);
  const bool high = detail::tenths_of(_mm_set_pd(fourth, third), tenths_high, wholes_high, missing_high);
  if (!low || !high) return false;
  missing = missing_low | missing_high << 2;
  tenths = static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_srli_epi64(tenths_high, 32)));

  detail::put_text(_mm_unpacklo_epi64(wholes_low, wholes_high), _mm_unpacklo_epi64(tenths_low, tenths_high), text);
  return true;
}

#else

// Elsewhere numbers are written one by one.
inline bool FourTenths::read(double, double, double, double) { return false; }

#endif

}  // namespace memlog
