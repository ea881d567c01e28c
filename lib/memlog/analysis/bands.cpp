#include "memlog/analysis/bands.h"

#include <algorithm>
#include <map>

namespace memlog {

namespace {

// Pixels of a wide screen.
constexpr std::int64_t kPixels = 1500;

}  // namespace

void Bands::add(const Run& run) {
  ++added_;
  strips_.push_back({run, run.end.ns - run.start.ns});
  if (strips_.size() >= 4 * most_) shrink(strips_, 2 * most_);
}

std::vector<Run> Bands::sorted() const {
  std::vector<Strip> strips = strips_;
  shrink(strips, most_);
  std::vector<Run> runs;
  for (const Strip& strip : strips) runs.push_back(strip.run);
  return runs;
}

std::uint64_t Bands::merged() const { return added_ - sorted().size(); }

void Bands::shrink(std::vector<Strip>& strips, std::size_t most) {
  std::stable_sort(strips.begin(), strips.end(), [](const Strip& a, const Strip& b) { return a.run.start.ns < b.run.start.ns; });
  if (strips.size() <= most) return;
  std::int64_t last = strips.front().run.end.ns;
  for (const Strip& strip : strips) last = std::max(last, strip.run.end.ns);
  const std::int64_t period = last - strips.front().run.start.ns;
  std::int64_t pixel = std::max<std::int64_t>(1, period / kPixels);
  // A pixel as wide as the period leaves one strip a process.
  for (bool any_task = false; strips.size() > most; any_task = true) {
    std::map<ProcessId, std::size_t> open;   // the last strip of each process
    std::vector<Strip> kept;
    for (const Strip& strip : strips) {
      const auto found = open.find(strip.run.process);
      if (found != open.end()) {
        Strip& before = kept[found->second];
        const bool near = strip.run.start.ns - before.run.end.ns <= pixel;
        const bool same = before.run.task == strip.run.task;
        const bool short_ones = std::max(strip.run.end.ns, before.run.end.ns) - before.run.start.ns <= pixel;
        if ((same && near) || (any_task && short_ones)) {
          if (strip.longest_ns > before.longest_ns) {
            before.longest_ns = strip.longest_ns;
            before.run.task = strip.run.task;
          }
          if (strip.run.end.ns > before.run.end.ns) before.run.end = strip.run.end;
          continue;
        }
      }
      open[strip.run.process] = kept.size();
      kept.push_back(strip);
    }
    strips = std::move(kept);
    if (pixel > period) break;
    if (any_task) pixel *= 2;
  }
  // More processes than strips: the longest.
  if (strips.size() <= most) return;
  std::stable_sort(strips.begin(), strips.end(), [](const Strip& a, const Strip& b) { return a.longest_ns > b.longest_ns; });
  strips.resize(most);
  std::stable_sort(strips.begin(), strips.end(), [](const Strip& a, const Strip& b) { return a.run.start.ns < b.run.start.ns; });
}

}  // namespace memlog
