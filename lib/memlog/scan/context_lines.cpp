#include "memlog/scan/context_lines.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <optional>

#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/scan/log_lines.h"

namespace memlog {

namespace {

constexpr std::size_t kLongestShown = 400;
constexpr std::int64_t kFarthestNs = 3600 * kNanosPerSecond;

struct Timed {
  ContextLine shown;
  std::int64_t ns = Timestamp::kNone;
};

bool is_near(std::int64_t ns, const Timestamp& time) { return ns != Timestamp::kNone && ns >= time.ns - kFarthestNs && ns <= time.ns + kFarthestNs; }

void add_near(const std::deque<Timed>& lines, const Timestamp& time, std::vector<ContextLine>& found) {
  for (const Timed& line : lines) {
    if (is_near(line.ns, time)) found.push_back(line.shown);
  }
}

// The moment of a line by the clock of the deaths: `near` tells the year of a date without one.
std::optional<std::int64_t> moment_of(const Timestamp& time, std::int64_t shift_ns, const Timestamp& near) {
  if (!time.known() || (!time.dated && !time.yearless)) return std::nullopt;
  if (!time.yearless) return time.ns + shift_ns;
  const CivilDate date = civil_from_days(time.ns / kNanosPerDay);
  const std::int64_t year = civil_from_days(near.ns / kNanosPerDay).year;
  std::int64_t best = 0;
  for (std::int64_t y = year - 1; y <= year + 1; ++y) {
    const std::int64_t ns = days_from_civil(y, date.month, date.day) * kNanosPerDay + time.ns % kNanosPerDay + shift_ns;
    if (y == year - 1 || std::abs(ns - near.ns) < std::abs(best - near.ns)) best = ns;
  }
  return best;
}

// Takes an input's lines one by one, with the time of each: its own, or that of the last line that had one. Lines without
// a time behind an empty line or a ruler belong to what follows as well as to what was before (a banner says nothing yet
// of the minute before it): the next line with a time tells. Empty lines say nothing.
void collect(std::size_t input, ChunkReader& reader, const std::vector<Timestamp>& times, std::size_t n, std::int64_t shift_ns,
             std::vector<std::vector<ContextLine>>& found) {
  std::deque<Timed> before;
  std::deque<Timed> loose;
  constexpr std::size_t kMostLoose = 50;
  const auto keep = [&](Timed line) {
    before.push_back(std::move(line));
    if (before.size() > n) before.pop_front();
  };
  const auto settle_loose = [&] {
    for (Timed& line : loose) keep(std::move(line));
    loose.clear();
  };
  std::int64_t now = Timestamp::kNone;
  std::size_t next = 0;              // the first of `times` that was not passed yet
  std::vector<std::size_t> missing(times.size());  // lines still wanted behind each
  bool behind = false;               // an empty line or a ruler: what follows may be a banner
  for_each_line(reader, [&](const Line& line) {
    if (line.text.empty()) {
      behind = true;
      return;
    }
    const auto moment = moment_of(line.time, shift_ns, times[std::min(next, times.size() - 1)]);
    if (moment) now = *moment;
    ContextLine shown{input, line.number, std::string(line.text.substr(0, kLongestShown))};
    while (next < times.size() && moment && *moment > times[next].ns) {
      add_near(before, times[next], found[next]);
      missing[next] = n;
      for (const Timed& banner : loose) {
        if (missing[next] == 0 || !is_near(banner.ns, times[next])) continue;
        found[next].push_back(banner.shown);
        --missing[next];
      }
      ++next;
    }
    for (std::size_t i = 0; i < next; ++i) {
      if (missing[i] == 0 || !is_near(now, times[i])) continue;
      found[i].push_back(shown);
      --missing[i];
    }
    if (line.time.known() || loose.size() == kMostLoose) {
      settle_loose();
      behind = false;
    }
    behind |= !line.time.known() && is_row_of(line.message, '=', 20);
    if (behind) loose.push_back({std::move(shown), now});
    else keep({std::move(shown), now});
  });
  settle_loose();
  for (; next < times.size(); ++next) add_near(before, times[next], found[next]);
}

}  // namespace

std::vector<std::vector<ContextLine>> lines_around(const std::vector<std::string>& paths, const std::vector<Timestamp>& times, std::size_t n,
                                                   const std::vector<std::int64_t>& shifts_ns) {
  std::vector<std::vector<ContextLine>> found(times.size());
  if (n == 0 || times.empty()) return found;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i] == "-") continue;
    try {
      ChunkReader reader(open_named(paths[i]));
      collect(i, reader, times, n, i < shifts_ns.size() ? shifts_ns[i] : 0, found);
    } catch (const Error&) {
      // It was reported when the input was read for its records.
    }
  }
  return found;
}

}  // namespace memlog
