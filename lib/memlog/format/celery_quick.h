#pragma once

#include <cstdint>

#include "memlog/base/cpu.h"
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
bool take_label(const char*& p, Label& label);

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
