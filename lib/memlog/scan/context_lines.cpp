#include "memlog/scan/context_lines.h"

#include <deque>

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

// Takes an input's lines one by one, with the time of each: its own, or that of the last line that had one. Lines without
// a time behind an empty line or a ruler belong to what follows as well as to what was before (a banner says nothing yet
// of the minute before it): the next line with a time tells. Empty lines say nothing.
void collect(std::size_t input, ChunkReader& reader, const std::vector<Timestamp>& times, std::size_t n, std::vector<std::vector<ContextLine>>& found) {
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
    if (line.time.known() && line.time.dated) now = line.time.ns;
    ContextLine shown{input, line.number, std::string(line.text.substr(0, kLongestShown))};
    while (next < times.size() && line.time.known() && line.time.dated && line.time.ns > times[next].ns) {
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

std::vector<std::vector<ContextLine>> lines_around(const std::vector<std::string>& paths, const std::vector<Timestamp>& times, std::size_t n) {
  std::vector<std::vector<ContextLine>> found(times.size());
  if (n == 0 || times.empty()) return found;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i] == "-") continue;
    try {
      ChunkReader reader(open_named(paths[i]));
      collect(i, reader, times, n, found);
    } catch (const Error&) {
      // It was reported when the input was read for its records.
    }
  }
  return found;
}

}  // namespace memlog
