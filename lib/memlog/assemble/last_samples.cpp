#include "memlog/assemble/last_samples.h"

namespace memlog::assemble {

namespace {

// A report repeats the last reading of its monitor, which takes one every five minutes.
constexpr std::int64_t kReportRepeatsNs = 10 * 60 * kNanosPerSecond;

// A worker's warning about a reading follows it at once.
constexpr std::int64_t kAlertRepeatsNs = 2 * kNanosPerSecond;

}  // namespace

void LastSamples::settle(Event& event) {
  if (!event.is(flag::kSample)) return;
  const Sample& last = of(event.process);
  const bool same = last.ns != Timestamp::kNone && event.time.known() && last.rss_mb == event.rss_mb;
  const std::int64_t apart = same ? event.time.ns - last.ns : 0;
  const bool report = event.kind == EventKind::report;
  const bool warning = event.is(flag::kRepeats) && (event.task == kNoName || (event.task == last.task && event.own_hash == last.own_hash && event.kind == last.kind));
  if (same && apart >= 0 && ((report && apart <= kReportRepeatsNs) || (warning && apart <= kAlertRepeatsNs))) {
    event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kSample);
    if (warning) event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kRecord);
    return;
  }
  note(event);
}

void LastSamples::note(const Event& event) {
  Sample& last = of(event.process);
  if (event.time.known()) last.ns = event.time.ns;
  last.rss_mb = event.rss_mb;
  last.task = event.task;
  last.own_hash = event.own_hash;
  last.kind = event.kind;
}

void LastSamples::note(ProcessId process, const BareReading& reading, std::uint32_t own_hash) {
  Sample& last = of(process);
  last.ns = reading.ns;
  last.rss_mb = reading.rss_mb();
  last.task = reading.task;
  last.own_hash = own_hash;
  last.kind = reading.kind;
}

}  // namespace memlog::assemble
