#pragma once

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "memlog/assemble/run_marks.h"
#include "memlog/base/cpu.h"

// Marks of readings in columns, 64 of them at once.
namespace memlog::avx512 {

// Puts the places of those labels that are `first_mark` or more where marks go, and zeros for what is high before them.
// There must be room for 64 marks more than there are labels. Gives how many there are.
MEMLOG_AVX512 inline std::size_t find_marks(std::span<const std::uint8_t> labels, std::uint8_t first_mark, RunMark* marks) {
  const __m512i first = _mm512_set1_epi8(static_cast<char>(first_mark));
  const __m512i eight = _mm512_set1_epi64(8);
  __m512i places = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
  RunMark* end = marks;
  for (std::size_t i = 0; i < labels.size(); i += 64) {
    const std::size_t left = labels.size() - i;
    const __mmask64 there = left < 64 ? _cvtu64_mask64(_bzhi_u64(~std::uint64_t{0}, static_cast<unsigned>(left))) : ~__mmask64{0};
    std::uint64_t found = _cvtmask64_u64(_mm512_mask_cmpge_epu8_mask(there, _mm512_maskz_loadu_epi8(there, labels.data() + i), first));
    for (int part = 0; part < 8; ++part, found >>= 8) {
      _mm512_storeu_si512(end, _mm512_maskz_compress_epi64(static_cast<__mmask8>(found), places));
      end += std::popcount(static_cast<std::uint8_t>(found));
      places = _mm512_add_epi64(places, eight);
    }
  }
  return static_cast<std::size_t>(end - marks);
}

// The highest reading since the mark before for each; gives that behind the last of them.
MEMLOG_AVX512 inline std::uint32_t add_highs(std::span<const std::uint32_t> readings, std::span<RunMark> marks) {
  const auto highest = [&](std::size_t begin, std::size_t end) MEMLOG_AVX512 {
    __m256i high = _mm256_setzero_si256();
    for (; end - begin > 8; begin += 8) high = _mm256_max_epu32(high, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(readings.data() + begin)));
    const auto there = static_cast<__mmask8>(_bzhi_u32(0xff, static_cast<unsigned>(end - begin)));
    high = _mm256_max_epu32(high, _mm256_maskz_loadu_epi32(there, readings.data() + begin));
    const __m128i four = _mm_max_epu32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1));
    const __m128i two = _mm_max_epu32(four, _mm_shuffle_epi32(four, 0x4e));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_max_epu32(two, _mm_shuffle_epi32(two, 0xb1))));
  };
  std::size_t begin = 0;
  for (RunMark& mark : marks) {
    mark.high = highest(begin, mark.at);
    begin = mark.at + 1;
  }
  return highest(begin, readings.size());
}

}  // namespace memlog::avx512
