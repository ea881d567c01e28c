#include "memlog/assemble/platform_clock.h"

#include <algorithm>

#include "memlog/event/part.h"

namespace memlog::assemble {

namespace {

// A file that mixes more hosts than this has those of the first ones only.
constexpr std::size_t kMostHosts = 256;

// A further line of what the application wrote has no time of its own, whoever dated it.
bool is_told(const Event& event) {
  const auto part = static_cast<Part>(event.part);
  return event.kind != EventKind::part || (part >= Part::oom_invoked && part <= Part::oom_detail);
}

void count(std::int64_t shown_ns, EventBatch& batch) {
  const auto known = std::find_if(batch.clock_corrections.begin(), batch.clock_corrections.end(), [&](const ClockCorrection& one) { return one.shown_ns == shown_ns; });
  if (known != batch.clock_corrections.end()) ++known->records;
  else batch.clock_corrections.push_back({shown_ns, 1});
}

}  // namespace

PlatformClock::Host& PlatformClock::Hosts::of(std::string_view name) {
  for (Host& host : list) {
    if (host.name == name) return host;
  }
  if (list.size() == kMostHosts) return list.back();
  list.push_back({.name = std::string(name)});
  return list.back();
}

void PlatformClock::Hosts::take(const ClockNote& note) {
  Host& host = of(note.host);
  if (note.ahead_ns == ClockNote::kUnsteady) {
    host.doubtful |= !host.settled;
    host.last.reset();
    return;
  }
  const Difference told{note.ahead_ns, note.shown_ns, note.zone_minutes};
  if (host.last == told) {
    host.settled = told;
    differ |= told.ahead_ns != 0;
  }
  host.last = told;
}

// A host's own; of one whose lines never carry both clocks, the one that all others agree on.
std::optional<PlatformClock::Difference> PlatformClock::Hosts::told(std::string_view name) const {
  std::optional<Difference> common;
  bool agree = true;
  for (const Host& host : list) {
    if (!host.settled) continue;
    if (host.name == name) return host.settled;
    agree &= !common || *common == *host.settled;
    common = host.settled;
  }
  return agree ? common : std::nullopt;
}

void PlatformClock::look_ahead(const EventBatch& batch) {
  for (const ClockNote& note : batch.clock_notes) {
    if (batch.line_offset + note.line > kLookAhead) return;
    Host& host = first_.of(note.host);
    // What comes later may be another summer or winter.
    if (!host.settled && !host.doubtful) first_.take(note);
  }
}

void PlatformClock::advance(const EventBatch& batch, std::uint64_t line) {
  for (; next_ < batch.clock_notes.size() && batch.clock_notes[next_].line < line; ++next_) now_.take(batch.clock_notes[next_]);
}

void PlatformClock::correct(Event& event, std::uint64_t line, std::string_view host, EventBatch& batch) {
  advance(batch, line);
  const std::int64_t shown_ns = correct(event.time, host);
  if (shown_ns != 0 && is_told(event)) count(shown_ns, batch);
}

std::int64_t PlatformClock::correct(Timestamp& time, std::string_view host) const {
  if ((!now_.differ && !first_.differ) || !time.known() || (!time.dated && !time.yearless)) return 0;
  auto told = now_.told(host);
  if (!told) told = first_.told(host);
  if (!told || told->ahead_ns == 0) return 0;
  time.ns += told->ahead_ns;
  time.zone_minutes = told->zone_minutes;
  // The same moment with and without its zone shows the same digits.
  return told->shown_ns;
}

void PlatformClock::end(const EventBatch& batch) {
  for (; next_ < batch.clock_notes.size(); ++next_) now_.take(batch.clock_notes[next_]);
  next_ = 0;
}

void PlatformClock::correct_alone(EventBatch& batch) {
  if (batch.clock_notes.empty()) return;
  PlatformClock clock;
  clock.look_ahead(batch);
  for (Event& event : batch.events) {
    if (event.is(flag::kPlatformTime)) clock.correct(event, event.line, batch.names.text(event.host), batch);
  }
  batch.clock_notes.clear();
}

}  // namespace memlog::assemble
