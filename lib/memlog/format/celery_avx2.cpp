#include "memlog/format/celery_quick.h"

#if MEMLOG_HAS_AVX2_CODE
#include <cstring>

#include "memlog/format/avx2.h"

// A task monitor's line in three pieces. Its front has columns, but for the names of process and task; those and the
// label are looked up. From the label's colon on, or from `delta=`, numbers are as wide as they are, so each one's place
// hangs on those before it. But there are few ways for them to be wide: a chunk's first text of a shape is read number
// by number, the others are compared with it, all digits alike. Nothing branches on what a good line says.
namespace memlog::celery_quick {

using avx2::bits;
using avx2::digits_of;
using avx2::load16;
using avx2::load32;
using Shape = QuickState::Shape;

namespace {

// What a label is for, as QuickState::Name::celery.
enum : std::uint8_t { kNoLabel, kStart, kFinish, kCheckpoint };
constexpr EventKind kKinds[] = {EventKind::sample, EventKind::task_start, EventKind::task_end, EventKind::checkpoint};

std::uint8_t label_of(const char* begin, const char* end) {
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  if (text == "START") return kStart;
  if (text == "FINISH (") return kFinish;
  return is_checkpoint(begin, end) ? kCheckpoint : kNoLabel;
}

// Of a shape.
enum : std::size_t { kRss, kPeak, kDelta };

// Reads a text of a new shape number by number, and remembers it. Its text with all digits '0' is there already.
[[gnu::noinline]] bool learn(const char* p, Shape& shape) {
  shape.length = 0;
  const char* numbers = p;
  std::int32_t change = BareReading::kNoChange;
  const bool changes = *p != ':';
  if (changes && !take_change(numbers, change)) return false;
  if (!changes) numbers += 2;
  const auto* const newline = static_cast<const char*>(std::memchr(numbers, '\n', Shape::kLongest - static_cast<std::size_t>(numbers - p)));
  Numbers unused;
  if (newline == nullptr || newline - p < 64 || !swar::at(numbers - 2, ": RSS=") || !read_numbers(numbers, newline, unused)) return false;
  const char* const point = static_cast<const char*>(std::memchr(numbers, '.', 16));
  shape.place_number(kRss, p, numbers + 4, false);
  shape.place_number(kPeak, p, point + 11, true);  // `.8MB (peak=`
  shape.negative = changes && p[6] == '-';
  if (changes) {
    shape.place_number(kDelta, p, p + 6 + (p[6] == '-' || p[6] == '+' ? 1 : 0), false);
  } else {
    shape.no_number(kDelta);
  }
  const auto length = static_cast<std::size_t>(newline - p);
  std::memset(shape.mask, 0, sizeof shape.mask);
  std::memset(shape.mask, 255, length + 1 - 64);
  shape.length = static_cast<std::uint8_t>(length);
  return true;
}

// The shape of the text at `p`, or null for one that cannot be read.
MEMLOG_AVX2 inline const Shape* shape_of(const char* p, QuickState& state) {
  __m256i shown[4];
  std::uint64_t digit_bits[4];
  for (int i = 0; i < 4; ++i) {
    const __m256i raw = load32(p + 32 * i);
    const __m256i digits = avx2::digits(raw);
    digit_bits[i] = bits(digits);
    shown[i] = _mm256_blendv_epi8(raw, _mm256_set1_epi8('0'), digits);
  }
  // What stands behind the line counts as well: no harm, the next line begins as this one does.
  // So does a sign, which is no digit.
  const std::uint64_t sign = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm256_castsi256_si128(shown[0]))) >> 48;
  const std::uint64_t low = (digit_bits[0] | digit_bits[1] << 32) ^ sign;
  const std::uint64_t high = digit_bits[2] | digit_bits[3] << 32;
  const std::size_t hash = ((low * 0x9E3779B97F4A7C15ULL) ^ (high * 0xD6E8FEB86659FD93ULL)) >> 54;
  const Shape& shape = state.shape(hash);
  const __m256i differs_front = _mm256_or_si256(_mm256_xor_si256(shown[0], load32(shape.text)), _mm256_xor_si256(shown[1], load32(shape.text + 32)));
  const __m256i differs_middle = _mm256_and_si256(_mm256_xor_si256(shown[2], load32(shape.text + 64)), load32(shape.mask));
  const __m256i differs_back = _mm256_and_si256(_mm256_xor_si256(shown[3], load32(shape.text + 96)), load32(shape.mask + 32));
  const __m256i differs = _mm256_or_si256(differs_front, _mm256_or_si256(differs_middle, differs_back));
  if (shape.length != 0 && _mm256_testz_si256(differs, differs) != 0) return &shape;
  Shape& another = state.new_shape(hash);
  for (int i = 0; i < 4; ++i) _mm256_storeu_si256(reinterpret_cast<__m256i*>(another.text + 32 * i), shown[i]);
  return learn(p, another) ? &another : nullptr;
}

// Where the line at `p` ends. Found on its own: through names and numbers, whose widths differ, the next line would have
// to wait for all of this one's. A good line has no end before the first one looked for here, and says so at its end.
MEMLOG_AVX2 inline const char* line_end(const char* p) {
  constexpr std::size_t kShortest = 96;
  const std::uint64_t near = avx2::equal_bits(p + kShortest, '\n');
  const std::uint64_t far = avx2::equal_bits(p + kShortest + 64, '\n');
  if ((near | far) == 0) return static_cast<const char*>(std::memchr(p + kShortest + 128, '\n', QuickState::kReach - kShortest - 128));
  return p + kShortest + (near != 0 ? std::countr_zero(near) : 64 + std::countr_zero(far));
}

}  // namespace

MEMLOG_AVX2 const char* read_lines_avx2(const char* p, const char* const end, QuickState& state) {
  const __m128i clock_ones = _mm_setr_epi8(10, 1, 0, 10, 1, 0, 10, 1, 0, 100, 10, 1, 0, 0, 0, 0);
  const __m128i clock_sums = _mm_setr_epi16(3600, 60, 60, 1, 1, 1, 0, 0);
  const __m256i tens = _mm256_set1_epi16(0x010a);
  const __m256i hundreds = _mm256_set1_epi32(0x00010064);
  const __m256i ten_thousands = _mm256_set1_epi32(0x00012710);
  EventBatch& batch = state.batch();
  const bool bare = batch.bare_readings && batch.rss_only;
  const std::size_t first_reading = batch.readings.size();
  const std::uint64_t first_number = state.number;
  std::uint64_t number = first_number;
  alignas(32) unsigned char low[32];
  std::memcpy(low, kFrontLow, sizeof low);
  std::int64_t day = 0;
  bool has_day = false;   // before, zeros would be one
  const char* const last = end - state.reach;
  for (; p <= last; ++number) {
    const __m256i front = _mm256_subs_epu8(_mm256_sub_epi8(load32(p), load32(low)), load32(kFrontRange));
    if (!has_day || _mm256_testz_si256(front, front) == 0) {
      if (std::memcmp(low + 1, p + 1, 10) == 0 || !state.day(p + 1, day)) break;
      std::memcpy(low + 1, p + 1, 10);
      has_day = true;
      --number;
      continue;
    }
    const char* const newline = line_end(p);
    const __m128i clock = _mm_sub_epi8(load16(p + 12), _mm_set1_epi8('0'));
    const __m128i sums = _mm_madd_epi16(_mm_maddubs_epi16(clock, clock_ones), clock_sums);
    const auto parts = static_cast<std::uint64_t>(_mm_cvtsi128_si64(sums));
    const auto second = static_cast<std::uint32_t>(parts + (parts >> 32));
    const auto millis = static_cast<std::uint32_t>(_mm_extract_epi32(sums, 2));

    const char* const process_begin = p + kProcessAt;
    const std::uint32_t process_length = avx2::find_within_32(process_begin, ']');
    const char* const process_end = process_begin + process_length;
    const char* const task_begin = process_end + 10;
    const std::uint64_t task_bits = avx2::equal_bits(task_begin, ']');
    const char* const task_end = task_begin + std::countr_zero(task_bits);
    const char* const label_begin = task_end + 2;
    const std::uint64_t equals_bits = avx2::equal_bits(label_begin, '=');
    const char* const tail = label_begin + std::countr_zero(equals_bits) - 5;
    if (second >= 86'400 || process_length == 32 || task_bits == 0 || (equals_bits & ~std::uint64_t{0x3f}) == 0 ||
        swar::load8(process_end) != swar::word("] Memory", 8) || swar::load8(process_end + 2) != swar::word("Memory [", 8) || task_end[1] != ' ' || tail <= label_begin) {
      break;
    }
    const Shape* const shape = shape_of(tail, state);
    const QuickState::Name* const process = avx2::find_short_name(process_begin, process_length, state);
    if (shape == nullptr || tail + shape->length != newline || process == nullptr) break;
    const NameId process_id = process->id;
    const QuickState::Name* const task = avx2::find_name(task_begin, task_end, state);
    if (task == nullptr) break;
    const NameId task_id = task->id;
    QuickState::Name* const label = avx2::find_name(label_begin, tail, state);
    if (label == nullptr) break;
    if (label->celery == QuickState::kUnknownFacts) label->celery = label_of(label_begin, tail);
    const std::uint8_t what = label->celery;
    // A finish has its change behind it, and nothing else does.
    if (what == kNoLabel || (what == kFinish) != (*tail == 'd')) break;

    // Tens and ones by the first multiplication, what they make by the next two.
    const __m128i rss_and_peak = _mm_or_si128(digits_of(tail, *shape, kRss), digits_of(tail, *shape, kPeak));
    const __m256i numbers = _mm256_inserti128_si256(_mm256_castsi128_si256(rss_and_peak), digits_of(tail, *shape, kDelta), 1);
    const __m256i fours = _mm256_madd_epi16(_mm256_maddubs_epi16(numbers, tens), hundreds);
    const __m256i eights = _mm256_madd_epi16(_mm256_packus_epi32(fours, fours), ten_thousands);
    const auto both = static_cast<std::uint64_t>(_mm256_extract_epi64(eights, 0));
    const auto rss = static_cast<std::uint32_t>(both);
    const auto change = static_cast<std::int32_t>(_mm256_extract_epi32(eights, 4));
    if (shape->negative && change == 0) break;  // -0.0 is no integer

    const std::int64_t ns = day + second * kNanosPerSecond + millis * std::int64_t{1'000'000};
    if (static_cast<std::int64_t>(rss) <= state.sieve || !state.window.has(ns)) {
      state.number = number;
      if (!state.hold(process_id, p)) break;
      state.sifted();
    } else if (bare) {
      const std::int32_t delta = what != kFinish ? BareReading::kNoChange : shape->negative ? -change : change;
      BareReading reading = bare_reading(ns, kKinds[what], task_id, process_id, rss, static_cast<std::uint32_t>(both >> 32), delta);
      reading.line = static_cast<std::uint32_t>(number);
      reading.format = state.format;
      batch.readings.push_back(reading);
    } else {
      break;  // an event has more to say
    }
    p = newline + 1;
  }
  batch.readings_since(first_reading);
  state.number = first_number;
  state.count(number - first_number);
  return p;
}

}  // namespace memlog::celery_quick
#endif
