#include "memlog/stats/culprit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "memlog/stats/ar1_fit.h"
#include "memlog/stats/leak_constants.h"
#include "memlog/stats/quantile.h"
#include "memlog/stats/settled_floor.h"
#include "memlog/stats/task_counts.h"

namespace memlog::stats {
namespace {

constexpr std::size_t kNoBin = static_cast<std::size_t>(-1);

// The settled samples of all processes as fine bins, each the lower half of its samples.
class SettledBins {
 public:
  explicit SettledBins(const std::vector<SettledProcess>& processes) : processes_(processes) {
    start_ = processes.front().samples.front().t;
    for (const SettledProcess& p : processes) start_ = std::min(start_, p.samples.front().t);
    choose_width();
    if (!(width_ > 0.0)) return;
    for (const SettledProcess& p : processes) bin_process(p.samples);
  }

  const std::vector<FloorBin>& bins() const { return bins_; }
  double width() const { return width_; }
  double hours(double t) const { return (t - start_) / 3600.0; }

  // Mean number of finished runs over the samples of each bin.
  Column runs_of(std::uint32_t task) const {
    Column out(bins_.size(), 0.0);
    std::size_t place = 0;
    for (const SettledProcess& process : processes_) {
      const RunCounter counter(*process.series, task);
      for (const SettledSample& s : process.samples) {
        const std::size_t bin = bin_of_[place++];
        if (bin != kNoBin) out[bin] += counter.before(s.t) / static_cast<double>(in_bin_[bin]);
      }
    }
    return out;
  }

 private:
  void choose_width() {
    std::vector<double> distances;
    double span = 0.0;
    for (const SettledProcess& process : processes_) {
      for (std::size_t i = 1; i < process.samples.size(); ++i) {
        if (process.samples[i].stratum != process.samples[i - 1].stratum) continue;
        distances.push_back((process.samples[i].t - process.samples[i - 1].t) / 3600.0);
        span += distances.back();
      }
    }
    if (!distances.empty()) width_ = std::max(span / kCulpritBins, kCulpritBinSamples * median_in_place(distances));
  }

  void bin_process(const std::vector<SettledSample>& samples) {
    for (std::size_t begin = 0, end = 0; begin < samples.size(); begin = end) {
      while (end < samples.size() && samples[end].stratum == samples[begin].stratum) ++end;
      const auto number_at = [&](std::size_t i) {
        return std::floor((hours(samples[i].t) - hours(samples[begin].t)) / width_ + kBinEdgeSlack);
      };
      for (std::size_t from = begin, to = begin; from < end; from = to) {
        const double number = number_at(from);
        while (to < end && number_at(to) == number) ++to;
        add_bin(std::span(samples).subspan(from, to - from));
      }
    }
  }

  void add_bin(std::span<const SettledSample> samples) {
    std::vector<std::size_t> order(samples.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto lower = [&](std::size_t a, std::size_t b) { return samples[a].mb < samples[b].mb; };
    std::stable_sort(order.begin(), order.end(), lower);
    order.resize((samples.size() + 1) / 2);
    const std::size_t offset = bin_of_.size();
    bin_of_.resize(offset + samples.size(), kNoBin);
    FloorBin bin;
    bin.stratum = samples.front().stratum;
    const double count = static_cast<double>(order.size());
    for (const std::size_t i : order) {
      bin.t_hours += hours(samples[i].t) / count;
      bin.mb += samples[i].mb / count;
      bin_of_[offset + i] = bins_.size();
    }
    bins_.push_back(bin);
    in_bin_.push_back(order.size());
  }

  const std::vector<SettledProcess>& processes_;
  double start_ = 0.0;
  double width_ = 0.0;
  std::vector<FloorBin> bins_;
  std::vector<std::size_t> bin_of_;    // of each sample, process after process; kNoBin in upper halves
  std::vector<std::size_t> in_bin_;    // samples that count
};

struct TimeModel {
  double bic = 0.0;
  double slope = 0.0;    // of the straight line, MB per hour
};

// Growth by the clock: a straight line, or one that begins late.
std::optional<TimeModel> fit_time(Ar1Design& design, const std::vector<FloorBin>& bins) {
  std::array<Column, 1> column;
  double first = bins.front().t_hours;
  double last = first;
  for (const FloorBin& bin : bins) {
    column[0].push_back(bin.t_hours);
    first = std::min(first, bin.t_hours);
    last = std::max(last, bin.t_hours);
  }
  const std::optional<Ar1Fit> line = design.fit(column);
  if (!line) return std::nullopt;
  TimeModel out{line->bic, line->b[0]};
  const Grid& onsets = kCulpritOnsets;
  for (int k = 0; k < onsets.count; ++k) {
    const double theta = onsets.from + (onsets.to - onsets.from) * k / (onsets.count - 1);
    const double knot = first + theta * (last - first);
    std::size_t after = 0;
    for (std::size_t i = 0; i < bins.size(); ++i) {
      column[0][i] = std::max(0.0, bins[i].t_hours - knot);
      after += column[0][i] > 0.0 ? 1 : 0;
    }
    if (after < kMinPhaseBins || bins.size() - after < kMinPhaseBins) continue;
    const double searched = 2.0 * std::log(static_cast<double>(onsets.count));
    if (const std::optional<Ar1Fit> late = design.fit(column)) out.bic = std::min(out.bic, late->bic + searched);
  }
  return out;
}

struct TaskModel {
  std::uint32_t task = 0;
  double bic = 0.0;
  double per_run = 0.0;
};

std::optional<TaskModel> best_task(SeriesGroup group, Ar1Design& design, const SettledBins& settled) {
  std::optional<TaskModel> best;
  for (const std::uint32_t task : frequent_tasks(group)) {
    const std::array<Column, 1> runs = {settled.runs_of(task)};
    const auto [fewest, most] = std::minmax_element(runs[0].begin(), runs[0].end());
    if (*most - *fewest < kMinRuns) continue;
    const std::optional<Ar1Fit> fit = design.fit(runs);
    if (fit && (!best || fit->bic < best->bic)) best = TaskModel{task, fit->bic, fit->b[0]};
  }
  return best;
}

// Settled samples between two runs of one task; each interval that shows a trend at all is a stratum.
std::vector<FloorBin> between_runs(const std::vector<SettledProcess>& processes, const SettledBins& settled,
                                   std::uint32_t task) {
  std::vector<FloorBin> out;
  std::uint32_t groups = 0;
  for (const SettledProcess& process : processes) {
    const LeakSeries& series = *process.series;
    const RunLog::Task* found = series.runs().find(task);
    const std::vector<RunLog::Run> runs = found == nullptr ? std::vector<RunLog::Run>{} : found->kept;
    const IdleIntervals idle(runs, series.first_up_t(), series.last_up_t());
    const RunCounter counter(series, task);
    std::vector<FloorBin> group;
    std::pair<std::uint32_t, double> group_key{};
    const auto close = [&] {
      if (group.size() >= kMinInsideGroup) out.insert(out.end(), group.begin(), group.end());
      group.clear();
      ++groups;
    };
    for (const SettledSample& s : process.samples) {
      if (!idle.settled(s.t)) continue;
      const std::pair key{s.stratum, counter.before(s.t)};
      if (!group.empty() && key != group_key) close();
      group_key = key;
      group.push_back({settled.hours(s.t), s.mb, 0.0, 0.0, groups});
    }
    close();
  }
  return out;
}

// Whether the floor clearly grows while the task does not run, compared with its growth over all.
bool grows_without(const std::vector<SettledProcess>& processes, const SettledBins& settled, std::uint32_t task,
                   double slope) {
  const std::vector<FloorBin> inside = between_runs(processes, settled, task);
  if (inside.size() < kMinInside) return false;
  Ar1Design design(inside, settled.width() / 3.0, kCulpritPhis);
  std::array<Column, 1> time;
  for (const FloorBin& bin : inside) time[0].push_back(bin.t_hours);
  const std::optional<Ar1Fit> fit = design.fit(time);
  if (!fit) return false;
  const Contrast within = design.contrast(time, *fit, {1.0});
  return within.estimate - 2.0 * within.error > kInsideShare * slope;
}

}  // namespace

std::optional<Culprit> find_culprit(SeriesGroup group) {
  const std::vector<SettledProcess> processes = collect_settled(group);
  if (processes.empty()) return std::nullopt;
  const SettledBins settled(processes);
  if (settled.bins().empty()) return std::nullopt;
  Ar1Design design(settled.bins(), settled.width(), kCulpritPhis);
  const std::optional<TimeModel> by_time = fit_time(design, settled.bins());
  if (!by_time) return std::nullopt;
  const std::optional<TaskModel> by_task = best_task(group, design, settled);
  if (!by_task || by_task->per_run <= 0.0) return std::nullopt;
  Culprit out;
  out.evidence = by_time->bic - by_task->bic;
  if (out.evidence < -kCulpritEvidence || grows_without(processes, settled, by_task->task, by_time->slope)) {
    return std::nullopt;
  }
  out.task = by_task->task;
  out.runs = total_runs(group, out.task);
  out.kept_mb_per_run = by_task->per_run;
  out.kept_mb = out.kept_mb_per_run * static_cast<double>(out.runs);
  out.certain = out.evidence > kCulpritEvidence;
  return out;
}

}  // namespace memlog::stats
