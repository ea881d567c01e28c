#include "memlog/assemble/block_builder.h"

// Alerts and what is written around them.
namespace memlog::assemble {

namespace {

constexpr std::size_t kMaxListEntries = 200;

}  // namespace

bool BlockBuilder::take_alert(const Event& part, Part kind) {
  switch (kind) {
    case Part::alert_spike:
    case Part::alert_high: {
      const bool continues = sample_.open && sample_.critical && !sample_.alert && !sample_.tree && near(sample_, part);
      if (!continues) start_sample(part);
      else add_raw(sample_, part);
      sample_.alert = true;
      sample_.event.flags |= kind == Part::alert_spike ? flag::kSpike : flag::kHigh;
      if (kind == Part::alert_spike) {
        sample_.event.delta_mb = part.delta_mb;
        return true;
      }
      if (is_known(part.rss_mb)) sample_.value_mb = part.rss_mb;
      if (is_known(part.limit_mb)) sample_.event.limit_mb = part.limit_mb;
      if (is_known(part.container_mb)) {
        sample_.event.container_mb = part.container_mb;
        container_seen_ = true;
      }
      return true;
    }
    case Part::critical_memory:
    case Part::alert_critical: {
      const bool first = kind == Part::critical_memory;
      const bool continues = sample_.open && (sample_.sirens_only || (!first && sample_.critical_memory && !sample_.critical_alert)) &&
                             near(sample_, part);
      if (!continues) start_sample(part);
      else add_raw(sample_, part);
      sample_.sirens_only = false;
      sample_.critical = true;
      sample_.event.flags |= flag::kCritical;
      if (is_known(part.limit_mb)) sample_.event.limit_mb = part.limit_mb;
      if (first) {
        sample_.critical_memory = true;
        sample_.event.rss_mb = part.rss_mb;
      } else {
        sample_.critical_alert = true;
        sample_.value_mb = part.rss_mb;
      }
      return true;
    }
    case Part::sirens:
      if (sample_.open && sample_.critical && !sample_.sirens_closed && !sample_.tree && near(sample_, part)) {
        sample_.sirens_closed = true;
        add_raw(sample_, part);
        return true;
      }
      start_sample(part);
      sample_.sirens_only = true;
      return true;
    case Part::caused_by:
      if (!sample_.open || !sample_.alert || sample_.tree) return false;
      if (sample_.event.task == kNoName) set_task(sample_, part);
      if (sample_.context.empty()) set_context(sample_, part);
      add_raw(sample_, part);
      return true;
    case Part::current_operation:
      if (!sample_.open || !sample_.critical) return false;
      set_task(sample_, part);
      add_raw(sample_, part);
      return true;
    case Part::counters: return counters(part);
    case Part::list_header:
      close_list();
      list_written_ = part.time.known() || !sample_.open ? part.time : sample_.event.time;
      if (sample_.open) add_raw(sample_, part);
      return true;
    case Part::list_entry: list_entry(part); return true;
    case Part::rule:
      if (debug_rule_) debug_rule_ = false;  // the one under a /memory-debug block, which may stand in another
      else if (gc_.open) close_gc();
      else if (sample_.open) sample_.done = true;
      return true;
    case Part::debug_access:
      if (debug_.open) emit(debug_, flag::kRecord | flag::kSample);
      // What is complete, or long over, comes before it; only a block that is being written goes on behind it.
      if (gc_.open && !near(gc_, part)) close_gc();
      if (sample_.open && (sample_.done || !near(sample_, part))) close_sample();
      start(debug_, part, EventKind::snapshot);
      set_task(debug_, part);
      return true;
    case Part::compact: compact(part); return true;
    case Part::periodic: periodic(part); return true;
    default: return false;
  }
}

// The compact writer tells a reading in up to three lines: critical, then spike or high, each with the operation.
void BlockBuilder::compact(const Event& part) {
  const std::uint16_t alert = part.alert == Alert::critical ? flag::kCritical
                              : part.alert == Alert::high   ? flag::kHigh
                              : part.alert == Alert::spike  ? flag::kSpike
                                                            : 0;
  const bool both = is_known(part.rss_mb) && is_known(sample_.event.rss_mb);
  const bool periodic_line = alert == 0;
  const bool continues = sample_.open && sample_.compact && !sample_.periodic && (periodic_line || !sample_.event.is(alert)) && same_task(sample_.event, part) &&
                         (!both || same_value(part.rss_mb, sample_.event.rss_mb)) && near(sample_, part);
  if (!continues) {
    start_sample(part);
    sample_.compact = true;
    set_task(sample_, part);
    set_context(sample_, part);
  } else {
    add_raw(sample_, part);
  }
  sample_.event.flags |= alert;
  sample_.periodic = periodic_line;
  if (is_known(part.rss_mb)) sample_.event.rss_mb = part.rss_mb;
  if (is_known(part.delta_mb)) sample_.event.delta_mb = part.delta_mb;
  merge_metrics(sample_, part);
}

void BlockBuilder::list_entry(const Event& part) {
  if (list_.size() == kMaxListEntries) close_list();
  ListEntry entry;
  entry.event = part;
  entry.event.kind = EventKind::operation;
  entry.event.delta_mb = kMissing;
  entry.second_of_day = part.delta_mb;
  entry.own_name = std::string(batch_->texts[part.own_name]);
  entry.context = std::string(batch_->context_of(part));
  if (part.time.known()) list_written_ = part.time;
  else if (!list_written_.known() && sample_.open) list_written_ = sample_.event.time;
  list_.push_back(std::move(entry));
  if (sample_.open) add_raw(sample_, part);
}

void BlockBuilder::periodic(const Event& part) {
  const bool checks = sample_.open && !sample_.periodic && (same_task(sample_.event, part) || sample_.event.task == kNoName) &&
                      (sample_.tree || sample_.alert || sample_.critical) && near(sample_, part);
  if (!checks) start_sample(part);
  else add_raw(sample_, part);
  sample_.periodic = true;
  sample_.tree_open = false;
  if (sample_.event.task == kNoName) set_task(sample_, part);
  if (is_known(part.container_mb)) {
    if (!is_known(sample_.event.container_mb)) sample_.event.container_mb = part.container_mb;
    container_seen_ = true;
  }
  if (!is_known(sample_.event.rss_mb) && is_known(part.rss_mb)) sample_.value_mb = part.rss_mb;
}

}  // namespace memlog::assemble
