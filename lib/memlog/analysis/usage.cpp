#include "memlog/analysis/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/base/counted.h"
#include "memlog/base/size.h"

namespace memlog {

namespace {

// A gap is longer than five minutes, than three typical intervals, and than two of the longer ones.
constexpr double kGapAtLeastS = 300;

}  // namespace

void Usage::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
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
    ++samples_;
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
  }
}

void Usage::hold(const Held& held) {
  time_at_.add(tenths(held.rss_mb), held.ns);
  if (!system_) return;
  if (is_known(held.available_mb)) available_.add(tenths(held.available_mb), held.ns);
  if (is_known(held.free_percent)) free_.add(tenths(held.free_percent), held.ns);
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
  return Value::Object{{"samples", samples_},
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
  const auto column = [&](const char* heading, int drop) { table.columns.push_back({.heading = heading, .right = true, .drop = drop}); };
  column("CURRENT MB", 0);
  column("AVERAGE MB", 0);
  column("MIN MB", 2);
  column("P50 MB", 4);
  column("P95 MB", 1);
  column("P99 MB", 3);
  column("MAX MB", 0);
  column("SAMPLES", 0);
  table.rows.push_back({{current_mb_}, {rss_.mean()}, {min_mb_}, {rss_.quantile(0.5)}, {rss_.quantile(0.95)}, {rss_.quantile(0.99)}, {max_mb_}, {samples_}});
  return table;
}

ZoneTimes Usage::zone_times(const Zones& zones, bool keep) const {
  ZoneTimes times(zones);
  if (keep) times.keep();
  for (const auto& [key, ns] : time_at_.sorted()) times.hold_rss(key, ns);
  for (const auto& [key, ns] : available_.sorted()) times.hold_available(key, ns);
  for (const auto& [key, ns] : free_.sorted()) times.hold_free(key, ns);
  return times;
}

Value Usage::gc_value() const {
  return Value::Object{{"count", collections_}, {"collected", collections_ == 0 ? Value() : Value(collected_)}, {"freed_mb", freed_known_ ? rounded(freed_mb_, 4) : Value()}};
}

std::string Usage::gc_text() const {
  if (collections_ == 0) return {};
  std::string text = counted(collections_, "garbage collection") + ": " + counted(static_cast<std::uint64_t>(collected_), "object");
  if (freed_known_) text += fmt::format(", {:.1f} MB freed", freed_mb_);
  if (freed_known_ && collections_ > 1) text += fmt::format(", {:.1f} MB each", freed_mb_ / static_cast<double>(collections_));
  return text;
}

}  // namespace memlog
