#include "memlog/analysis/crash_timeline.h"

#include <algorithm>

namespace memlog::crash {

namespace {

// A death is known only when the process is back; others may have written on.
constexpr std::int64_t kGapNs = 3600 * kNanosPerSecond;

}  // namespace

void RecentMoments::add(const Event& event, const Slice& slice) {
  if (!event.time.known() || window_ns_ <= 0) return;
  const bool record = event.is(flag::kRecord);
  if (event.kind == EventKind::snapshot && is_known(event.rss_mb) && told_again(event, slice.batch.context_of(event)) && !record) return;
  if (!record) return;
  Moment moment;
  moment.time = event.time;
  moment.task = slice.task_of(event);
  moment.context = slice.batch.context_of(event);
  moment.event = to_string(event.kind);
  moment.process = event.process;
  moment.rss_mb = event.rss_mb;
  moment.source = {event.input, event.line};
  moments_.push_back(std::move(moment));
  // Entries of lists are older than what stands around them, so only the bound and the newest time decide.
  while (moments_.size() > kMost || (event.kind != EventKind::operation && moments_.front().time.ns < event.time.ns - window_ns_ - kGapNs)) moments_.pop_front();
}

// Two logs tell one reading: an entry of a list gives way to the reading itself, a reading that another log told before
// learns what it was about.
bool RecentMoments::told_again(const Event& event, std::string_view context) {
  constexpr std::int64_t kSameNs = 2 * kNanosPerSecond;
  constexpr std::size_t kFarthest = 64;
  const std::size_t least = moments_.size() > kFarthest ? moments_.size() - kFarthest : 0;
  for (std::size_t i = moments_.size(); i-- > least;) {
    Moment& known = moments_[i];
    const bool near = known.time.ns >= event.time.ns - kSameNs && known.time.ns <= event.time.ns + kSameNs;
    if (!near || known.process != event.process || known.rss_mb != event.rss_mb || known.source.input == event.input) continue;
    if (!event.is(flag::kRecord)) {
      if (known.context.empty()) known.context = context;
      return true;
    }
    if (known.event != to_string(EventKind::operation) || known.context != context) continue;
    moments_.erase(moments_.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

std::vector<Moment> RecentMoments::between(const Timestamp& end, const Timestamp& until) const {
  std::vector<Moment> found;
  if (!end.known()) return found;
  for (const Moment& moment : moments_) {
    if (moment.time.ns >= end.ns - window_ns_ && moment.time.ns <= until.ns) found.push_back(moment);
  }
  std::stable_sort(found.begin(), found.end(), [](const Moment& a, const Moment& b) { return a.time.ns < b.time.ns; });
  return found;
}

}  // namespace memlog::crash
