#include "memlog/analysis/counters.h"

#include <algorithm>
#include <cmath>

#include "memlog/stats/leak_analysis.h"

namespace memlog {

namespace {

constexpr std::size_t kMostTracks = 128;
constexpr std::size_t kMostPoints = 4096;

// Goes with the memory from here on.
constexpr double kCorrelated = 0.6;

// Growth of a counter means something from this share of its usual value per hour.
constexpr double kShareOfMean = 0.02;

// What a log of memory itself derives is no counter.
bool is_counter(NameId metric) {
  return metric != name::kPid && metric != name::kGcCollected && metric != name::kGcFreedMb && metric != name::kGcBeforeMb && metric != name::kGcAfterMb;
}

}  // namespace

void Counters::add(ProcessId process, NameId metric, double t, double rss_mb, double value) {
  if (!is_counter(metric) || !is_known(value) || !is_known(rss_mb)) return;
  // The counters of a process come in the same order again and again.
  const auto matches = [&](const Track& track) { return track.process == process && track.metric == metric; };
  std::size_t at = tracks_.size();
  std::size_t candidate = recent_;
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    candidate = candidate + 1 < tracks_.size() ? candidate + 1 : 0;
    if (matches(tracks_[candidate])) {
      at = candidate;
      break;
    }
  }
  if (at == tracks_.size()) {
    if (tracks_.size() == kMostTracks) return;
    tracks_.emplace_back();
    tracks_.back().process = process;
    tracks_.back().metric = metric;
    tracks_.back().first = value;
  }
  recent_ = at;
  Track& track = tracks_[at];
  if ((track.count++ & (track.stride - 1)) == 0) {  // a power of two
    track.points.push_back({t, value});
    if (track.points.size() == kMostPoints) {
      for (std::size_t i = 0; 2 * i < track.points.size(); ++i) track.points[i] = track.points[2 * i];
      track.points.resize(kMostPoints / 2);
      track.stride *= 2;
    }
  }
  track.last = value;
  const auto n = static_cast<double>(track.count);
  const double rss_step = rss_mb - track.mean_rss;
  track.mean_rss += rss_step / n;
  track.m2_rss += rss_step * (rss_mb - track.mean_rss);
  const double value_step = value - track.mean_value;
  track.mean_value += value_step / n;
  track.m2_value += value_step * (value - track.mean_value);
  track.co_moment += rss_step * (value - track.mean_value);
}

double Counters::correlation(const Track& track) {
  const double scale = std::sqrt(track.m2_rss * track.m2_value);
  return scale > 0 ? track.co_moment / scale : kMissing;
}

std::vector<Correlate> Counters::growing_with_memory(ProcessId process, std::span<const stats::LeakSeries::Segment> segments) const {
  std::vector<Correlate> found;
  for (const Track& track : tracks_) {
    if (track.process != process || !(correlation(track) >= kCorrelated)) continue;
    stats::LeakSeries series(process);
    std::size_t segment = 0;
    for (const Point& point : track.points) {
      while (segment + 1 < segments.size() && point.t >= segments[segment + 1].start) {
        series.restart(segments[segment + 1].start);
        ++segment;
      }
      series.add({.t = point.t, .rss_mb = point.value, .state = stats::SampleState::unknown});
    }
    stats::LeakOptions options;
    options.threshold_mb_per_hour = std::max(kShareOfMean * std::fabs(track.mean_value), 1e-3);
    const stats::LeakReport report = stats::analyse_leaks({&series, 1}, options);
    if (report.verdict() != stats::Verdict::leak) continue;
    found.push_back({track.metric, report.series[*report.answer].slope_mb_per_hour, correlation(track), track.first, track.last});
  }
  std::sort(found.begin(), found.end(), [](const Correlate& a, const Correlate& b) { return a.correlation > b.correlation; });
  return found;
}

}  // namespace memlog
