#include "memlog/analysis/crash_life.h"

#include <algorithm>
#include <cmath>

#include "memlog/format/format.h"

namespace memlog::crash {

namespace {

constexpr std::size_t kAlerts = 256;
constexpr double kDefaultPeriodS = 300;
constexpr std::int64_t kSameOperationNs = 2 * kNanosPerSecond;

// `General` and `Unknown` are what the monitor calls an operation without a name.
std::string_view real_name(std::string_view name) { return name == "General" || name == "Unknown" ? std::string_view{} : name; }

// Only a list tells an operation again; two readings are two operations, however alike.
bool same_operation(const Operation& a, const Operation& b) {
  if (!a.listed && !b.listed) return false;
  if (a.rss_mb != b.rss_mb || std::llabs(a.time.ns - b.time.ns) > kSameOperationNs) return false;
  if (!a.context.empty() && !b.context.empty()) return a.context == b.context;
  return real_name(a.name) == real_name(b.name);
}

}  // namespace

bool Life::tell_again(const Operation& operation) {
  for (auto at = operations_.rbegin(); at != operations_.rend(); ++at) {
    if (!same_operation(*at, operation)) continue;
    // Told before; a list's words are what the user knows it by.
    if (operation.listed && !at->listed) {
      at->name = operation.name;
      at->listed = true;
      at->time = operation.time;
      if (at->context.empty()) at->context = operation.context;
      std::stable_sort(operations_.begin(), operations_.end(), [](const Operation& a, const Operation& b) { return a.time.ns < b.time.ns; });
    }
    return true;
  }
  return false;
}

void Life::add_operation(const Event& event, std::string_view name, std::string_view context) {
  if (!event.time.known() || !is_known(event.rss_mb)) return;
  // The oldest one gives its place, and its strings' room.
  Operation operation;
  if (operations_.size() == kOperations) operation = std::move(spare_);
  operation.time = event.time;
  operation.name = name;
  operation.context = context;
  operation.rss_mb = event.rss_mb;
  operation.listed = event.kind == EventKind::operation;
  operation.process = event.process;
  operation.source = {event.input, event.line};
  any_listed_ |= operation.listed;
  if (any_listed_ && tell_again(operation)) return;
  auto place = operations_.end();
  while (place != operations_.begin() && std::prev(place)->time.ns > operation.time.ns) --place;
  if (place == operations_.end()) operations_.push_back(std::move(operation));
  else operations_.insert(place, std::move(operation));
  if (operations_.size() > kOperations) {
    spare_ = std::move(operations_.front());
    operations_.pop_front();
  }
}

void Life::add_reading(const Event& event, const EventBatch& batch) {
  if (event.time.known()) {
    if (goodbye_time.known() && event.time.ns - goodbye_time.ns > kStopsWithinNs) {
      shut_down = false;
      goodbye_time = {};
    }
    if (!first_time.known()) first_time = event.time;
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
  if (is_known(event.container_mb)) last_container_mb = event.container_mb;
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
  last_rss_mb = event.rss_mb;
  if (!(highest_mb >= event.rss_mb)) highest_mb = event.rss_mb;
  rss_sum_mb += event.rss_mb;
  ++readings;
  if (!event.time.known()) return;
  recent_.push_back({event.time.ns, event.rss_mb, batch.metric_of(event, name::kQueue)});
  while (recent_.size() > kReadings || recent_.front().ns < event.time.ns - kRecentNs) recent_.pop_front();
}

void Life::learn_period(std::string_view context) {
  constexpr std::string_view kEvery = "Auto-check every ";
  if (!context.starts_with(kEvery)) return;
  std::string_view number = context.substr(kEvery.size());
  if (const auto seconds = take_decimal(number); seconds && *seconds > 0 && number.starts_with("s")) told_period_s = *seconds;
}

void Life::add_context(const Event& event, std::string_view context) {
  learn_period(context);
  for (auto at = operations_.rbegin(); at != operations_.rend(); ++at) {
    if (at->time.ns < event.time.ns - kSameOperationNs) return;
    if (at->rss_mb != event.rss_mb || !at->context.empty() || at->time.ns > event.time.ns + kSameOperationNs) continue;
    at->context = context;
    return;
  }
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

std::vector<Operation> Life::last_operations(std::size_t n) const {
  const std::size_t count = std::min(n, operations_.size());
  return {operations_.end() - static_cast<std::ptrdiff_t>(count), operations_.end()};
}

Life::Growth Life::growth() const {
  Growth growth;
  if (recent_.size() < 2) return growth;
  // The last of the lowest: growth starts where memory last was that low.
  auto lowest = recent_.begin();
  for (auto at = recent_.begin(); at != recent_.end(); ++at) {
    if (at->rss_mb <= lowest->rss_mb) lowest = at;
  }
  const Reading& end = recent_.back();
  if (end.ns <= lowest->ns) return growth;
  growth.window_s = static_cast<double>(end.ns - lowest->ns) / 1e9;
  growth.start_mb = lowest->rss_mb;
  growth.end_mb = end.rss_mb;
  growth.mb_per_hour = (end.rss_mb - lowest->rss_mb) / growth.window_s * 3600.0;
  return growth;
}

Life::Climb Life::queue_climb() const {
  Climb climb;
  for (const Reading& reading : recent_) {
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
  if (recent_.empty()) return kMissing;
  const std::int64_t at = recent_.back().ns - static_cast<std::int64_t>(seconds * 1e9);
  const Reading* before = nullptr;
  for (const Reading& reading : recent_) {
    if (reading.ns > at) break;
    before = &reading;
  }
  const Reading& last = recent_.back();
  if (before == nullptr || before->ns >= last.ns) return kMissing;
  return (last.rss_mb - before->rss_mb) * seconds / (static_cast<double>(last.ns - before->ns) / 1e9);
}

Life::Alerts Life::recent_alerts() const {
  Alerts count;
  for (const AlertMark& mark : alerts_) {
    if (last_time.known() && mark.ns < last_time.ns - kRecentNs) continue;
    if (mark.alert == Alert::spike) ++count.spikes;
    if (mark.alert == Alert::high) ++count.high;
    if (mark.alert == Alert::critical) ++count.critical;
  }
  return count;
}

}  // namespace memlog::crash
