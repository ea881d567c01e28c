#pragma once

#include "memlog/base/cpu.h"

#if MEMLOG_HAS_AVX2_CODE
#include <bit>
#include <cstddef>
#include <cstdint>

#include "memlog/format/avx2.h"
#include "memlog/format/snapshot_tree_quick.h"

// How each line of a tree may look, for all widths of its numbers. Where a line has a point or its bars, and how long it
// is, tells which of the looks it has to be compared with: it is not read number by number.
namespace memlog::snapshot_tree_quick {

// One way for a line to look, up to its end: `text - low` must not be above `range`, in each byte. Behind the end all may
// stand.
struct alignas(64) Look {
  unsigned char low[64];
  unsigned char range[64];
};
constexpr std::size_t kLooks = 64;  // of a branch

MEMLOG_AVX2 inline __m256i wrong_in(const char* p, const unsigned char* low, const unsigned char* range) {
  return _mm256_subs_epu8(_mm256_sub_epi8(avx2::load32(p), avx2::load32(low)), avx2::load32(range));
}
MEMLOG_AVX2 inline __m256i wrong_in(const char* line, const Look& look) {
  return _mm256_or_si256(wrong_in(line, look.low, look.range), wrong_in(line + 32, look.low + 32, look.range + 32));
}

// One character, as often as it is compared at once: from memory, as the compiler would make each of it anew.
template <char C>
struct Filled {
  alignas(32) char bytes[32];
  constexpr Filled() : bytes() {
    for (char& c : bytes) c = C;
  }
};
template <char C>
inline constexpr Filled<C> kFilled;

// A bit for each of the 32 bytes at `p` that is `C`.
template <char C>
MEMLOG_AVX2 inline std::uint64_t places_of(const char* p) {
  return avx2::bits(_mm256_cmpeq_epi8(avx2::load32(p), avx2::load32(kFilled<C>.bytes)));
}
// The same of 64.
template <char C>
MEMLOG_AVX2 inline std::uint64_t places_of_64(const char* p) {
  return places_of<C>(p) | places_of<C>(p + 32) << 32;
}

// Where the first number of RAM or System has its point; whatever if there is none.
MEMLOG_AVX2 inline std::size_t point_in(const char* line) { return _tzcnt_u64(places_of<'.'>(line)); }

// The look of a line, if it is one of its branch at all. The widths of its numbers make these differ:
// `├─ RAM Usage: 180.5 MB (Virtual: 953.9 MB)`: the point and how much is behind it,
inline std::size_t look_by_point(std::size_t point, std::size_t length) { return (point & 7) * 8 + ((length - point) & 7); }
// `├─ Sessions: 2 | Queue: 10 | Active DLs: 1`: the first bar, what is between the two, and what is behind the second.
struct Bars {
  std::size_t first;
  std::size_t second;
};
constexpr unsigned kBarsFrom = 17;
MEMLOG_AVX2 inline Bars bars_in(const char* line) {
  const std::uint64_t bars = places_of<'|'>(line + kBarsFrom);
  return {kBarsFrom + _tzcnt_u64(bars), kBarsFrom + 63 - static_cast<std::size_t>(std::countl_zero(bars | 1))};
}
inline std::size_t look_by_bars(Bars bars, std::size_t length) {
  return (bars.first & 3) * 16 + ((bars.second - bars.first) & 3) * 4 + ((length - bars.second) & 3);
}

// All looks of all branches.
class Looks {
 public:
  Looks();
  const Look& at(Branch branch, std::size_t place) const { return looks_[branch][place]; }

 private:
  Look looks_[kBranches][kLooks];
};

}  // namespace memlog::snapshot_tree_quick
#endif
