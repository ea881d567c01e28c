#pragma once

#include <cstdint>
#include <string_view>

#include "memlog/base/cpu.h"
#include "memlog/event/event.h"
#include "memlog/format/quick.h"

namespace memlog {

// What a label says beyond its text.
namespace daily_label {
enum : std::uint8_t { kFails = 1, kBoots = 2, kShutsDown = 4 };
std::uint8_t facts_of(std::string_view label);
// What it makes of a line with this mark.
inline EventKind kind_of(EventKind mark, std::uint8_t facts) { return mark == EventKind::task_end && (facts & kFails) != 0 ? EventKind::task_failed : mark; }
// And of an event's flags; a bare reading has none.
inline std::uint16_t flags_of(EventKind mark, std::uint8_t facts) {
  if (mark != EventKind::sample) return 0;
  return static_cast<std::uint16_t>(((facts & kBoots) != 0 ? flag::kBoot : 0) | ((facts & kShutsDown) != 0 ? flag::kShutdown : 0));
}
}  // namespace daily_label

// The quick reader of the daily log, for Format::quick.
const char* quick_daily(const char* p, const char* end, QuickState& state);

// Its parts.
namespace daily_quick {

// The numbers of a line, in tenths.
struct Readings {
  std::uint32_t rss = 0;
  std::uint32_t vms = 0;
  std::uint32_t available = 0;
  std::uint32_t free = 0;
};

// A line in the bot's columns: `] | RSS:  598.4 MB | VMS:  812.7 MB | System Available:  725.3 MB (`, from the bracket on.
inline constexpr std::size_t kRssAt = 9;
inline constexpr std::size_t kVmsAt = 26;
inline constexpr std::size_t kAvailableAt = 56;
inline constexpr std::size_t kFreeAt = 67;

inline BareReading bare_reading(std::int64_t ns, EventKind kind, NameId task, const Readings& read, const QuickState& state) {
  BareReading reading;
  reading.ns = ns;
  reading.line = static_cast<std::uint32_t>(state.number);
  reading.rss = read.rss;
  reading.available = read.available;
  reading.free = read.free;
  reading.task = task;
  reading.kind = kind;
  reading.format = state.format;
  return reading;
}

// VMS and what is available, of a line whose bracket at `close` has good columns behind it.
void read_rest(const char* close, Readings& out);

// Adds the event of the line at state.number, by its mark and what its label means.
void add_event(std::int64_t ns, EventKind mark, NameId task, std::uint8_t facts, const Readings& read, QuickState& state);

// Adds what the line at state.number says.
inline void add(std::int64_t ns, EventKind mark, QuickState::Name& name, const Readings& read, QuickState& state) {
  EventBatch& batch = state.batch();
  if (name.facts == QuickState::kUnknownFacts) name.facts = daily_label::facts_of({name.text, name.length});
  if (batch.bare_readings && daily_label::flags_of(mark, name.facts) == 0) batch.add_reading(bare_reading(ns, daily_label::kind_of(mark, name.facts), name.id, read, state));
  else add_event(ns, mark, name.id, name.facts, read, state);
}

#if MEMLOG_HAS_AVX2_CODE
// Lines in the bot's columns, as many as stand in a row; gives the place behind them.
const char* read_columns_avx2(const char* p, const char* end, QuickState& state);
// The same, sixteen lines at a time, of which it leaves none that the other one would read.
const char* read_columns_avx512(const char* p, const char* end, QuickState& state);
#endif

}  // namespace daily_quick

}  // namespace memlog
