#include "memlog/scan/retold.h"

#include <algorithm>

#include "memlog/scan/input_counts.h"

namespace memlog {

namespace {

// A log that begins in the middle of a block shows no more than this many of its records cut.
constexpr std::size_t kCutAtFront = 3;

// Records that come next, among which the whole of one that was cut is looked for.
constexpr std::size_t kLookAhead = 64;

}  // namespace

// An event that another input has as well, where several may have it: such inputs overlap, if only in the moment in
// which one ends and the next one begins.
bool Retold::is_copy(const Event& event, OpenInput& open) {
  const std::size_t log = merge_.log_of[event.input];
  const std::int64_t before_next = since_start_of_next(event);
  if (merge_.open.size() > 1 || before_next >= -CutRecords::kBlockNs) {
    copies_until_ = std::max(copies_until_, event.time.ns);
  } else if (event.time.ns > copies_until_ || !event.time.known()) {
    if (before_next >= -CutRecords::kSilenceNs) cut_.note(CutRecords::known(event, *open.batch, log, names_));
    return false;
  }
  auto of = copies_.repeats(event, *open.batch, log);
  if (!of) {
    const CutRecords::Known known = CutRecords::known(event, *open.batch, log, names_);
    if (open.over || open.first_events < kCutAtFront) of = whole_of(known);
    ++open.first_events;
    if (!of) cut_.note(known);
  }
  if (!of) return false;
  input_counts::count_copy(event, inputs_[event.input], inputs_[*of]);
  return true;
}

// Negative before the next file's first record; that of a file without times may come at any time.
std::int64_t Retold::since_start_of_next(const Event& event) const {
  if (merge_.next == merge_.files.size() || !event.time.known()) return std::numeric_limits<std::int64_t>::min();
  const std::int64_t start = merge_.files[merge_.next].start;
  return start == MergeClock::kStart ? 0 : event.time.ns - start;
}

// The input that has the whole of an event that its own input may have cut: among those that have been told, or those
// that come next.
std::optional<std::uint16_t> Retold::whole_of(const CutRecords::Known& part) const {
  if (const auto of = cut_.whole_of(part)) return of;
  for (const OpenInput& other : merge_.open) {
    for (std::size_t i = other.at; other.batch != nullptr && i < other.batch->events.size(); ++i) {
      const Event& event = other.batch->events[i];
      const std::size_t log = merge_.log_of[event.input];
      if (log == part.log || i == other.at + kLookAhead) break;
      if (CutRecords::covers(CutRecords::known(event, *other.batch, log, *other.tasks), part)) return event.input;
    }
  }
  return std::nullopt;
}

bool Retold::is_told_death(const Event& event, const EventBatch& batch) {
  return (event.kind == EventKind::oom_kill || event.kind == EventKind::kill) && deaths_.knows(event, batch, merge_.log_of[event.input]);
}

}  // namespace memlog
