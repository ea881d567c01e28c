#include "memlog/stats/floor_samples.h"

#include <algorithm>
#include <cmath>

#include "memlog/stats/leak_constants.h"
#include "memlog/stats/quantile.h"

namespace memlog::stats {
namespace {

// A counter keeps its value between the lines that show it; before the first one, that one's.
void fill_sessions(std::vector<KeptSample>& samples) {
  const auto known = [](const KeptSample& s) { return !std::isnan(s.sessions); };
  const auto first = std::find_if(samples.begin(), samples.end(), known);
  float value = first == samples.end() ? 0.0F : first->sessions;
  for (KeptSample& s : samples) {
    if (known(s)) value = s.sessions;
    s.sessions = value;
  }
}

void append(FloorSet& out, std::size_t number, const LeakSeries& series) {
  std::vector<KeptSample> samples = series.floor_samples();
  fill_sessions(samples);
  for (std::size_t begin = 0, end = 0; begin < samples.size(); begin = end) {
    while (end < samples.size() && samples[end].segment == samples[begin].segment) ++end;
    if (end - begin < kMinStratumSamples) continue;
    out.strata.push_back({out.samples.size(), out.samples.size() + end - begin, number, samples[begin].segment});
    for (std::size_t i = begin; i < end; ++i) {
      out.samples.push_back({(samples[i].t - out.start) / 3600.0, samples[i].mb, double{samples[i].sessions}});
    }
  }
}

// Keeps the strata with most samples, in their order; of equal ones the later.
void keep_largest(FloorSet& set, std::size_t limit) {
  if (set.strata.size() <= limit) return;
  std::vector<Stratum> order = set.strata;
  const auto larger = [](const Stratum& a, const Stratum& b) {
    const std::size_t in_a = a.end - a.begin;
    const std::size_t in_b = b.end - b.begin;
    return in_a != in_b ? in_a > in_b : a.begin > b.begin;
  };
  std::sort(order.begin(), order.end(), larger);
  order.resize(limit);
  std::sort(order.begin(), order.end(), [](const Stratum& a, const Stratum& b) { return a.begin < b.begin; });
  std::vector<FloorSample> samples;
  for (Stratum& stratum : order) {
    const std::size_t begin = samples.size();
    for (std::size_t i = stratum.begin; i < stratum.end; ++i) samples.push_back(set.samples[i]);
    stratum.begin = begin;
    stratum.end = samples.size();
  }
  set.samples = std::move(samples);
  set.strata = std::move(order);
}

void measure(FloorSet& set) {
  std::vector<double> distances;
  for (const Stratum& stratum : set.strata) {
    set.span_hours += set.samples[stratum.end - 1].t_hours - set.samples[stratum.begin].t_hours;
    for (std::size_t i = stratum.begin + 1; i < stratum.end; ++i) {
      distances.push_back(set.samples[i].t_hours - set.samples[i - 1].t_hours);
    }
  }
  if (!distances.empty()) set.interval_hours = median_in_place(distances);
}

}  // namespace

FloorSet collect_floor(SeriesGroup group) {
  FloorSet out;
  if (group.empty()) return out;
  out.start = group.front()->first_up_t();
  out.tagged = true;
  for (const LeakSeries* series : group) {
    out.start = std::min(out.start, series->first_up_t());
    out.tagged = out.tagged && series->floor_kind() == LeakSeries::FloorKind::tagged;
  }
  for (std::size_t i = 0; i < group.size(); ++i) append(out, i, *group[i]);
  keep_largest(out, kMaxStrata);
  measure(out);
  return out;
}

}  // namespace memlog::stats
