#include "memlog/format/celery_quick.h"

#if MEMLOG_HAS_AVX2_CODE
#include <cstring>

#include "memlog/format/avx2.h"

// The numbers of a task monitor's line are as wide as they are, so each one's place hangs on those before it. But there
// are few ways for them to be wide: a chunk's first line of a shape is read number by number, the others by where its
// digits stand.
namespace memlog::celery_quick {

using avx2::bits;
using avx2::load16;
using avx2::load32;
using Shape = QuickState::Shape;

namespace {

// `08:30:00,123: INF`, the start of `: INFO/`.
alignas(16) constexpr unsigned char kClockLow[16] = {'0', '0', ':', '0', '0', ':', '0', '0', ',', '0', '0', '0', ':', ' ', 'I', 'N'};
alignas(16) constexpr unsigned char kClockRange[16] = {2, 9, 0, 5, 9, 0, 5, 9, 0, 9, 9, 9, 0, 0, 0, 0};

// Ones, then zeros: from 96 - n on, n bytes are ones.
struct LongOnes {
  unsigned char bytes[192] = {};
  constexpr LongOnes() {
    for (int i = 0; i < 96; ++i) bytes[i] = 255;
  }
};
constexpr LongOnes kLongOnes;

// Places of a shape.
enum : std::size_t { kRssDigits, kPeakAt, kPeakDigits };

// `1285.8` with so many digits before the point, all of them known to be digits.
inline std::uint32_t tenths_of_width(const char* p, unsigned digits) {
  const std::uint64_t aligned = (swar::load8(p) ^ swar::repeat('0')) << (8 * (6 - digits));
  return swar::join_decimal(((aligned & 0x0000FFFFFFFFFFFFULL) << 8) | (aligned & 0xFF00000000000000ULL));
}

// Reads the numbers of a text of a new shape, and remembers it.
bool learn(const char* p, const char* newline, Shape& shape, Numbers& read) {
  if (!read_numbers(p, newline, read)) return false;
  const auto* const point = static_cast<const char*>(std::memchr(p, '.', 16));
  const char* const peak = point + 11;  // `.8MB (peak=`
  const auto* const peak_point = static_cast<const char*>(std::memchr(peak, '.', 16));
  shape.length = static_cast<std::uint32_t>(newline - p);
  shape.places[kRssDigits] = static_cast<std::uint8_t>(point - (p + 4));
  shape.places[kPeakAt] = static_cast<std::uint8_t>(peak - p);
  shape.places[kPeakDigits] = static_cast<std::uint8_t>(peak_point - peak);
  return true;
}

// `RSS=…` up to its line's end; null for what cannot be read. Gives the line's end.
MEMLOG_AVX2 inline const char* read_tail(const char* p, QuickState& state, Numbers& read) {
  __m256i text[3];
  std::uint64_t digit_bits[3];
  std::uint64_t newline_bits[3];
  for (int i = 0; i < 3; ++i) {
    const __m256i raw = load32(p + 32 * i);
    const __m256i digits = avx2::digits(raw);
    digit_bits[i] = bits(digits);
    newline_bits[i] = bits(_mm256_cmpeq_epi8(raw, _mm256_set1_epi8('\n')));
    text[i] = _mm256_andnot_si256(digits, raw);
  }
  const std::uint64_t newlines = newline_bits[0] | newline_bits[1] << 32;
  if ((newlines | newline_bits[2]) == 0) return nullptr;
  const unsigned length = newlines != 0 ? static_cast<unsigned>(std::countr_zero(newlines)) : 64 + static_cast<unsigned>(std::countr_zero(newline_bits[2]));
  const std::uint64_t digits = _bzhi_u64(digit_bits[0] | digit_bits[1] << 32, length);
  const std::uint32_t behind = _bzhi_u32(static_cast<std::uint32_t>(digit_bits[2]), length < 64 ? 0 : length - 64);
  Shape& shape = state.shape((digits ^ behind * 0xD6E8FEB86659FD93ULL ^ length) * 0x9E3779B97F4A7C15ULL >> 58);
  __m256i differs = _mm256_setzero_si256();
  for (int i = 0; i < 3; ++i) {
    text[i] = _mm256_and_si256(text[i], load32(kLongOnes.bytes + 96 - length + 32 * static_cast<unsigned>(i)));
    differs = _mm256_or_si256(differs, _mm256_xor_si256(text[i], load32(shape.text + 32 * i)));
  }
  const char* const newline = p + length;
  if (shape.length == length && shape.digits == digits && shape.digits_behind == behind && _mm256_testz_si256(differs, differs) != 0) {
    read.rss = tenths_of_width(p + 4, shape.places[kRssDigits]);
    read.peak = tenths_of_width(p + shape.places[kPeakAt], shape.places[kPeakDigits]);
    return newline;
  }
  shape.length = 0;
  if (!learn(p, newline, shape, read)) return nullptr;
  shape.digits = digits;
  shape.digits_behind = behind;
  for (int i = 0; i < 3; ++i) _mm256_storeu_si256(reinterpret_cast<__m256i*>(shape.text + 32 * i), text[i]);
  return newline;
}

}  // namespace

MEMLOG_AVX2 const char* read_lines_avx2(const char* p, const char* const end, QuickState& state) {
  const __m128i clock_ones = _mm_setr_epi8(10, 1, 0, 10, 1, 0, 10, 1, 0, 100, 10, 1, 0, 0, 0, 0);
  const __m128i clock_sums = _mm_setr_epi16(3600, 60, 60, 1, 1, 1, 0, 0);
  EventBatch& batch = state.batch();
  const bool bare = batch.bare_readings && batch.rss_only;
  const char* const last = end - QuickState::kReach;
  while (p <= last) {
    std::int64_t day = 0;
    if (p[0] != '[' || p[11] != ' ' || !state.day(p + 1, day)) break;
    const __m128i clock = _mm_sub_epi8(load16(p + 12), load16(kClockLow));
    const __m128i wrong = _mm_subs_epu8(clock, load16(kClockRange));
    const __m128i sums = _mm_madd_epi16(_mm_maddubs_epi16(clock, clock_ones), clock_sums);
    const auto parts = static_cast<std::uint64_t>(_mm_cvtsi128_si64(sums));
    const auto second = static_cast<std::uint32_t>(parts + (parts >> 32));
    const auto millis = static_cast<std::uint32_t>(_mm_extract_epi32(sums, 2));
    if (_mm_testz_si128(wrong, wrong) == 0 || second >= 86'400 || !swar::at(p + 28, "FO/")) break;
    const char* const process_begin = p + 31;
    const char* const process_end = swar::find_near(process_begin, ']');
    if (process_end == nullptr || !swar::at(process_end, "] Memor") || !swar::at(process_end + 2, "Memory [")) break;
    const char* const task_begin = process_end + 10;
    const char* const task_end = avx2::find_within_64(task_begin, ']');
    if (task_end == nullptr || task_end[1] != ' ') break;
    const char* tail = task_end + 2;
    Label label;
    if (!take_label(tail, label)) break;
    Numbers read;
    const char* const newline = read_tail(tail, state, read);
    if (newline == nullptr) break;
    QuickState::Name* const process = avx2::find_name(process_begin, process_end, state);
    if (process == nullptr) break;
    const NameId process_id = process->id;
    QuickState::Name* const task = avx2::find_name(task_begin, task_end, state);
    if (task == nullptr) break;
    const NameId task_id = task->id;
    // Only what a checkpoint is called may be anything.
    if (label.kind == EventKind::checkpoint && avx2::find_name(label.begin, label.end, state) == nullptr) break;
    const std::int64_t ns = day + second * kNanosPerSecond + millis * std::int64_t{1'000'000};
    if (static_cast<std::int64_t>(read.rss) <= state.sieve || !state.window.has(ns)) {
      if (!state.hold(process_id, p)) break;
      state.sifted();
    } else if (bare) {
      BareReading& reading = batch.add_reading();
      reading.ns = ns;
      reading.digits = 3;
      reading.line = static_cast<std::uint32_t>(state.number);
      reading.rss = read.rss;
      reading.peak = read.peak;
      reading.delta = label.delta;
      reading.task = task_id;
      reading.process = process_id;
      reading.kind = label.kind;
      reading.format = state.format;
    } else {
      break;  // an event has more to say
    }
    state.count(1);
    p = newline + 1;
  }
  return p;
}

}  // namespace memlog::celery_quick
#endif
