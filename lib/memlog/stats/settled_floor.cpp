#include "memlog/stats/settled_floor.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>

#include "memlog/stats/leak_constants.h"
#include "memlog/stats/quantile.h"

namespace memlog::stats {
namespace {

std::vector<RunLog::Run> all_runs(const RunLog& log) {
  std::vector<RunLog::Run> out = log.nameless().kept;
  for (const RunLog::Task& task : log.tasks()) out.insert(out.end(), task.kept.begin(), task.kept.end());
  return out;
}

// Standard deviation of one sample's noise, from differences of neighbours.
double noise(const std::vector<SettledSample>& samples) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < samples.size(); ++i) steps.push_back(samples[i].mb - samples[i - 1].mb);
  return robust_deviation(std::move(steps)) / std::numbers::sqrt2;
}

// Drops samples whose memory was still being released. Backwards, the deque holds the candidates for the minimum of
// the next half hour, lowest in front.
void drop_undercut(std::vector<SettledSample>& samples) {
  const double allowed = kReleaseSigmas * noise(samples) + 1e-9;
  std::vector<bool> good(samples.size());
  std::deque<std::size_t> ahead;
  for (std::size_t i = samples.size(); i-- > 0;) {
    const SettledSample& s = samples[i];
    const auto out_of_reach = [&](const SettledSample& later) {
      return later.t > s.t + kReleaseSeconds || later.stratum != s.stratum;
    };
    while (!ahead.empty() && out_of_reach(samples[ahead.front()])) ahead.pop_front();
    while (!ahead.empty() && samples[ahead.back()].mb >= s.mb) ahead.pop_back();
    ahead.push_back(i);
    good[i] = s.mb - samples[ahead.front()].mb <= allowed;
  }
  std::size_t out = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (good[i]) samples[out++] = samples[i];
  }
  samples.resize(out);
}

std::vector<SettledSample> settled_samples(const LeakSeries& series, std::uint32_t first_stratum) {
  std::vector<SettledSample> out;
  const IdleIntervals idle(all_runs(series.runs()), series.first_up_t(), series.last_up_t());
  for (const KeptSample& s : series.floor_samples()) {
    if (idle.settled(s.t)) out.push_back({s.t, s.mb, first_stratum + s.segment});
  }
  if (out.size() < kMinSettled) return {};
  drop_undercut(out);
  if (out.size() < kMinSettled) return {};
  return out;
}

}  // namespace

IdleIntervals::IdleIntervals(std::span<const RunLog::Run> runs, double first_t, double last_t)
    : starts_(sorted_starts(runs)), ends_(sorted_ends(runs)), first_t_(first_t), last_t_(last_t) {}

bool IdleIntervals::settled(double t) const {
  const auto ended = std::lower_bound(ends_.begin(), ends_.end(), t);
  const auto next = std::lower_bound(starts_.begin(), starts_.end(), t);
  const double from = ended == ends_.begin() ? first_t_ : *std::prev(ended);
  const double to = next == starts_.end() ? last_t_ : *next;
  return t >= 0.5 * (from + to) - kSettledSlackSeconds;
}

std::vector<SettledProcess> collect_settled(SeriesGroup group) {
  std::vector<SettledProcess> out;
  std::uint32_t strata = 0;
  for (const LeakSeries* series : group) {
    if (series->floor_kind() != LeakSeries::FloorKind::tagged) continue;
    std::vector<SettledSample> samples = settled_samples(*series, strata);
    if (samples.empty()) continue;
    strata = samples.back().stratum + 1;
    out.push_back({series, std::move(samples)});
  }
  return out;
}

}  // namespace memlog::stats
