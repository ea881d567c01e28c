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

// Reads it with the `: ` behind it; `p` is at `RSS=` then.
inline bool take_label(const char*& p, Label& label) {
  label.begin = p;
  if (swar::at(p, "START: R")) {
    label.kind = EventKind::task_start;
    label.end = p + 5;
    p += 7;
  } else if (swar::at_long(p, "FINISH (delta=")) {
    label.kind = EventKind::task_end;
    label.end = p + 6;
    p += 14;
    const bool negative = *p == '-';
    if (negative || *p == '+') ++p;
    std::uint32_t delta = 0;
    std::uint32_t peak = 0;
    if (!swar::take_tenths(p, delta) || !swar::at(p, "MB, pea") || !swar::at(p + 2, ", peak=")) return false;
    p += 9;
    if (!swar::take_tenths(p, peak) || !swar::at(p, "MB): R")) return false;
    if (negative && delta == 0) return false;  // -0.0 is no integer
    label.delta = negative ? -static_cast<std::int32_t>(delta) : static_cast<std::int32_t>(delta);
    p += 5;
  } else if (swar::at_long(p, "checkpoint:")) {
    label.kind = EventKind::checkpoint;
    // A label may hold anything; one with an `=` or a long one goes the general way.
    const char* const equals = swar::find_within_64(p + 11, '=');
    if (equals == nullptr || equals < p + 17 || !swar::at(equals - 5, ": RSS=")) return false;
    label.end = equals - 5;
    // The general way trims blanks.
    if (p[11] == ' ' || label.end[-1] == ' ') return false;
    p = equals - 3;
  } else {
    return false;
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

#if MEMLOG_HAS_AVX2_CODE
// Lines that are wanted as bare readings or sifted out, as many as stand in a row and have numbers of widths that
// stood in the chunk before; gives the place behind them.
const char* read_lines_avx2(const char* p, const char* end, QuickState& state);
#endif

}  // namespace celery_quick

}  // namespace memlog
