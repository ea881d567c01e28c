#pragma once

#include <cstdint>

#include "memlog/base/cpu.h"
#include "memlog/base/swar.h"
#include "memlog/event/event.h"
#include "memlog/format/quick.h"

namespace memlog {

// The quick reader of the task monitor's lines, for Format::quick.
const char* quick_celery(const char* p, const char* end, QuickState& state);

// Its parts.
namespace celery_quick {

// Between task and reading: `START`, `FINISH (delta=+12.0MB, peak=300.0MB)`, `checkpoint:after_load`, and its words for
// the context.
struct Label {
  EventKind kind = EventKind::sample;
  const char* begin = nullptr;
  const char* end = nullptr;
  std::int32_t delta = BareReading::kNoChange;   // tenths of a MB
};

// `delta=+12.0MB, peak=300.0MB): ` at `p`, which is moved behind it.
inline bool take_change(const char*& p, std::int32_t& change) {
  if (!swar::at(p, "delta=")) return false;
  p += 6;
  const bool negative = *p == '-';
  if (negative || *p == '+') ++p;
  std::uint32_t delta = 0;
  std::uint32_t peak = 0;
  if (!swar::take_tenths(p, delta) || !swar::at(p, "MB, pea") || !swar::at(p + 2, ", peak=")) return false;
  p += 9;
  if (!swar::take_tenths(p, peak) || !swar::at(p, "MB): R")) return false;
  p += 5;
  if (negative && delta == 0) return false;  // -0.0 is no integer
  change = negative ? -static_cast<std::int32_t>(delta) : static_cast<std::int32_t>(delta);
  return true;
}

// What is written as it is in front of `: RSS=`, of 12 bytes at least: `checkpoint:after_load`.
inline bool is_checkpoint(const char* begin, const char* end) {
  // The general way trims blanks.
  return end >= begin + 12 && swar::at_long(begin, "checkpoint:") && begin[11] != ' ' && end[-1] != ' ';
}

// Reads it with the `: ` behind it; `p` is at `RSS=` then.
inline bool take_label(const char*& p, Label& label) {
  label.begin = p;
  if (swar::at(p, "START: R")) {
    label.kind = EventKind::task_start;
    label.end = p + 5;
    p += 7;
  } else if (swar::at(p, "FINISH (")) {
    label.kind = EventKind::task_end;
    label.end = p + 6;
    p += 8;
    if (!take_change(p, label.delta)) return false;
  } else {
    label.kind = EventKind::checkpoint;
    // A label may hold anything; one with an `=` or a long one goes the general way.
    const char* const equals = swar::find_within_64(p, '=');
    if (equals == nullptr || equals < p + 5 || !swar::at(equals - 5, ": RSS=")) return false;
    label.end = equals - 5;
    if (!is_checkpoint(p, label.end)) return false;
    p = equals - 3;
  }
  return swar::at(p, "RSS=");
}

// `RSS=245.3MB (peak=245.3MB), Process%=6.1%, System=45.2%, GC objects=127,453`, in tenths.
struct Numbers {
  std::uint32_t rss = 0;
  std::uint32_t peak = 0;
  std::uint32_t share = 0;
  std::uint32_t used = 0;
  std::uint32_t objects = 0;
};
bool read_numbers(const char* p, const char* newline, Numbers& out);

// What a line's bare reading says; without its line and its format.
inline BareReading bare_reading(std::int64_t ns, EventKind kind, NameId task, NameId process, std::uint32_t rss, std::uint32_t peak, std::int32_t delta) {
  BareReading reading;
  reading.ns = ns;
  reading.digits = 3;
  reading.rss = rss;
  reading.peak = peak;
  reading.delta = delta;
  reading.task = task;
  reading.process = process;
  reading.kind = kind;
  return reading;
}

#if MEMLOG_HAS_AVX2_CODE
// `[2025-11-16 08:30:00,123: INFO/F`: what its characters are subtracted from, and what may be left. The date is put in
// as it stands.
alignas(32) inline constexpr unsigned char kFrontLow[32] = {'[', 0,   0, 0, 0,   0,   0,   0,   0,   0,   0,   ' ', '0', '0', ':', '0',
                                                     '0', ':', '0', '0', ',', '0', '0', '0', ':', ' ', 'I', 'N', 'F', 'O', '/', 0};
alignas(32) inline constexpr unsigned char kFrontRange[32] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 9, 0, 5, 9, 0, 5, 9, 0, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 255};
inline constexpr std::size_t kProcessAt = 31;

// Lines that are wanted as bare readings or sifted out, as many as stand in a row and have numbers of widths that
// stood in the chunk before; gives the place behind them.
const char* read_lines_avx2(const char* p, const char* end, QuickState& state);
// Lines that are wanted as bare readings, as many as stand in a row; gives the place behind them.
const char* read_blocks_avx512(const char* p, const char* end, QuickState& state);
#endif

}  // namespace celery_quick

}  // namespace memlog
