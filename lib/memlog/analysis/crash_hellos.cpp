#include "memlog/analysis/crash_hellos.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace memlog::crash {

namespace {

// The first reading of a new process, against the last one of the old and that with which it had begun.
constexpr double kFallen = 0.5;
constexpr double kFallenToFirst = 0.7;
constexpr double kLikeFirst = 1.1;
// It comes this soon behind its start, or within two periods.
constexpr double kSoonS = 600;
// In periods: a reading is missing; the new monitor counts from its own start.
constexpr double kMissed = 1.5;
constexpr double kOffBeat = 0.1;

bool shows_new_process(const Event& reading, const Life& life, const Hellos::Hello& hello) {
  const double period_s = life.period_s();
  const double behind_s = static_cast<double>(reading.time.ns - hello.time.ns) / 1e9;
  if (behind_s < 0 || behind_s > std::max(kSoonS, 2 * period_s)) return false;
  const bool half = reading.rss_mb < kFallen * life.last_rss_mb;
  const bool first = reading.rss_mb <= kLikeFirst * life.first_rss_mb && reading.rss_mb < kFallenToFirst * life.last_rss_mb;
  // Without a beat memory alone has to tell, and for words that are said again and again that is too little.
  const bool doubtful = hello.again || hello.behind_error;
  if (!life.is_regular()) return half && first && !doubtful;
  const double beats = static_cast<double>(reading.time.ns - life.last_time.ns) / 1e9 / period_s;
  const bool missed = beats > kMissed;
  const bool off_beat = std::fabs(beats - std::round(beats)) > kOffBeat;
  return (half || first) && (missed || (off_beat && !doubtful));
}

}  // namespace

void Hellos::add(const Hello& hello) {
  const auto known = std::find_if(hellos_.begin(), hellos_.end(), [&](const Hello& h) { return h.process == hello.process; });
  if (known == hellos_.end()) hellos_.push_back(hello);
  else {
    known->again = known->again && hello.again;
    known->behind_error = known->behind_error && hello.behind_error;
  }
}

void Hellos::forget(ProcessId process) {
  std::erase_if(hellos_, [&](const Hello& hello) { return hello.process == process; });
}

bool Hellos::take(const Event& reading, const Life& life, Hello& hello) {
  const auto known = std::find_if(hellos_.begin(), hellos_.end(), [&](const Hello& h) { return h.process == reading.process; });
  if (known == hellos_.end()) return false;
  hello = std::move(*known);
  hellos_.erase(known);
  return !life.empty() && hello.time.ns >= life.last_time.ns && shows_new_process(reading, life, hello);
}

}  // namespace memlog::crash
