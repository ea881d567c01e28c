#include "memlog/analysis/crash_timeline.h"

#include <algorithm>

namespace memlog::crash {

namespace {

// A death is known only when the process is back; others may have written on.
constexpr std::int64_t kGapNs = 3600 * kNanosPerSecond;

}  // namespace

void RecentMoments::add(const Event& event, const Slice& slice) {
  if (!event.is(flag::kRecord) || !event.time.known() || window_ns_ <= 0) return;
  Moment moment;
  moment.time = event.time;
  moment.task = slice.names.names.text(event.task);
  moment.context = slice.batch.context_of(event);
  moment.event = to_string(event.kind);
  moment.process = event.process;
  moment.rss_mb = event.rss_mb;
  moment.source = {event.input, event.line};
  moments_.push_back(std::move(moment));
  // Entries of lists are older than what stands around them, so only the bound and the newest time decide.
  while (moments_.size() > kMost || (event.kind != EventKind::operation && moments_.front().time.ns < event.time.ns - window_ns_ - kGapNs)) moments_.pop_front();
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
