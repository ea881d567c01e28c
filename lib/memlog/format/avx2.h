#pragma once

#include "memlog/base/cpu.h"

#if MEMLOG_HAS_AVX2_CODE
#include <immintrin.h>

#include <bit>
#include <cstdint>

#include "memlog/base/swar.h"
#include "memlog/format/quick.h"

// What quick readers with AVX2 share. Call these only from functions that are MEMLOG_AVX2 themselves.
namespace memlog::avx2 {

// Ones, then zeros: from 64 - n on, n bytes are ones.
struct Ones {
  unsigned char bytes[128] = {};
  constexpr Ones() {
    for (int i = 0; i < 64; ++i) bytes[i] = 255;
  }
};
inline constexpr Ones kOnes;

MEMLOG_AVX2 inline __m128i load16(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
MEMLOG_AVX2 inline __m256i load32(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }

// A bit for each byte that has its highest one set.
MEMLOG_AVX2 inline std::uint32_t bits(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }

// All ones where there is a digit: moved to the lower end of signed bytes, those are the lowest ten.
MEMLOG_AVX2 inline __m256i digits(__m256i text) {
  constexpr char kLowest = -128;
  return _mm256_cmpgt_epi8(_mm256_set1_epi8(kLowest + 10), _mm256_sub_epi8(text, _mm256_set1_epi8(static_cast<char>('0' + 128))));
}

// A bit for each of the 64 bytes at `p` that is `c`.
MEMLOG_AVX2 inline std::uint64_t equal_bits(const char* p, char c) {
  const __m256i wanted = _mm256_set1_epi8(c);
  return bits(_mm256_cmpeq_epi8(load32(p), wanted)) | static_cast<std::uint64_t>(bits(_mm256_cmpeq_epi8(load32(p + 32), wanted))) << 32;
}

// The place of the first `c` in the 32 bytes at `p`, or 32.
MEMLOG_AVX2 inline std::uint32_t find_within_32(const char* p, char c) {
  return static_cast<std::uint32_t>(_tzcnt_u32(bits(_mm256_cmpeq_epi8(load32(p), _mm256_set1_epi8(c)))));
}

// The first `c` in the 64 bytes at `p`, or null.
MEMLOG_AVX2 inline const char* find_within_64(const char* p, char c) {
  const std::uint64_t found = equal_bits(p, c);
  return found != 0 ? p + std::countr_zero(found) : nullptr;
}

// The digits of a number, moved to where eight of them make it.
MEMLOG_AVX2 inline __m128i digits_of(const char* p, const QuickState::Shape& shape, std::size_t number) {
  return _mm_shuffle_epi8(_mm_sub_epi8(load16(p + shape.at[number]), _mm_set1_epi8('0')), load16(shape.digits[number]));
}

// A name that is not known, or too long to be compared here.
[[gnu::noinline]] inline QuickState::Name* find_any_name(const char* begin, const char* end, QuickState::Name& entry, QuickState& state) {
  QuickState::Name* const known = begin < end ? state.name(begin, end) : nullptr;
  if (known == nullptr || end - begin > 63) return known;
  // Its place in the state differs for short names, whose hash here has what stands around them.
  entry = *known;
  return &entry;
}

// As QuickState::name(), by comparing 32 bytes at a time. Eight bytes in front of the name and 64 from its start on are
// read.
MEMLOG_AVX2 inline QuickState::Name* find_name(const char* begin, const char* end, QuickState& state) {
  const auto length = static_cast<std::uint64_t>(end - begin);
  QuickState::Name* const name = &state.entry(QuickState::place_of(swar::load8(begin), swar::load8(end - 8), static_cast<std::uint32_t>(length)));
  const unsigned char* const ones = kOnes.bytes + 64 - (length & 63);
  const __m256i low = _mm256_and_si256(_mm256_xor_si256(load32(begin), load32(name->bytes)), load32(ones));
  const __m256i high = _mm256_and_si256(_mm256_xor_si256(load32(begin + 32), load32(name->bytes + 32)), load32(ones + 32));
  const __m256i differs = _mm256_or_si256(low, high);
  // Names of up to 63 bytes are compared here; what is longer, or new, by the state.
  if (length < 64 && length != 0 && name->length == length && _mm256_testz_si256(differs, differs) != 0) return name;
  return find_any_name(begin, end, *name, state);
}

// The same of a name of less than 32 bytes.
MEMLOG_AVX2 inline QuickState::Name* find_short_name(const char* begin, std::uint32_t length, QuickState& state) {
  const char* const end = begin + length;
  QuickState::Name* const name = &state.entry(QuickState::place_of(swar::load8(begin), swar::load8(end - 8), length));
  const __m256i differs = _mm256_and_si256(_mm256_xor_si256(load32(begin), load32(name->bytes)), load32(kOnes.bytes + 64 - length));
  if (length != 0 && name->length == length && _mm256_testz_si256(differs, differs) != 0) return name;
  return find_any_name(begin, end, *name, state);
}

}  // namespace memlog::avx2
#endif
