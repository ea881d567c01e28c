#include "memlog/format/daily_quick.h"

#if MEMLOG_HAS_AVX2_CODE
#include "memlog/format/avx2.h"
#include "memlog/format/column_pattern.h"

// The bot's columns, 32 bytes at a time. Every byte of a line is checked by one subtraction: `text - low` must not be
// above `range`. A fixed character has the range 0, a digit 9; what is left of a digit is its value, of all else 0.
// Blanks in front of numbers are made zeros before. Nothing branches on what a good line says, so that the processor is
// at the next lines before it is done with this one.
namespace memlog::daily_quick {

using avx2::load16;
using avx2::load32;

namespace {

// With the bits that make '0' of ' '.
template <std::size_t N>
struct Pattern : ColumnPattern<N> {
  alignas(N) unsigned char blanks[N] = {};
  constexpr Pattern(const char* text) : ColumnPattern<N>(text) {
    for (std::size_t i = 0; i < N; ++i) blanks[i] = text[i] == '_' ? '0' ^ ' ' : 0;
  }
};

constexpr Pattern<32> kFront("] | RSS: ___0.0 MB | VMS: ___0.0");
constexpr Pattern<32> kMiddle(" MB | System Available: ___0.0 M");
constexpr Pattern<16> kBack("MB (00.0% free)\n");
// Where they may have blanks.
constexpr unsigned kFrontBlanks = 7u << 9 | 7u << 26;
constexpr unsigned kMiddleBlanks = 7u << 24;

// `08:34:15 `, and whatever follows.
alignas(16) constexpr unsigned char kClockLow[16] = {'0', '0', ':', '0', '0', ':', '0', '0', ' '};
alignas(16) constexpr unsigned char kClockRange[16] = {2, 9, 0, 5, 9, 0, 5, 9, 0, 255, 255, 255, 255, 255, 255, 255};

// The marks by the lowest two bits of their first character: '<' 0, '-' 1, '>' 2.
struct Mark {
  alignas(16) unsigned char text[16];
  alignas(16) unsigned char mask[16];
};
constexpr Mark mark(const char* text, std::size_t length) {
  Mark out{};
  for (std::size_t i = 0; i < length; ++i) {
    out.text[i] = static_cast<unsigned char>(text[i]);
    out.mask[i] = 255;
  }
  return out;
}
// The last one fits nothing: its mask asks for a byte that the text cannot have, as its index comes from that byte.
constexpr Mark kMarks[4] = {mark("<<< TASK END [", 14), mark("--- [", 5), mark(">>> TASK START [", 16), mark("-", 1)};
constexpr std::uint8_t kMarkLength[4] = {14, 5, 16, 1};
constexpr EventKind kMarkKind[4] = {EventKind::task_end, EventKind::sample, EventKind::task_start, EventKind::sample};

// The sum of the two halves of the higher eight bytes.
MEMLOG_AVX2 inline std::uint32_t high_sum(__m128i pairs) {
  const auto both = static_cast<std::uint64_t>(_mm_extract_epi64(pairs, 1));
  return static_cast<std::uint32_t>(both + (both >> 32));
}

// Blanks stand only in front of a number's digits: none of them behind another character.
constexpr bool in_front(unsigned blanks, unsigned places) { return (blanks & ~(blanks << 1) & places & (places << 1)) == 0; }

}  // namespace

MEMLOG_AVX2 const char* read_columns_avx2(const char* p, const char* const end, QuickState& state) {
  const __m256i blank = _mm256_set1_epi8(' ');
  // Digits to numbers: tens and ones by a first multiplication, their sums by a second.
  const __m256i front_ones = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 10, 1, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 1, 10, 1, 0, 1);
  const __m256i front_tens = _mm256_setr_epi16(0, 0, 0, 0, 1000, 100, 1, 1, 0, 0, 0, 0, 0, 1000, 10, 1);
  const __m128i middle_ones = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 10, 1, 10, 1, 0, 1, 0, 0);
  const __m128i middle_tens = _mm_setr_epi16(0, 0, 0, 0, 1000, 10, 1, 0);
  const __m128i clock_ones = _mm_setr_epi8(10, 1, 0, 10, 1, 0, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m128i clock_seconds = _mm_setr_epi16(3600, 60, 60, 1, 0, 0, 0, 0);

  std::uint64_t day_text = 0;
  std::uint64_t day_rest = 0;
  std::int64_t day_ns = 0;
  const char* last_held = nullptr;
  std::uint64_t last_held_number = 0;
  std::uint64_t held = 0;
  const std::uint64_t first_number = state.number;
  std::uint64_t number = first_number;
  const char* const last = end - state.reach;
  EventBatch& batch = state.batch();
  const bool bare = batch.bare_readings;
  std::size_t first_reading = batch.readings.size();

  for (; p <= last; ++number) {
    // The date, up to the blank behind it.
    const std::uint64_t text = swar::load8(p);
    const std::uint64_t rest = swar::load8(p + 3);
    if (text != day_text || rest != day_rest) {
      if (p[10] != ' ' || !state.day(p, day_ns)) break;
      day_text = text;
      day_rest = rest;
    }
    const __m128i clock = _mm_sub_epi8(load16(p + 11), load16(kClockLow));
    const __m128i clock_sums = _mm_madd_epi16(_mm_maddubs_epi16(clock, clock_ones), clock_seconds);
    const auto clock_parts = static_cast<std::uint64_t>(_mm_cvtsi128_si64(clock_sums));
    const auto second = static_cast<std::uint32_t>(clock_parts + (clock_parts >> 32));

    const auto which = static_cast<unsigned char>(p[20]) & 3U;
    const char* const label = p + 20 + kMarkLength[which];
    const char* const close = avx2::find_within_64(p + 25, ']');
    if (close == nullptr) break;

    const __m256i front_text = load32(close);
    const __m256i middle_text = load32(close + 32);
    const __m256i front_blank = _mm256_cmpeq_epi8(front_text, blank);
    const __m256i middle_blank = _mm256_cmpeq_epi8(middle_text, blank);
    const __m256i front = _mm256_sub_epi8(_mm256_or_si256(front_text, _mm256_and_si256(front_blank, load32(kFront.blanks))), load32(kFront.low));
    const __m256i middle = _mm256_sub_epi8(_mm256_or_si256(middle_text, _mm256_and_si256(middle_blank, load32(kMiddle.blanks))), load32(kMiddle.low));
    const __m128i back = _mm_sub_epi8(load16(close + 63), load16(kBack.low));
    // Whatever is wrong leaves a bit.
    const __m256i wrong_columns = _mm256_or_si256(_mm256_subs_epu8(front, load32(kFront.range)), _mm256_subs_epu8(middle, load32(kMiddle.range)));
    const __m128i wrong_mark = _mm_and_si128(_mm_xor_si128(load16(p + 20), load16(kMarks[which].text)), load16(kMarks[which].mask));
    const __m128i wrong_rest = _mm_or_si128(_mm_or_si128(wrong_mark, _mm_subs_epu8(clock, load16(kClockRange))), _mm_subs_epu8(back, load16(kBack.range)));
    const __m128i wrong = _mm_or_si128(wrong_rest, _mm_or_si128(_mm256_castsi256_si128(wrong_columns), _mm256_extracti128_si256(wrong_columns, 1)));
    const auto front_blanks = static_cast<unsigned>(_mm256_movemask_epi8(front_blank));
    const auto middle_blanks = static_cast<unsigned>(_mm256_movemask_epi8(middle_blank));
    if (_mm_testz_si128(wrong, wrong) == 0 || second >= 86'400 || which == 3 || !in_front(front_blanks, kFrontBlanks) ||
        !in_front(middle_blanks, kMiddleBlanks)) {
      break;
    }

    QuickState::Name* const name = avx2::find_name(label, close, state);
    if (name == nullptr) break;

    const __m256i front_sums = _mm256_madd_epi16(_mm256_maddubs_epi16(front, front_ones), front_tens);
    Readings read;
    read.rss = high_sum(_mm256_castsi256_si128(front_sums));
    const char* const line = p;
    p = close + kFreeAt + 12;
    const std::int64_t ns = day_ns + second * kNanosPerSecond;
    if (static_cast<std::int64_t>(read.rss) <= state.sieve || !state.window.has(ns)) {
      // The state needs the last one only; the first tells whether it has room.
      state.number = number;
      if (last_held != nullptr || state.hold(kNoName, line)) {
        last_held = line;
        last_held_number = number;
        ++held;
        continue;
      }
    }
    state.number = number;
    const EventKind mark = kMarkKind[which];
    const bool as_bare = bare && name->facts != QuickState::kUnknownFacts && daily_label::flags_of(mark, name->facts) == 0;
    if (as_bare && batch.rss_only) {
      BareReading reading;
      reading.ns = ns;
      reading.line = static_cast<std::uint32_t>(number);
      reading.rss = read.rss;
      reading.task = name->id;
      reading.kind = daily_label::kind_of(mark, name->facts);
      reading.format = state.format;
      batch.readings.push_back(reading);
      continue;
    }
    read.vms = high_sum(_mm256_extracti128_si256(front_sums, 1));
    const __m128i middle_sums = _mm_madd_epi16(_mm_maddubs_epi16(_mm256_extracti128_si256(middle, 1), middle_ones), middle_tens);
    read.available = high_sum(middle_sums);
    const auto free_digits = static_cast<std::uint64_t>(_mm_cvtsi128_si64(back)) >> 32;
    read.free = static_cast<std::uint32_t>((free_digits & 255) * 100 + (free_digits >> 8 & 255) * 10 + (free_digits >> 24 & 255));
    if (as_bare) {
      batch.readings.push_back(bare_reading(ns, daily_label::kind_of(mark, name->facts), name->id, read, state));
      continue;
    }
    batch.readings_since(first_reading);
    add(ns, mark, *name, read, state);
    first_reading = batch.readings.size();
  }
  batch.readings_since(first_reading);
  if (last_held != nullptr) {
    state.number = last_held_number;
    state.hold(kNoName, last_held);
    state.sifted(held);
  }
  state.number = first_number;
  state.count(number - first_number);
  return p;
}

}  // namespace memlog::daily_quick
#endif
