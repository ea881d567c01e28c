#include "memlog/scan/context_lines.h"

#include <deque>

#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/envelope/peel.h"
#include "memlog/input/chunk_reader.h"

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

// Hands out an input's lines one by one, with the time of each: its own, or that of the last line that had one.
void collect(std::size_t input, ChunkReader& reader, const std::vector<Timestamp>& times, std::size_t n, std::vector<std::vector<ContextLine>>& found) {
  Chunk chunk;
  TextArena arena;
  std::deque<Timed> before;
  std::int64_t now = Timestamp::kNone;
  std::size_t next = 0;              // the first of `times` that was not passed yet
  std::vector<std::size_t> missing(times.size());  // lines still wanted behind each
  std::uint64_t number = 1;
  while (reader.next(chunk)) {
    std::string_view rest = chunk.text();
    number += chunk.skipped_lines;
    while (!rest.empty()) {
      Line line;
      line.text = trim_right(take_until(rest, "\n"));
      line.message = line.text;
      arena.clear();
      peel(line, arena);
      if (line.time.known() && line.time.dated) now = line.time.ns;
      ContextLine shown{input, number++, std::string(line.text.substr(0, kLongestShown))};
      while (next < times.size() && line.time.known() && line.time.dated && line.time.ns > times[next].ns) {
        add_near(before, times[next], found[next]);
        missing[next] = n;
        ++next;
      }
      for (std::size_t i = 0; i < next; ++i) {
        if (missing[i] == 0 || !is_near(now, times[i])) continue;
        found[i].push_back(shown);
        --missing[i];
      }
      before.push_back({std::move(shown), now});
      if (before.size() > n) before.pop_front();
    }
    number += chunk.skipped_after;
  }
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
