#include "memlog/format/celery_quick.h"

#if MEMLOG_HAS_AVX2_CODE
#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "memlog/format/avx512.h"

// A task monitor's lines, sixteen at a time. Each is compared with what is remembered: its front with the day's, its
// process, its task, and how it goes on behind that with all digits alike. So every byte of it is checked, and where its
// numbers stand is known. Lines that differ from what is remembered are looked at one by one, and remembered; then the
// digits of all become numbers, those of four lines at once.
namespace memlog::celery_quick {

using avx512::four_times;
using avx512::kBlock;
using avx512::load16;
using avx512::load32;
using avx512::load64;
using avx512::store16;
using avx512::store32;
using avx512::store64;

namespace {

constexpr std::size_t kClockAt = 12;
constexpr std::size_t kBehindProcess = 10;  // `] Memory [`

// What digits count: by pairs, and what the pairs count.
alignas(16) constexpr signed char kClockOnes[16] = {10, 1, 0, 10, 1, 0, 10, 1, 0, 100, 10, 1};
alignas(16) constexpr std::int16_t kClockTens[8] = {3600, 60, 60, 1, 1, 1};
// Up to seven digits, behind a zero.
alignas(16) constexpr signed char kNumberOnes[16] = {0, 100, 10, 1, 10, 1, 10, 1, 0, 100, 10, 1, 10, 1, 10, 1};
alignas(16) constexpr std::int16_t kNumberTens[8] = {10'000, 10'000, 100, 1, 10'000, 10'000, 100, 1};

// Of a change the first of eight characters tells what it is: a minus sign stands there as it is, and where there is no
// change a bracket does. Both count more than any number.
alignas(16) constexpr signed char kChangeOnes[16] = {100, 100, 10, 1, 10, 1, 10, 1, 100, 100, 10, 1, 10, 1, 10, 1};
constexpr int kMinus = static_cast<unsigned char>('-' - '0') * 1'000'000;
constexpr int kNone = (']' - '0') * 1'000'000;

enum : std::size_t { kRss, kPeak, kChange };

std::size_t place_of_process(const char* end) { return (swar::load8(end - 8) * 0x9E3779B97F4A7C15ULL) >> 52; }
std::size_t place_of_task(const char* end, std::size_t length) {
  return ((swar::load8(end - 8) ^ std::rotl(swar::load8(end - 16), 27) ^ length) * 0x9E3779B97F4A7C15ULL) >> 52;
}
// By where digits stand, and by text of the label.
std::size_t place_of_tail(std::uint64_t digits, std::uint64_t more_digits, std::uint64_t text, std::uint64_t more_text) {
  return ((digits * 0x9E3779B97F4A7C15ULL) ^ (more_digits * 0xD6E8FEB86659FD93ULL) ^ ((text ^ std::rotl(more_text, 27)) * 0xA24BAED4963EE407ULL)) >> 52;
}

// What is left of a block's digits, and what lines are like.
struct Block {
  alignas(64) unsigned char clock[16 * kBlock];
  alignas(64) unsigned char numbers[16 * kBlock];       // eight of RSS, eight of the peak
  alignas(64) unsigned char change[8 * kBlock];
  alignas(64) std::int64_t ns[kBlock];
  alignas(64) std::uint32_t rss_and_peak[2 * kBlock];
  alignas(64) std::int32_t changes[kBlock];
  alignas(64) unsigned char alike[128 * kBlock];        // what stands behind the task, digits all '0'
  std::uint16_t tail[kBlock];
  std::uint8_t process[kBlock];
  std::uint8_t task[kBlock];
  std::uint8_t process_length[kBlock];
  std::uint8_t task_length[kBlock];
};

struct Front {
  alignas(32) unsigned char low[32];
  std::int64_t ns = 0;                                  // of its day
  bool has_day = false;
  Front() { std::memcpy(low, kFrontLow, sizeof low); }
};

MEMLOG_AVX512 inline __m128i digits_of(const char* p, const Tails::Tail& tail, std::size_t number) {
  return _mm_shuffle_epi8(_mm_sub_epi8(load16(p + tail.at[number]), _mm_set1_epi8('0')), load16(tail.digits[number]));
}

MEMLOG_AVX512 inline void take_digits(const char* p, const Tails::Tail& tail, std::size_t line, Block& out) {
  store16(out.numbers + 16 * line, _mm_or_si128(digits_of(p, tail, kRss), digits_of(p, tail, kPeak)));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out.change + 8 * line), digits_of(p, tail, kChange));
}

// Where the first so many lines from `line` on have their names, and what they are compared with. No question waits for
// the one before: what is found is used by the next pass.
MEMLOG_AVX512 void find_places(const char* line, const LineBreaks& breaks, std::size_t lines, const Memory& memory, Block& out) {
  const __m512i zero = _mm512_set1_epi8('0');
  const __m512i nine = _mm512_set1_epi8(9);
  const __m512i bracket = _mm512_set1_epi8(']');
  for (std::size_t i = 0; i < lines; ++i) {
    const char* const line_end = breaks.place(i);
    const char* const process_begin = line + kProcessAt;
    const auto process_length = static_cast<std::uint32_t>(_tzcnt_u64(_cvtmask64_u64(_mm512_cmpeq_epi8_mask(load64(process_begin), bracket))));
    const char* const process_end = process_begin + process_length;
    const char* const task_begin = process_end + kBehindProcess;
    const auto task_length = static_cast<std::uint32_t>(_tzcnt_u64(_cvtmask64_u64(_mm512_cmpeq_epi8_mask(load64(task_begin), bracket))));
    const char* const task_end = task_begin + task_length;
    out.process[i] = memory.names.at(place_of_process(process_end));
    out.task[i] = memory.names.at(place_of_task(task_end, task_length));
    out.process_length[i] = static_cast<std::uint8_t>(process_length);
    out.task_length[i] = static_cast<std::uint8_t>(task_length);

    const __m512i text = load64(task_end);
    const __m512i more = load64(task_end + 64);
    const __mmask64 digits = _mm512_cmple_epu8_mask(_mm512_sub_epi8(text, zero), nine);
    const __mmask64 more_digits = _mm512_cmple_epu8_mask(_mm512_sub_epi8(more, zero), nine);
    const __m512i alike = _mm512_mask_mov_epi8(text, digits, zero);
    store64(out.alike + 128 * i, alike);
    store64(out.alike + 128 * i + 64, _mm512_mask_mov_epi8(more, more_digits, zero));
    const __m128i middle = _mm512_extracti32x4_epi32(alike, 1);
    const std::uint64_t in_line = _bzhi_u64(_cvtmask64_u64(more_digits), static_cast<unsigned>(line_end - task_end - 64));
    out.tail[i] = memory.tails.at(place_of_tail(_cvtmask64_u64(digits), in_line, static_cast<std::uint64_t>(_mm_cvtsi128_si64(middle)),
                                                static_cast<std::uint64_t>(_mm_extract_epi64(middle, 1))));
    line = line_end + 1;
  }
}

// A bit for each of the lines that differs from what is remembered.
MEMLOG_AVX512 std::uint32_t compare(const char* line, const LineBreaks& breaks, std::size_t lines, const Front& front, const Memory& memory, Block& out) {
  const __m256i front_low = load32(front.low);
  const __m256i front_range = load32(kFrontRange);
  std::uint32_t unknown = 0;
  for (std::size_t i = 0; i < lines; ++i) {
    std::uint64_t differs = _cvtmask32_u32(_mm256_cmpgt_epu8_mask(_mm256_sub_epi8(load32(line), front_low), front_range));
    store16(out.clock + 16 * i, _mm_sub_epi8(load16(line + kClockAt), _mm_set1_epi8('0')));
    // Of names, what stands around them is remembered as well: no text is that of a name that another line begins with.
    const char* const process = line + kProcessAt;
    const char* const task = process + out.process_length[i] + kBehindProcess;
    const __mmask64 other_process = _mm512_cmpneq_epi8_mask(load64(process), load64(memory.names.text(out.process[i])));
    const __mmask64 other_task = _mm512_cmpneq_epi8_mask(load64(task), load64(memory.names.text(out.task[i])));
    differs |= _bzhi_u64(_cvtmask64_u64(other_process), out.process_length[i] + kBehindProcess);
    differs |= _bzhi_u64(_cvtmask64_u64(other_task), out.task_length[i] + 1U);
    const Tails::Tail& tail = memory.tails.tail(out.tail[i]);
    const __mmask64 other = _mm512_cmpneq_epi8_mask(load64(out.alike + 128 * i), load64(tail.text));
    const __mmask64 other_rest = _mm512_mask_cmpneq_epi8_mask(_cvtu64_mask64(tail.rest), load64(out.alike + 128 * i + 64), load64(tail.text + 64));
    differs |= _cvtmask64_u64(_kor_mask64(other, other_rest));
    // Number 0 is none, and must not be taken for a name of zeros.
    differs |= out.process[i] == 0 || out.task[i] == 0 || out.tail[i] == 0 ? 1U : 0U;
    take_digits(task + out.task_length[i], tail, i, out);
    unknown |= (differs != 0 ? 1U : 0U) << i;
    line = breaks.place(i) + 1;
  }
  return unknown;
}

// Digits become numbers. A bit for each line that is not good by what they are: a time of day that there is not, or -0.0,
// which is no integer.
MEMLOG_AVX512 std::uint32_t make_numbers(std::size_t lines, std::int64_t day, Block& out) {
  const __m512i clock_ones = four_times(load16(kClockOnes));
  const __m512i clock_tens = four_times(load16(kClockTens));
  const __m512i ones = four_times(load16(kNumberOnes));
  const __m512i tens = four_times(load16(kNumberTens));
  const __m512i nanos = four_times(_mm_setr_epi32(1'000'000'000, 0, 1'000'000, 0));
  const __m256i days = _mm256_set1_epi64x(day);
  const __m512i change_ones = four_times(load16(kChangeOnes));
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < lines; i += 4) {
    const __m512i parts = _mm512_madd_epi16(_mm512_maddubs_epi16(load64(out.clock + 16 * i), clock_ones), clock_tens);
    const __m512i clock = _mm512_add_epi32(parts, _mm512_srli_epi64(parts, 32));  // seconds, then milliseconds
    bad |= _pext_u32(_cvtmask16_u32(_mm512_cmpge_epu32_mask(clock, _mm512_set1_epi32(86'400))), 0x1111) << i;
    const __m512i each = _mm512_mul_epu32(clock, nanos);
    const __m512i both = _mm512_add_epi64(each, _mm512_bsrli_epi128(each, 8));
    store32(out.ns + i, _mm256_add_epi64(_mm512_castsi512_si256(_mm512_maskz_compress_epi64(0x55, both)), days));
    const __m512i sums = _mm512_madd_epi16(_mm512_maddubs_epi16(load64(out.numbers + 16 * i), ones), tens);
    store32(out.rss_and_peak + 2 * i, _mm512_cvtepi64_epi32(_mm512_add_epi64(sums, _mm512_srli_epi64(sums, 32))));
  }
  for (std::size_t i = 0; i < lines; i += 8) {
    const __m512i sums = _mm512_madd_epi16(_mm512_maddubs_epi16(load64(out.change + 8 * i), change_ones), tens);
    const __m256i read = _mm512_cvtepi64_epi32(_mm512_add_epi64(sums, _mm512_srli_epi64(sums, 32)));
    const __m256i minus = _mm256_set1_epi32(kMinus);
    const __mmask8 negative = _mm256_cmpge_epi32_mask(read, minus);
    const __m256i change = _mm256_mask_sub_epi32(read, negative, minus, read);
    bad |= static_cast<std::uint32_t>(_mm256_mask_cmpeq_epi32_mask(negative, read, minus)) << i;
    store32(out.changes + i, _mm256_mask_mov_epi32(change, _mm256_cmpeq_epi32_mask(read, _mm256_set1_epi32(kNone)), _mm256_set1_epi32(BareReading::kNoChange)));
  }
  return bad;
}

bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80 || static_cast<unsigned char>(c) < 0x20; });
}

// The digits of the number at `begin`, to the lower or the higher eight of what was read from `p` on. False for none.
bool place_number(std::size_t number, const char* p, const char* begin, bool high, Tails::Tail& tail) {
  const auto* const point = static_cast<const char*>(std::memchr(begin, '.', 8));
  if (point == nullptr || begin - p > static_cast<std::ptrdiff_t>(Tails::kLongest)) return false;
  const auto width = static_cast<std::size_t>(point - begin);
  if (width == 0 || width > 6) return false;
  tail.at[number] = static_cast<std::uint8_t>(begin - p);
  unsigned char* const last = tail.digits[number] + (high ? 15 : 7);
  for (std::size_t i = 0; i < width; ++i) last[i - width] = static_cast<unsigned char>(i);
  *last = static_cast<unsigned char>(width + 1);
  return true;
}

// What stands behind the task at `p`; false where that is not plain.
bool learn(const char* p, const char* newline, Tails::Tail& tail) {
  const std::ptrdiff_t length = newline - p;
  if (length < 64 || length > static_cast<std::ptrdiff_t>(Tails::kLongest) || p[1] != ' ') return false;
  const char* numbers = p + 2;
  Label label;
  Numbers unused;
  if (!take_label(numbers, label) || !read_numbers(numbers, newline, unused) || !is_plain({label.begin, static_cast<std::size_t>(label.end - label.begin)})) return false;
  std::memset(tail.digits, 0x80, sizeof tail.digits);
  const char* const rss = numbers + 4;
  const auto* const point = static_cast<const char*>(std::memchr(rss, '.', 8));
  if (point == nullptr || !place_number(kRss, p, rss, false, tail) || !place_number(kPeak, p, point + 11, true, tail)) return false;  // `.8MB (peak=`
  tail.kind = label.kind;
  if (label.delta == BareReading::kNoChange) {
    tail.digits[kChange][0] = 0;                        // the bracket at `p`
  } else {
    const char* const change = p + 16;                  // `] FINISH (delta=`
    if (!place_number(kChange, p, change + (*change == '-' || *change == '+' ? 1 : 0), false, tail)) return false;
    if (*change == '-') {
      // Read from the sign on.
      --tail.at[kChange];
      for (std::size_t i = 0; i < 8; ++i) {
        if (tail.digits[kChange][i] < 0x80) ++tail.digits[kChange][i];
      }
      tail.digits[kChange][0] = 0;
    }
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::memset(tail.text, 0, sizeof tail.text);
  std::transform(p, newline + 1, tail.text, [&](char c) { return static_cast<unsigned char>(is_digit(c) ? '0' : c); });
  tail.rest = ~std::uint64_t{0} >> (127 - length);
  return true;
}

class BlockReader {
 public:
  explicit BlockReader(QuickState& state) : state_(state), batch_(state.batch()), memory_(state.celery) {}

  const char* read(const char* p, const char* end) {
    const std::size_t first_reading = batch_.readings.size();
    LineBreaks& breaks = state_.breaks;
    // Where text may stand behind the end, it is not looked at.
    const char* const breaks_end = state_.reach == 1 ? end : end - 63;
    const char* const last = end - state_.reach;
    while (p <= last && memory_.names.credit.is_good()) {
      avx512::find_breaks(p, breaks_end, breaks);
      std::size_t lines = std::min(state_.most_lines, breaks.end - breaks.next);
      // None may begin behind the last place.
      while (lines > 1 && breaks.place(lines - 2) >= last) --lines;
      if (lines == 0 || !is_day_of(p)) break;
      const std::size_t good = read_lines(p, lines);
      state_.most_lines = std::min(2 * good + 1, kBlock);
      if (good == 0) break;
      add(p, good);
      p = breaks.place(good - 1) + 1;
      breaks.next += good;
      if (good < lines) break;
    }
    batch_.readings_since(first_reading);
    return p;
  }

 private:
  bool is_day_of(const char* p) {
    if (front_.has_day && std::memcmp(front_.low + 1, p + 1, 10) == 0) return true;
    if (!state_.day(p + 1, front_.ns)) return false;
    front_.has_day = true;
    std::memcpy(front_.low + 1, p + 1, 10);
    return true;
  }

  // Gives how many of the lines are good, up to the first that is not.
  std::size_t read_lines(const char* p, std::size_t lines) {
    memory_.names.make_room(2 * lines);
    memory_.tails.make_room(lines);
    find_places(p, state_.breaks, lines, memory_, block_);
    std::uint32_t unknown = compare(p, state_.breaks, lines, front_, memory_, block_);
    std::size_t remembered = 0;
    for (; unknown != 0; unknown &= unknown - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(unknown));
      if (!look_at(i == 0 ? p : state_.breaks.place(i - 1) + 1, i)) {
        lines = i;
        break;
      }
      ++remembered;
    }
    memory_.names.credit.pay(lines, remembered);
    const std::uint32_t bad = make_numbers(lines, front_.ns, block_);
    return bad == 0 ? lines : std::min(lines, static_cast<std::size_t>(std::countr_zero(bad)));
  }

  // A line that has something new, which is remembered. False for one that is not plain.
  [[gnu::noinline]] MEMLOG_AVX512 bool look_at(const char* line, std::size_t i) {
    const __m256i front = _mm256_sub_epi8(load32(line), load32(front_.low));
    if (_cvtmask32_u32(_mm256_cmpgt_epu8_mask(front, load32(kFrontRange))) != 0) return false;
    const char* const process = line + kProcessAt;
    const char* const process_end = swar::find_within_64(process, ']');
    if (process_end == nullptr || !swar::at_long(process_end, "] Memory [")) return false;
    const char* const task = process_end + kBehindProcess;
    const char* const task_end = swar::find_within_64(task, ']');
    if (task_end == nullptr) return false;
    const auto task_length = static_cast<std::size_t>(task_end - task);
    block_.process[i] = add_name(place_of_process(process_end), process, static_cast<std::size_t>(process_end - process), kBehindProcess);
    block_.task[i] = add_name(place_of_task(task_end, task_length), task, task_length, 1);
    Tails::Tail tail;
    if (block_.process[i] == 0 || block_.task[i] == 0 || !learn(task_end, state_.breaks.place(i), tail)) return false;
    block_.tail[i] = memory_.tails.add(place_of(tail), tail);
    take_digits(task_end, tail, i, block_);
    return true;
  }

  // By its text, digits being alike.
  static std::size_t place_of(const Tails::Tail& tail) {
    std::uint64_t digits[2] = {};
    for (std::size_t i = 0; i <= Tails::kLongest; ++i) digits[i / 64] |= static_cast<std::uint64_t>(tail.text[i] == '0' ? 1 : 0) << (i % 64);
    const char* const middle = reinterpret_cast<const char*>(tail.text) + 16;
    return place_of_tail(digits[0], digits[1], swar::load8(middle), swar::load8(middle + 8));
  }

  // 0 for a name that is not plain.
  std::uint8_t add_name(std::size_t place, const char* name, std::size_t length, std::size_t behind) {
    if (length == 0 || length + behind > QuickLabels::kLongest || !is_plain({name, length})) return 0;
    QuickLabels::Meaning meaning;
    meaning.name = static_cast<std::uint8_t>(length);
    return memory_.names.add(place, name, length + behind, meaning);
  }

  void add(const char* line, std::size_t lines) {
    name_all(line, lines);
    const std::size_t before = batch_.readings.size();
    batch_.readings.resize(before + lines);
    BareReading* const readings = batch_.readings.data() + before;
    const auto number = static_cast<std::uint32_t>(state_.number);
    const std::uint8_t format = state_.format;
    const Memory& memory = memory_;
    for (std::size_t i = 0; i < lines; ++i) {
      BareReading& reading = readings[i];
      reading.ns = block_.ns[i];
      reading.line = number + static_cast<std::uint32_t>(i);
      reading.rss = block_.rss_and_peak[2 * i];
      reading.peak = block_.rss_and_peak[2 * i + 1];
      reading.delta = block_.changes[i];
      reading.task = memory.names.meaning(block_.task[i]).like.task;
      reading.process = memory.names.meaning(block_.process[i]).like.task;
      reading.kind = memory.tails.tail(block_.tail[i]).kind;
      reading.format = format;
      reading.digits = 3;
    }
    state_.count(lines);
  }

  // Of each name that a chunk has for the first time it learns the number.
  void name_all(const char* line, std::size_t lines) {
    for (std::size_t i = 0; i < lines; ++i) {
      QuickLabels::Meaning& process = memory_.names.meaning(block_.process[i]);
      QuickLabels::Meaning& task = memory_.names.meaning(block_.task[i]);
      if (process.like.task == kNoName || task.like.task == kNoName) [[unlikely]] {
        const char* const name = line + kProcessAt;
        process.like.task = batch_.names.intern({name, process.name});
        task.like.task = batch_.names.intern({name + process.name + kBehindProcess, task.name});
      }
      line = state_.breaks.place(i) + 1;
    }
  }

  QuickState& state_;
  EventBatch& batch_;
  Memory& memory_;
  Front front_;
  Block block_;
};

}  // namespace

const char* read_blocks_avx512(const char* p, const char* end, QuickState& state) { return BlockReader(state).read(p, end); }

}  // namespace memlog::celery_quick
#endif
