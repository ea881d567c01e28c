#include "memlog/format/celery_quick.h"

#include <cstring>

#include "memlog/base/swar.h"

namespace memlog {

bool celery_quick::read_numbers(const char* p, const char* newline, Numbers& out) {
  p += 4;
  if (!swar::take_tenths(p, out.rss) || !swar::at(p, "MB (peak") || p[8] != '=') return false;
  p += 9;
  if (!swar::take_tenths(p, out.peak) || !swar::at_long(p, "MB), Process%=")) return false;
  p += 14;
  if (!swar::take_tenths(p, out.share) || !swar::at_long(p, "%, System=")) return false;
  p += 10;
  if (!swar::take_tenths(p, out.used) || !swar::at_long(p, "%, GC objects=")) return false;
  p += 14;
  return swar::take_count(p, out.objects) && p == newline;
}

namespace {

const char* read_line(const char* const line, QuickState& state) {
  std::int64_t day = 0;
  std::uint32_t second = 0;
  if (line[0] != '[' || line[11] != ' ' || !state.day(line + 1, day) || !swar::take_clock(line + 12, second) || line[20] != ',') return nullptr;
  const std::uint64_t millis = swar::load8(line + 21);
  const std::uint64_t digits = (millis ^ swar::repeat('0')) & swar::first_bytes(3);
  if (swar::not_decimal(digits) != 0 || !swar::at(line + 24, ": INFO/")) return nullptr;
  const char* const process_begin = line + 31;
  const char* const process_end = swar::find_near(process_begin, ']');
  if (process_end == nullptr || !swar::at(process_end, "] Memor") || !swar::at(process_end + 2, "Memory [")) return nullptr;
  const char* const task_begin = process_end + 10;
  const char* const task_end = swar::find_within_64(task_begin, ']');
  if (task_end == nullptr || task_end[1] != ' ') return nullptr;
  const char* p = task_end + 2;
  celery_quick::Label label;
  if (!celery_quick::take_label(p, label)) return nullptr;
  // Where the line ends is found on its own: through the numbers, whose widths differ, the next line would have to wait
  // for all of this one's.
  const auto* const newline = static_cast<const char*>(std::memchr(p, '\n', 200));
  if (newline == nullptr) return nullptr;
  celery_quick::Numbers read;
  if (!celery_quick::read_numbers(p, newline, read)) return nullptr;
  const char* const next = newline + 1;

  QuickState::Name* const process = state.name(process_begin, process_end);
  if (process == nullptr) return nullptr;
  const NameId process_id = process->id;
  QuickState::Name* const task = state.name(task_begin, task_end);
  if (task == nullptr) return nullptr;
  const NameId task_id = task->id;
  QuickState::Name* const context = state.name(label.begin, label.end);
  if (context == nullptr) return nullptr;
  const std::uint32_t ms = swar::join_decimal(digits << 40);
  const std::int64_t ns = day + second * kNanosPerSecond + ms * std::int64_t{1'000'000};
  if ((static_cast<std::int64_t>(read.rss) <= state.sieve || !state.window.has(ns)) && state.hold(process_id, line)) {
    state.sifted();
    state.count(1);
    return next;
  }
  EventBatch& out = state.batch();
  if (out.bare_readings && out.rss_only) {
    BareReading reading = celery_quick::bare_reading(ns, label.kind, task_id, process_id, read.rss, read.peak, label.delta);
    reading.line = static_cast<std::uint32_t>(state.number);
    reading.format = state.format;
    out.add_reading(reading);
    state.count(1);
    return next;
  }
  if (context->as_text == kNoText) context->as_text = out.add_text({label.begin, context->length});

  Event& event = state.add_event();
  event.time.ns = ns;
  event.time.digits = 3;
  event.line = state.number;
  event.rss_mb = read.rss / 10.0;
  event.peak_mb = read.peak / 10.0;
  if (!out.rss_only) {
    event.process_percent = read.share / 10.0;
    event.free_percent = 100.0 - read.used / 10.0;
    out.add_metric(event, name::kGcObjects, read.objects);
  }
  if (label.delta != BareReading::kNoChange) event.delta_mb = label.delta / 10.0;
  event.task = task_id;
  event.process = process_id;
  event.context = context->as_text;
  event.flags = flag::kRecord | flag::kSample;
  event.kind = label.kind;
  event.format = state.format;
  state.count(1);
  return next;
}

}  // namespace

const char* quick_celery(const char* p, const char* end, QuickState& state) {
#if MEMLOG_HAS_AVX2_CODE
  const EventBatch& batch = state.batch();
  const bool bare = batch.bare_readings && batch.rss_only;
  if (state.vectors() >= Vectors::avx2 && (bare || state.sifts())) {
    while (static_cast<std::size_t>(end - p) >= state.reach) {
      if (bare && state.vectors() >= Vectors::avx512) p = celery_quick::read_blocks_avx512(p, end, state);
      if (static_cast<std::size_t>(end - p) < state.reach) return p;
      p = celery_quick::read_lines_avx2(p, end, state);
      // The line that it stopped at may be a good one.
      if (static_cast<std::size_t>(end - p) < state.reach) return p;
      const char* const next = read_line(p, state);
      if (next == nullptr) return p;
      p = next;
    }
    return p;
  }
#endif
  return read_each<read_line>(p, end, state, state.reach);
}

}  // namespace memlog
