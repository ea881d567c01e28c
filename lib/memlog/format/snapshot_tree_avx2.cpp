#include "memlog/format/snapshot_tree_quick.h"

#if MEMLOG_HAS_AVX2_CODE
#include <cstring>

#include "memlog/format/avx2.h"

// A tree's lines have few ways for their numbers to be wide: a chunk's first line of a shape is read number by number,
// the others are compared with it, all digits alike.
namespace memlog::snapshot_tree_quick {

using avx2::bits;
using avx2::load32;
using Shape = QuickState::Shape;

namespace {

constexpr std::size_t kLongest = 64;  // with its end; stands in the second half of a shape, which has a mask

[[gnu::noinline]] bool learn(Branch branch, const char* p, unsigned length, Shape& shape) {
  shape.length = 0;
  Tree unused;
  if (!read_branch(branch, p, p + length, unused)) return false;
  if (branch == kRam) shape.place_number(0, p, p + kRssAt, false);
  std::memset(shape.mask, 0, sizeof shape.mask);
  std::memset(shape.mask, 255, length + 1);
  shape.branch = static_cast<std::uint8_t>(branch + 1);
  shape.length = static_cast<std::uint8_t>(length);
  return true;
}

// The shape of the line at `p`, so many bytes long, or null for one that cannot be read.
MEMLOG_AVX2 inline const Shape* shape_of(Branch branch, const char* p, unsigned length, QuickState& state) {
  const __m256i raw[2] = {load32(p), load32(p + 32)};
  const __m256i digits[2] = {avx2::digits(raw[0]), avx2::digits(raw[1])};
  const std::uint64_t digit_bits = _bzhi_u64(bits(digits[0]) | static_cast<std::uint64_t>(bits(digits[1])) << 32, length);
  const std::size_t hash = ((digit_bits ^ (std::uint64_t{branch} << 2)) * 0x9E3779B97F4A7C15ULL) >> 54;
  const Shape& shape = state.shape(hash);
  const __m256i zero = _mm256_set1_epi8('0');
  const __m256i shown[2] = {_mm256_blendv_epi8(raw[0], zero, digits[0]), _mm256_blendv_epi8(raw[1], zero, digits[1])};
  const __m256i differs = _mm256_or_si256(_mm256_and_si256(_mm256_xor_si256(shown[0], load32(shape.text + kLongest)), load32(shape.mask)),
                                          _mm256_and_si256(_mm256_xor_si256(shown[1], load32(shape.text + kLongest + 32)), load32(shape.mask + 32)));
  if (shape.length == length && shape.branch == branch + 1 && _mm256_testz_si256(differs, differs) != 0) return &shape;
  Shape& another = state.new_shape(hash);
  for (int i = 0; i < 2; ++i) _mm256_storeu_si256(reinterpret_cast<__m256i*>(another.text + kLongest + 32 * static_cast<unsigned>(i)), shown[i]);
  return learn(branch, p, length, another) ? &another : nullptr;
}

// The end of a plain text at `p`, which is its line's, or null.
MEMLOG_AVX2 inline const char* end_of_text(const char* p) {
  const std::uint64_t ends = avx2::equal_bits(p, '\n');
  if (ends == 0) return nullptr;
  const auto length = static_cast<unsigned>(std::countr_zero(ends));
  const std::uint64_t high = bits(load32(p)) | static_cast<std::uint64_t>(bits(load32(p + 32))) << 32;
  const char* const end = p + length;
  return length != 0 && _bzhi_u64(high, length) == 0 && has_plain_edges(p, end) ? end : nullptr;
}

}  // namespace

MEMLOG_AVX2 bool read_body_avx2(const char* operation, QuickState& state, Body& out) {
  out.operation_end = end_of_text(operation);
  if (out.operation_end == nullptr) return false;
  out.first_branch = out.operation_end + 1;
  // All ends first: no line has to wait until the one before it is known to be good.
  const char* lines[kBranches + 1] = {out.first_branch};
  unsigned lengths[kBranches];
  for (int i = 0; i < kBranches; ++i) {
    const std::uint64_t ends = avx2::equal_bits(lines[i], '\n');
    if (ends == 0) return false;
    lengths[i] = static_cast<unsigned>(std::countr_zero(ends));
    lines[i + 1] = lines[i] + lengths[i] + 1;
  }
  const char* const context = lines[kBranches];
  if (!stands(context, kContext)) return false;
  out.context = context + length(kContext);
  out.context_end = end_of_text(out.context);
  if (out.context_end == nullptr) return false;

  const Shape* const ram = shape_of(kRam, lines[kRam], lengths[kRam], state);
  if (ram == nullptr || shape_of(kSystem, lines[kSystem], lengths[kSystem], state) == nullptr ||
      shape_of(kSessions, lines[kSessions], lengths[kSessions], state) == nullptr || shape_of(kCache, lines[kCache], lengths[kCache], state) == nullptr) {
    return false;
  }
  const __m128i tens = _mm_set1_epi16(0x010a);
  const __m128i fours = _mm_madd_epi16(_mm_maddubs_epi16(avx2::digits_of(lines[kRam], *ram, 0), tens), _mm_set1_epi32(0x00010064));
  const __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
  out.rss = static_cast<std::uint32_t>(_mm_cvtsi128_si32(eights));
  return true;
}

}  // namespace memlog::snapshot_tree_quick
#endif
