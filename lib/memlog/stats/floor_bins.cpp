#include "memlog/stats/floor_bins.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "memlog/stats/ar1_fit.h"
#include "memlog/stats/leak_constants.h"
#include "memlog/stats/linear_fit.h"
#include "memlog/stats/quantile.h"
#include "memlog/stats/student_t.h"

namespace memlog::stats {
namespace {

// Bins a stratum's samples [begin, end) into one point.
FloorBin make_bin(const FloorSet& floor, std::uint32_t stratum, std::size_t begin, std::size_t end,
                  std::vector<double>& scratch) {
  const std::span<const FloorSample> samples = std::span(floor.samples).subspan(begin, end - begin);
  FloorBin out;
  for (const FloorSample& s : samples) out.t_hours += s.t_hours;
  out.t_hours /= static_cast<double>(samples.size());
  out.age_hours = out.t_hours - floor.samples[floor.strata[stratum].begin].t_hours;
  out.stratum = stratum;
  scratch.clear();
  for (const FloorSample& s : samples) scratch.push_back(s.mb);
  out.mb = quantile_in_place(scratch, floor.tagged ? kTaggedQuantile : kUntaggedQuantile);
  out.sessions = samples.front().sessions;
  const auto changes = [&](const FloorSample& s) { return s.sessions != out.sessions; };
  if (std::none_of(samples.begin(), samples.end(), changes)) return out;
  scratch.clear();
  for (const FloorSample& s : samples) scratch.push_back(s.sessions);
  out.sessions = median_in_place(scratch);
  return out;
}

double bin_number(double since_start, double width) { return std::floor(since_start / width + kBinEdgeSlack); }

// Places of the falls that only a collection makes, within one stratum.
std::vector<std::size_t> large_falls(std::span<const FloorSample> samples) {
  std::vector<double> steps;
  RunningLine line;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    line.add(samples[i].t_hours, samples[i].mb);
    if (i > 0) steps.push_back(samples[i].mb - samples[i - 1].mb);
  }
  std::vector<double> off_line;
  const RunningLine::Fitted fitted = line.fitted();
  const bool sloped = !std::isnan(fitted.slope);
  for (const FloorSample& s : samples) off_line.push_back(s.mb - (sloped ? fitted.at(s.t_hours) : 0.0));
  const double top = quantile_in_place(off_line, kHeightQuantile);
  const double height = top - quantile_in_place(off_line, 1.0 - kHeightQuantile);
  const double fall = std::max(kFallSigmas * robust_deviation(steps), kFallShare * height);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] < -fall) out.push_back(i + 1);
  }
  return out;
}

void add_troughs(const FloorSet& floor, std::uint32_t number, std::vector<FloorBin>& out) {
  const Stratum& stratum = floor.strata[number];
  const auto samples = std::span(floor.samples).subspan(stratum.begin, stratum.end - stratum.begin);
  if (samples.size() < kMinTroughStratum) return;
  const std::vector<std::size_t> falls = large_falls(samples);
  if (falls.size() < kMinFalls) return;
  for (const std::size_t fall : falls) {
    const auto window = samples.subspan(fall, std::min(kTroughWindow, samples.size() - fall));
    const auto lower = [](const FloorSample& a, const FloorSample& b) { return a.mb < b.mb; };
    const FloorSample& lowest = *std::min_element(window.begin(), window.end(), lower);
    out.push_back({lowest.t_hours, lowest.mb, lowest.t_hours - samples.front().t_hours, 0.0, number});
  }
}

struct Resolution {
  FloorBins floor;
  double half_width = 0.0;
};

// Bin widths doubling from the finest that makes sense.
std::vector<Resolution> bin_resolutions(const FloorSet& floor) {
  std::vector<Resolution> out;
  const bool few = static_cast<double>(floor.samples.size()) <= kFineBins;
  double width = std::max(floor.span_hours / kFineBins, floor.interval_hours * (few ? 1.0 : 2.0));
  if (!(width > 0.0)) return out;
  const std::size_t enough = std::max(kMinBins, kMinBinsPerStratum * floor.strata.size());
  do {
    FloorBins bins = bin_floor(floor, width);
    if (bins.bins.size() < enough && !out.empty()) break;
    if (const auto half_width = line_half_width(bins)) out.push_back({std::move(bins), *half_width});
    width *= 2.0;
  } while (width <= floor.span_hours * kCoarsestBin);
  return out;
}

}  // namespace

FloorBins bin_floor(const FloorSet& floor, double width) {
  FloorBins out;
  out.width = width;
  std::vector<double> scratch;
  for (std::size_t s = 0; s < floor.strata.size(); ++s) {
    const Stratum& stratum = floor.strata[s];
    const double start = floor.samples[stratum.begin].t_hours;
    const auto number_at = [&](std::size_t i) { return bin_number(floor.samples[i].t_hours - start, width); };
    for (std::size_t begin = stratum.begin, end = begin; begin < stratum.end; begin = end) {
      const double number = number_at(begin);
      while (end < stratum.end && number_at(end) == number) ++end;
      out.bins.push_back(make_bin(floor, static_cast<std::uint32_t>(s), begin, end, scratch));
    }
  }
  return out;
}

std::optional<FloorBins> find_troughs(const FloorSet& floor) {
  FloorBins out;
  out.troughs = true;
  for (std::uint32_t s = 0; s < floor.strata.size(); ++s) add_troughs(floor, s, out.bins);
  if (out.bins.size() < kMinTroughs || out.bins.size() > kMaxTroughs) return std::nullopt;
  std::vector<double> distances;
  for (std::size_t i = 1; i < out.bins.size(); ++i) {
    const double distance = out.bins[i].t_hours - out.bins[i - 1].t_hours;
    if (distance > 0.0) distances.push_back(distance);
  }
  if (distances.empty()) return std::nullopt;
  out.width = median_in_place(distances);
  return out;
}

std::optional<double> line_half_width(const FloorBins& floor) {
  Ar1Design design(floor.bins, floor.width, kShapePhis);
  std::array<Column, 1> time;
  for (const FloorBin& bin : floor.bins) time[0].push_back(bin.t_hours);
  const std::optional<Ar1Fit> fit = design.fit(time);
  if (!fit) return std::nullopt;
  const Contrast slope = design.contrast(time, *fit, {1.0});
  return slope.error * student_t_quantile(kIntervalQuantile, slope.df);
}

std::optional<FloorBins> best_resolution(const FloorSet& floor) {
  std::vector<Resolution> found = bin_resolutions(floor);
  if (std::optional<FloorBins> troughs = find_troughs(floor)) {
    if (const auto half_width = line_half_width(*troughs)) found.push_back({std::move(*troughs), *half_width});
  }
  if (found.empty()) return std::nullopt;
  const auto more_precise = [](const Resolution& a, const Resolution& b) { return a.half_width < b.half_width; };
  const double limit = kResolutionSlack * std::min_element(found.begin(), found.end(), more_precise)->half_width;
  Resolution* finest = nullptr;
  for (Resolution& r : found) {
    if (r.half_width <= limit && (finest == nullptr || r.floor.width < finest->floor.width)) finest = &r;
  }
  return std::move(finest->floor);
}

}  // namespace memlog::stats
