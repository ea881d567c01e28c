#include "memlog/assemble/tracebacks.h"

#include <algorithm>

#include "memlog/event/part.h"

namespace memlog::assemble {

namespace {

// Deep recursion is cut by Python itself.
constexpr std::uint64_t kLongestTraceback = 3000;
// `During handling of the above exception, another exception occurred:` between empty lines.
constexpr std::uint64_t kBetweenChained = 4;

bool within(std::uint64_t line, std::uint64_t before, std::uint64_t lines) { return before != 0 && line >= before && line - before <= lines; }

}  // namespace

Tracebacks::Last& Tracebacks::of(NameId host) {
  for (auto& known : hosts_) {
    if (known.first == host) return known.second;
  }
  return hosts_.emplace_back(host, Last{}).second;
}

bool Tracebacks::is_behind_error(const Event& start) const {
  const auto known = std::find_if(hosts_.begin(), hosts_.end(), [&](const auto& host) { return host.first == start.host; });
  if (known == hosts_.end()) return false;
  const Last& last = known->second;
  // What nothing caught ended the program.
  const bool near = within(start.line, last.error_line, kErrorBeforeTraceback) || (last.end_caught && within(start.line, last.end_line, kErrorBeforeTraceback));
  const bool timed = is_known(last.error_ns) && start.time.known() && start.time.dated;
  return near && !(timed && static_cast<double>(start.time.ns) - last.error_ns > kBeginsAgainNs);
}

bool Tracebacks::take(Event& part) {
  Last& last = of(part.host);
  switch (static_cast<Part>(part.part)) {
    case Part::logged_error:
      last.error_line = part.line;
      last.error_ns = part.delta_mb;
      return false;
    case Part::traceback: {
      const bool chained = within(part.line, last.end_line, kBetweenChained);
      last.caught = part.is(flag::kOrderly) || within(part.line, last.error_line, kErrorBeforeTraceback) || (chained && last.caught);
      last.begin_line = part.line;
      last.error_ns = part.is(flag::kOrderly) ? part.delta_mb : within(part.line, last.error_line, kErrorBeforeTraceback) || chained ? last.error_ns : kMissing;
      return false;
    }
    case Part::exception: {
      const bool open = within(part.line, last.begin_line, kLongestTraceback);
      last.begin_line = 0;
      if (open) {
        last.end_line = part.line;
        last.end_caught = last.caught;
      }
      // Ctrl+C needs no traceback; what is for want of memory takes back what its chain began with.
      if (part.is(flag::kCritical)) {
        // Logged, it ends nothing by itself; a goodbye right behind it shows that it did.
        if (open && last.caught && part.is(flag::kHigh)) {
          part.flags |= flag::kRepeats;
          part.delta_mb = last.error_ns;
        }
        if (!open || last.caught) part.flags = static_cast<std::uint16_t>(part.flags & ~flag::kHigh);
        last.caught = true;
      } else if (!part.is(flag::kOrderly) && (!open || last.caught)) return false;
      part.kind = EventKind::last_words;
      part.part = 0;
      return true;
    }
    default: return false;
  }
}

}  // namespace memlog::assemble
