#include "memlog/analysis/crash_life.h"

#include <algorithm>
#include <cmath>

#include "memlog/format/format.h"

namespace memlog::crash {

namespace {

constexpr std::size_t kAlerts = 256;
constexpr double kDefaultPeriodS = 300;
constexpr double kLargestMb = 1e8;  // 100 TB: more is no memory

}  // namespace

void Life::add_reading(const Event& event, const EventBatch& batch) {
  if (event.time.known()) {
    if (goodbye_time.known() && event.time.ns - goodbye_time.ns > kStopsWithinNs) {
      shut_down = false;
      goodbye_time = {};
    }
    if (!first_time.known()) first_time = event.time;
    note_clock(event.time.ns, event.input);
    if (last_time.known() && event.time.ns > last_time.ns) {
      intervals_.push_back(static_cast<double>(event.time.ns - last_time.ns) / 1e9);
      if (intervals_.size() > kIntervals) intervals_.pop_front();
    }
    last_time = event.time;
    last_source = {event.input, event.line};
    last_format = event.format;
  }
  if (is_known(event.limit_mb)) stated_limit_mb = event.limit_mb;
  const SourceLine here{event.input, event.line};
  if (is_known(event.container_mb)) container_source = here;
  if (is_known(event.available_mb)) system_source = here;
  if (event.metrics_count > 0) counters_source = here;
  note_container(event);
  if (is_known(event.free_percent)) last_free_percent = event.free_percent;
  if (is_known(event.available_mb)) last_available_mb = event.available_mb;
  for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
    const Metric& metric = batch.metrics[event.metrics_begin + i];
    const auto known = std::find_if(metrics.begin(), metrics.end(), [&](const Metric& m) { return m.name == metric.name; });
    if (known == metrics.end()) {
      if (metrics.size() == 64) continue;
      metrics.push_back(metric);
      highs.push_back({metric.value, 1});
      continue;
    }
    known->value = metric.value;
    High& high = highs[static_cast<std::size_t>(known - metrics.begin())];
    if (!(high.value >= metric.value)) high.value = metric.value;
    ++high.times;
  }
  host = event.host;
  learn_period(batch.context_of(event));
  if (event.is(flag::kShutdown)) shut_down = true;
  if (event.alert != Alert::none && event.time.known() && !event.is(flag::kFirstAfterStart)) {
    for (const auto& [bit, alert] : {std::pair{flag::kSpike, Alert::spike}, std::pair{flag::kHigh, Alert::high}, std::pair{flag::kCritical, Alert::critical}}) {
      if (event.is(bit)) alerts_.push_back({event.time.ns, alert});
    }
    while (alerts_.size() > kAlerts) alerts_.pop_front();
  }
  const double used = is_known(event.container_mb) ? std::max(event.container_mb, is_known(event.rss_mb) ? event.rss_mb : event.container_mb) : event.rss_mb;
  if (event.is(flag::kCritical)) {
    critical_time = event.time;
    critical_source = {event.input, event.line};
    critical_mb = used;
    lowest_since_critical_mb = used;
  } else if (critical_time.known() && is_known(used)) {
    lowest_since_critical_mb = std::min(lowest_since_critical_mb, used);
  }
  if (!is_known(event.rss_mb)) return;
  if (!is_known(first_rss_mb)) first_rss_mb = event.rss_mb;
  last_rss_mb = event.rss_mb;
  if (!(highest_mb >= event.rss_mb)) highest_mb = event.rss_mb;
  rss_sum_ += nearest(std::clamp(event.rss_mb, 0.0, kLargestMb) * 10'000.0);
  ++readings;
  if (!event.time.known()) return;
  recent_.add({event.time.ns + clock_back_ns, event.rss_mb, batch.metric_of(event, name::kQueue)});
}

// Its log's clock falls back, as at the end of daylight saving time: by what falls short of the next reading, or the hour that this
// is nearly.
void Life::note_clock(std::int64_t ns, std::uint16_t input) {
  constexpr std::int64_t kDisorderNs = 90 * kNanosPerSecond;
  constexpr std::int64_t kMostNs = 3 * 3600 * kNanosPerSecond;
  constexpr std::int64_t kHourNs = 3600 * kNanosPerSecond;
  const std::int64_t back = last_time.known() && last_source.input == input ? last_time.ns - ns : 0;
  if (back <= kDisorderNs || back > kMostNs) return;
  const auto period_ns = static_cast<std::int64_t>((intervals_.empty() ? 0.0 : intervals_.back()) * 1e9);
  const std::int64_t step = back + period_ns;
  clock_back_ns += std::abs(step - kHourNs) <= std::max(2 * period_ns, 5 * 60 * kNanosPerSecond) && back <= kHourNs ? kHourNs : step;
}

// What the platform measures of the container, until memory shows that another process runs in it, or nothing has been measured
// for twice as long as before.
void Life::note_container(const Event& event) {
  constexpr double kFallen = 0.5;
  constexpr std::int64_t kFreshNs = 60 * kNanosPerSecond;
  if (is_known(event.container_mb)) {
    if (container_time_.known() && event.time.known()) container_gap_ns_ = event.time.ns - container_time_.ns;
    container_time_ = event.time;
    last_container_mb = event.container_mb;
    rss_in_container_ = is_known(event.rss_mb) ? event.rss_mb : last_rss_mb;
    return;
  }
  if (!is_known(last_container_mb) || !is_known(event.rss_mb)) return;
  const bool stale = container_gap_ns_ > 0 && event.time.known() && event.time.ns - container_time_.ns > std::max(kFreshNs, 2 * container_gap_ns_);
  if (stale || event.rss_mb < kFallen * rss_in_container_) last_container_mb = kMissing;
}

void Life::learn_period(std::string_view context) {
  constexpr std::string_view kEvery = "Auto-check every ";
  if (!context.starts_with(kEvery)) return;
  std::string_view number = context.substr(kEvery.size());
  if (const auto seconds = take_decimal(number); seconds && *seconds > 0 && number.starts_with("s")) told_period_s = *seconds;
}

void Life::add_context(const Event& event, std::string_view context) {
  learn_period(context);
  operations_.add_context(event, context);
}

void Life::add_run_end(const Run& run, double kept_share) {
  constexpr double kHeavyMb = 20;
  if (run.outcome != RunOutcome::finished || !is_known(run.peak_mb) || !is_known(run.start_mb) || !is_known(run.last_mb)) return;
  const double took = run.peak_mb - run.start_mb;
  if (took < kHeavyMb) return;
  ++releases.heavy_runs;
  if (run.last_mb - run.start_mb < kept_share * took) return;
  ++releases.kept_most;
  releases.task = run.task;
  releases.source = {run.input, run.end_line};
}

double Life::period_s() const {
  if (is_known(told_period_s)) return told_period_s;
  if (intervals_.size() < 3) return kDefaultPeriodS;
  std::vector<double> sorted(intervals_.begin(), intervals_.end());
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
  return sorted[sorted.size() / 2];
}

bool Life::is_regular() const {
  constexpr std::size_t kFewest = 5;
  constexpr double kOff = 0.1;
  if (intervals_.size() < kFewest) return false;
  const double period = period_s();
  const auto on_beat = std::count_if(intervals_.begin(), intervals_.end(), [&](double interval) { return std::fabs(interval - period) <= kOff * period; });
  return 5 * static_cast<std::size_t>(on_beat) >= 4 * intervals_.size();
}

Life::Growth Life::growth() const {
  Growth growth;
  const std::span<const Reading> recent = recent_.all();
  if (recent.size() < 2) return growth;
  // The last of the lowest: growth starts where memory last was that low.
  const Reading* lowest = &recent.front();
  for (const Reading& reading : recent) {
    if (reading.rss_mb <= lowest->rss_mb) lowest = &reading;
  }
  const Reading& end = recent.back();
  if (end.ns <= lowest->ns) return growth;
  growth.window_s = static_cast<double>(end.ns - lowest->ns) / 1e9;
  growth.start_mb = lowest->rss_mb;
  growth.end_mb = end.rss_mb;
  growth.mb_per_hour = (end.rss_mb - lowest->rss_mb) / growth.window_s * 3600.0;
  return growth;
}

Life::Climb Life::queue_climb() const {
  Climb climb;
  for (const Reading& reading : recent_.all()) {
    if (!is_known(reading.queue)) continue;
    if (climb.readings == 0) climb.first = reading.queue;
    else if (reading.queue > climb.last) ++climb.rises;
    else if (reading.queue < climb.last) climb.fell = true;
    climb.last = reading.queue;
    ++climb.readings;
  }
  return climb;
}

double Life::grown_in(double seconds) const {
  const std::span<const Reading> recent = recent_.all();
  if (recent.empty()) return kMissing;
  const std::int64_t at = recent.back().ns - static_cast<std::int64_t>(seconds * 1e9);
  const Reading* before = nullptr;
  for (const Reading& reading : recent) {
    if (reading.ns > at) break;
    before = &reading;
  }
  const Reading& last = recent.back();
  if (before == nullptr || before->ns >= last.ns) return kMissing;
  return (last.rss_mb - before->rss_mb) * seconds / (static_cast<double>(last.ns - before->ns) / 1e9);
}

Life::Alerts Life::recent_alerts() const {
  Alerts count;
  for (const AlertMark& mark : alerts_) {
    if (last_time.known() && mark.ns < last_time.ns - RecentReadings::kNs) continue;
    if (mark.alert == Alert::spike) ++count.spikes;
    if (mark.alert == Alert::high) ++count.high;
    if (mark.alert == Alert::critical) ++count.critical;
  }
  return count;
}

}  // namespace memlog::crash
