#include "memlog/assemble/told_deaths.h"

#include <algorithm>
#include <cstdlib>

#include "memlog/format/format.h"

namespace memlog {

namespace {

// As within one log: they speak within seconds; with the pid they may take longer.
constexpr std::int64_t kSameDeathNs = 10 * kNanosPerSecond;
constexpr std::int64_t kSamePidNs = 120 * kNanosPerSecond;
constexpr std::size_t kRemembered = 64;

}  // namespace

ToldDeaths::ToldDeaths() {
  for (const std::string_view name : {"kernel_oom", "platforms", "heroku"}) {
    if (const int at = find_format(name); at >= 0) formats_ |= std::uint64_t{1} << at;
  }
}

bool ToldDeaths::same(const Told& a, const Told& b) {
  const std::int64_t apart = std::abs(a.ns - b.ns);
  const bool hosts_differ = a.host != kNoName && b.host != kNoName && a.host != b.host;
  if (hosts_differ || a.log == b.log) return false;
  if (is_known(a.pid) && a.pid == b.pid) return apart <= kSamePidNs;
  // Two logs of one teller tell two deaths. Different tellers may count pids in different namespaces.
  return a.format != b.format && apart <= kSameDeathNs;
}

bool ToldDeaths::knows(const Event& event, const EventBatch& batch, std::size_t log) {
  if ((event.kind != EventKind::oom_kill && event.kind != EventKind::kill) || (formats_ >> event.format & 1) == 0 || !event.time.known()) return false;
  const Told told{event.time.ns, batch.metric_of(event, name::kPid), event.host, event.format, log};
  if (std::any_of(told_.begin(), told_.end(), [&](const Told& known) { return same(known, told); })) return true;
  told_.push_back(told);
  if (told_.size() > kRemembered) told_.erase(told_.begin());
  return false;
}

}  // namespace memlog
