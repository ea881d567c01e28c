#pragma once

#include "memlog/base/cpu.h"

#if MEMLOG_HAS_AVX2_CODE
#include <immintrin.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "memlog/format/line_breaks.h"

// What quick readers with AVX-512 share: they read lines in blocks. Call these only from functions that are MEMLOG_AVX512
// themselves.
namespace memlog::avx512 {

// Lines of a block.
inline constexpr std::size_t kBlock = 16;

MEMLOG_AVX512 inline __m512i load64(const void* p) { return _mm512_loadu_si512(p); }
MEMLOG_AVX512 inline __m256i load32(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
MEMLOG_AVX512 inline __m128i load16(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
// The same 16 bytes four times. GCC 12 warns of how its own header does that without a mask.
MEMLOG_AVX512 inline __m512i four_times(__m128i bytes) { return _mm512_maskz_broadcast_i32x4(0xffff, bytes); }
MEMLOG_AVX512 inline void store64(void* p, __m512i value) { _mm512_store_si512(p, value); }
MEMLOG_AVX512 inline void store32(void* p, __m256i value) { _mm256_store_si256(static_cast<__m256i*>(p), value); }
MEMLOG_AVX512 inline void store16(void* p, __m128i value) { _mm_store_si128(static_cast<__m128i*>(p), value); }

// Of the lines from the one at `p` on, a block's or as many as there are up to `end`. At most 63 bytes behind it are read,
// in which there must be no line break. Where `p` goes back, to a line that was held, the first break found is that of a
// later line: what stands in between is no good line, and it is read by itself.
MEMLOG_AVX512 inline void find_breaks(const char* p, const char* end, LineBreaks& breaks) {
  if (breaks.text == nullptr) breaks.text = breaks.looked_to = p;
  while (breaks.next < breaks.end && breaks.place(0) < p) ++breaks.next;
  if (breaks.end - breaks.next >= kBlock || breaks.looked_to >= end) return;
  std::uint32_t* const at = breaks.at.data();
  std::size_t count = breaks.end - breaks.next;
  std::copy(at + breaks.next, at + breaks.end, at);
  const char* from = std::max(p, breaks.looked_to);
  const char* const to = std::min(from + LineBreaks::kWindow, end);
  const __m512i wanted = _mm512_set1_epi8('\n');
  for (; from < to; from += 64) {
    std::uint64_t found = _cvtmask64_u64(_mm512_cmpeq_epi8_mask(load64(from), wanted));
    const auto base = static_cast<std::uint32_t>(from - breaks.text);
    // Lines are longer than 64 bytes, mostly: nothing branches on whether there is a break.
    at[count] = base + static_cast<std::uint32_t>(_tzcnt_u64(found));
    count += found != 0 ? 1 : 0;
    for (found = _blsr_u64(found); found != 0; found = _blsr_u64(found)) at[count++] = base + static_cast<std::uint32_t>(_tzcnt_u64(found));
  }
  breaks.looked_to = from;
  breaks.next = 0;
  breaks.end = count;
}

}  // namespace memlog::avx512
#endif
