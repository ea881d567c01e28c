#include "memlog/analysis/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/base/error.h"
#include "memlog/base/size.h"

namespace memlog {

namespace {

// A process that is read less often than this is not known to have stayed where it was seen.
constexpr std::int64_t kCoveredNs = 3600 * kNanosPerSecond;

// A gap is longer than five minutes, than three typical intervals, and than two of the longer ones.
constexpr double kGapAtLeastS = 300;

constexpr std::size_t kMostSteps = 1 << 16;

// Beyond that many different values, which no real log has, the rest is counted at its neighbour.
void add_time(std::map<std::int64_t, std::int64_t>& times, std::int64_t key, std::int64_t ns) {
  if (times.size() >= kMostSteps && !times.contains(key)) {
    const auto near = times.lower_bound(key);
    key = near == times.end() ? times.rbegin()->first : near->first;
  }
  times[key] += ns;
}

std::int64_t tenths(double value) { return std::llround(value * 10.0); }

std::int64_t time_below(const std::map<std::int64_t, std::int64_t>& times, std::int64_t key) {
  std::int64_t sum = 0;
  for (auto at = times.begin(); at != times.end() && at->first < key; ++at) sum += at->second;
  return sum;
}

std::int64_t total(const std::map<std::int64_t, std::int64_t>& times) {
  std::int64_t sum = 0;
  for (const auto& [key, ns] : times) sum += ns;
  return sum;
}

}  // namespace

Zones preset_zones(const std::string& name) {
  if (name == "render-512") {
    return {name, {{"healthy", 0, Tone::good}, {"high", 350, Tone::warning}, {"critical", 450, Tone::bad}, {"crash imminent", 500, Tone::bad}}};
  }
  if (name == "host-2gb") return {name, {{"good", 0, Tone::good}, {"warning", 1000, Tone::warning}, {"critical", 1500, Tone::bad}}, 500, 25};
  throw Error("unknown preset '" + name + "'", "one of: render-512, host-2gb");
}

Zones limit_zones(const Limit& limit) {
  if (!is_known(limit.mb)) return {};
  return {"limit", {{"normal", 0, Tone::good}, {"high", 0.70 * limit.mb, Tone::warning}, {"critical", 0.90 * limit.mb, Tone::bad}, {"at the limit", 0.97 * limit.mb, Tone::bad}}};
}

void Usage::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    const bool ends = event.kind == EventKind::restart || is_death(event.kind) || event.kind == EventKind::worker_started ||
                      event.kind == EventKind::worker_exited || event.is(flag::kBoot);
    if (ends && event.process < lasts_.size()) lasts_[event.process] = {};
    if (!event.is(flag::kRecord | flag::kSelected)) continue;
    note_gap(event);
    if (event.kind == EventKind::gc) {
      ++collections_;
      const double collected = slice.batch.metric_of(event, name::kGcCollected);
      const double freed = slice.batch.metric_of(event, name::kGcFreedMb);
      if (is_known(collected)) collected_ += collected;
      if (is_known(freed)) freed_mb_ += freed;
      freed_known_ |= is_known(freed);
    }
    if (!event.is(flag::kSample) || !is_known(event.rss_mb)) continue;
    rss_.add(event.rss_mb);
    current_mb_ = event.rss_mb;
    if (!(min_mb_ <= event.rss_mb)) min_mb_ = event.rss_mb;
    if (!(max_mb_ >= event.rss_mb)) max_mb_ = event.rss_mb;
    if (event.time.known()) {
      if (!first_.known()) first_ = event.time;
      last_ = event.time;
    }
    if (!event.is(flag::kFirstAfterStart)) {
      alerts_.spikes += event.is(flag::kSpike) ? 1 : 0;
      alerts_.high += event.is(flag::kHigh) ? 1 : 0;
      alerts_.critical += event.is(flag::kCritical) ? 1 : 0;
    }
    note_time(event);
  }
}

void Usage::note_time(const Event& event) {
  if (event.process >= lasts_.size()) lasts_.resize(event.process + 1);
  Last& last = lasts_[event.process];
  // What was read holds until the next reading.
  const std::int64_t ns = event.time.known() && last.time.known() ? event.time.ns - last.time.ns : 0;
  if (ns > 0 && ns <= kCoveredNs) {
    add_time(time_at_, tenths(last.rss_mb), ns);
    if (is_known(last.available_mb)) add_time(available_, tenths(last.available_mb), ns);
    if (is_known(last.free_percent)) add_time(free_, tenths(last.free_percent), ns);
  }
  last = {event.time, event.rss_mb, event.available_mb, event.free_percent};
}

void Usage::note_gap(const Event& event) {
  if (!event.time.known() || !event.time.dated || event.kind == EventKind::operation) return;
  if (pending_.from.known() && event.time.ns > pending_.from.ns) {
    Gap gap = pending_;
    gap.to = event.time;
    gap.seconds = static_cast<double>(event.time.ns - gap.from.ns) / 1e9;
    intervals_.add(gap.seconds);
    if (gap.seconds > kGapAtLeastS && longest_.wants(gap.seconds)) longest_.add(gap.seconds, gap);
  }
  pending_.from = event.time;
  pending_.input = event.input;
  pending_.line = event.line;
}

std::vector<Usage::Gap> Usage::gaps() const {
  const double least = std::max({kGapAtLeastS, 3 * intervals_.quantile(0.5), 2 * intervals_.quantile(0.95)});
  std::vector<Gap> found;
  for (const Gap& gap : longest_.sorted()) {
    if (gap.seconds > least) found.push_back(gap);
  }
  std::sort(found.begin(), found.end(), [](const Gap& a, const Gap& b) { return a.from.ns < b.from.ns; });
  return found;
}

Value Usage::usage_value() const {
  return Value::Object{{"samples", rss_.count()},
                       {"first_time", Value(first_)},
                       {"last_time", Value(last_)},
                       {"current_mb", current_mb_},
                       {"avg_mb", rss_.mean()},
                       {"min_mb", min_mb_},
                       {"p50_mb", rounded(rss_.quantile(0.5), 6)},
                       {"p95_mb", rounded(rss_.quantile(0.95), 6)},
                       {"p99_mb", rounded(rss_.quantile(0.99), 6)},
                       {"max_mb", max_mb_},
                       {"alerts", Value::Object{{"spikes", alerts_.spikes}, {"high", alerts_.high}, {"critical", alerts_.critical}}}};
}

Table Usage::usage_table() const {
  Table table;
  for (const char* heading : {"CURRENT MB", "AVERAGE MB", "MIN MB", "P50 MB", "P95 MB", "P99 MB", "MAX MB", "SAMPLES"}) table.columns.push_back({heading, true});
  table.rows.push_back({{current_mb_}, {rss_.mean()}, {min_mb_}, {rss_.quantile(0.5)}, {rss_.quantile(0.95)}, {rss_.quantile(0.99)}, {max_mb_}, {rss_.count()}});
  return table;
}

std::vector<Usage::Share> Usage::shares(const Zones& zones) const {
  std::vector<Share> found;
  const std::int64_t all = total(time_at_);
  const auto add = [&](const std::string& name, double from, double to, std::int64_t ns, std::int64_t of, Tone tone) {
    found.push_back({name, from, to, static_cast<double>(ns) / 1e9, of > 0 ? static_cast<double>(ns) / static_cast<double>(of) : kMissing, tone});
  };
  for (std::size_t i = 0; i < zones.zones.size(); ++i) {
    const bool highest = i + 1 == zones.zones.size();
    const double from = zones.zones[i].from_mb;
    const double to = highest ? kMissing : zones.zones[i + 1].from_mb;
    // A reading of a tenth belongs to the zone whose lower end it has reached.
    const auto key = [](double mb) { return static_cast<std::int64_t>(std::ceil(mb * 10.0 - 1e-6)); };
    const std::int64_t below = time_below(time_at_, key(from));
    add(zones.zones[i].name, from, to, (highest ? all : time_below(time_at_, key(to))) - below, all, zones.zones[i].tone);
  }
  if (is_known(zones.available_mb) && !available_.empty()) {
    add(fmt::format("system: below {:.0f} MB available", zones.available_mb), kMissing, kMissing, time_below(available_, tenths(zones.available_mb)), total(available_), Tone::bad);
  }
  if (is_known(zones.free_percent) && !free_.empty()) {
    add(fmt::format("system: below {:.0f} % free", zones.free_percent), kMissing, kMissing, time_below(free_, tenths(zones.free_percent)), total(free_), Tone::bad);
  }
  return found;
}

Value Usage::zones_value(const Zones& zones) const {
  Value::List list;
  for (const Share& share : shares(zones)) {
    list.emplace_back(Value::Object{{"zone", share.name}, {"from_mb", rounded(share.from_mb, 4)}, {"to_mb", rounded(share.to_mb, 4)}, {"seconds", rounded(share.seconds, 3)}, {"share", rounded(share.share, 6)}});
  }
  return list;
}

Table Usage::zones_table(const Zones& zones) const {
  Table table;
  table.columns = {{"ZONE"}, {"FROM MB", true}, {"TO MB", true}, {"TIME", true}, {"SHARE %", true}};
  for (const Share& share : shares(zones)) {
    table.rows.push_back({{share.name, share.seconds > 0 ? share.tone : Tone::plain}, {share.from_mb}, {share.to_mb}, {format_duration(share.seconds)}, {share.share * 100.0}});
  }
  return table;
}

Value Usage::gc_value() const {
  return Value::Object{{"count", collections_}, {"collected", collections_ == 0 ? Value() : Value(collected_)}, {"freed_mb", freed_known_ ? rounded(freed_mb_, 4) : Value()}};
}

std::string Usage::gc_text() const {
  if (collections_ == 0) return {};
  std::string text = fmt::format("{} garbage collection{}: {:.0f} objects", collections_, collections_ == 1 ? "" : "s", collected_);
  if (freed_known_) text += fmt::format(", {:.1f} MB freed, {:.1f} MB each", freed_mb_, freed_mb_ / static_cast<double>(collections_));
  return text;
}

}  // namespace memlog
