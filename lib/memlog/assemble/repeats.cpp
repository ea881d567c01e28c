#include "memlog/assemble/repeats.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace memlog {

namespace {

// A list has the moment of the measurement, a block that of its writing.
constexpr std::int64_t kSlackSeconds = 2;

}  // namespace

bool RepeatFilter::knows(const Ring& ring, const Known& asked) {
  const std::size_t n = std::min(ring.count, Ring::kSize);
  for (std::size_t i = 0; i < n; ++i) {
    const Known& known = ring.entries[(ring.count - 1 - i) % Ring::kSize];
    if (known.rss_mb != asked.rss_mb || known.second < asked.second - kSlackSeconds || known.second > asked.second + kSlackSeconds) continue;
    // Within one log two readings are two, however alike.
    if (asked.reading && (!known.reading || known.log == asked.log)) continue;
    // The same operation may go by another name (`General` for one without), the same name may come twice in a second
    // for two users: the contexts tell, where both have one.
    if (known.context != 0 && asked.context != 0 ? known.context == asked.context : asked.task == kNoName || (known.task == asked.task && known.own_hash == asked.own_hash)) return true;
  }
  return false;
}

void RepeatFilter::apply_happened(Event& event, std::size_t log) {
  if (!event.time.known() || !event.is(flag::kRecord)) return;
  Happened told;
  told.second = event.time.ns / kNanosPerSecond;
  told.freed_mb = event.delta_mb;
  told.process = event.process;
  told.log = log;
  told.kind = event.kind;
  const std::size_t n = std::min(happened_count_, happened_.size());
  for (std::size_t i = 0; i < n; ++i) {
    const Happened& known = happened_[i];
    const bool same_freed = known.freed_mb == told.freed_mb || (!is_known(known.freed_mb) && !is_known(told.freed_mb));
    if (known.log == told.log || known.kind != told.kind || known.process != told.process || !same_freed) continue;
    if (known.second < told.second - kSlackSeconds || known.second > told.second + kSlackSeconds) continue;
    event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kRecord);
    return;
  }
  happened_[happened_count_++ % happened_.size()] = told;
}

void RepeatFilter::apply(Event& event, const EventBatch& batch, std::size_t log) {
  if (event.kind == EventKind::gc || event.kind == EventKind::restart) {
    apply_happened(event, log);
    return;
  }
  const bool operation = event.kind == EventKind::operation;
  if (!operation && event.kind != EventKind::snapshot) return;
  if (!event.time.known() || !is_known(event.rss_mb)) return;
  if (event.process >= rings_.size()) rings_.resize(event.process + 1);
  Ring& ring = rings_[event.process];
  Known known;
  known.second = event.time.ns / kNanosPerSecond;
  known.rss_mb = event.rss_mb;
  known.task = event.task;
  known.own_hash = event.own_hash;
  const std::string_view context = batch.context_of(event);
  known.context = context.empty() ? 0 : std::hash<std::string_view>{}(context) | 1;
  known.log = log;
  known.reading = !operation;
  if (!any_log_) first_log_ = log;
  any_log_ = true;
  several_logs_ |= log != first_log_;
  if ((operation || several_logs_) && knows(ring, known)) {
    event.flags = static_cast<std::uint16_t>(event.flags & ~(flag::kRecord | flag::kSample));
    return;
  }
  if (operation && !event.is(flag::kRecord)) return;  // the reading that comes next tells it
  ring.entries[ring.count % Ring::kSize] = known;
  ++ring.count;
}

}  // namespace memlog
