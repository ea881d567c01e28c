#include "memlog/assemble/block_builder.h"

#include <cmath>

namespace memlog::assemble {

namespace {

// The writes of one reading follow one another at once; the clock may tick over between them.
constexpr std::int64_t kSameReadingNs = 3 * kNanosPerSecond;

constexpr std::size_t kMaxListEntries = 200;

bool same_value(double a, double b) { return is_known(a) && is_known(b) && std::fabs(a - b) < 0.051; }

}  // namespace

bool BlockBuilder::take(const Event& part) {
  idle_ = false;
  const auto kind = static_cast<Part>(part.part);
  bool taken = false;
  if (kind <= Part::tree_status) taken = take_tree(part, kind);
  else if (kind <= Part::periodic) taken = take_alert(part, kind);
  else if (kind <= Part::gc_notice) taken = take_gc(part, kind);
  else if (kind <= Part::found_existing) taken = take_start(part, kind);
  else if (kind <= Part::memory_at_error) taken = take_operation(part, kind);
  else if (kind <= Part::report_warning) taken = take_report(part, kind);
  refresh_idle();
  return taken;
}

void BlockBuilder::refresh_idle() {
  idle_ = !sample_.open && !debug_.open && !gc_.open && !operation_.open && !report_.open && !lead_.open && list_.empty();
}

void BlockBuilder::end_before_record() {
  close_all();
  refresh_idle();
}

void BlockBuilder::before_tree() {
  if (!idle_) {
    if (debug_.open) emit(debug_, flag::kRecord | flag::kSample);
    close_sample();
    refresh_idle();
  }
  any_record_ = true;
}

void BlockBuilder::finish() {
  close_all();
  lead_.clear();
  refresh_idle();
}

// ---- snapshots -----------------------------------------------------------------------------------------------------

bool BlockBuilder::take_tree(const Event& part, Part kind) {
  switch (kind) {
    case Part::tree_header: tree_header(part); return true;
    case Part::tree_ram: return tree_ram(part);
    case Part::tree_container:
    case Part::tree_system:
    case Part::tree_counters: return tree_detail(part);
    case Part::context: return context(part);
    case Part::tree_status:
      if (!debug_.open) return false;
      set_context(debug_, part);
      add_raw(debug_, part);
      emit(debug_, flag::kRecord | flag::kSample);
      debug_rule_ = true;
      return true;
    default: return false;
  }
}

void BlockBuilder::tree_header(const Event& part) {
  if (debug_.open) emit(debug_, flag::kRecord | flag::kSample);
  const bool continues = sample_.open && !sample_.tree && !sample_.periodic && (sample_.alert || sample_.critical) && near(sample_, part);
  if (!continues) start_sample(part);
  else add_raw(sample_, part);
  if (part.task != kNoName || !continues) sample_.event.task = part.task;
  sample_.tree = true;
  sample_.tree_open = true;
}

bool BlockBuilder::tree_ram(const Event& part) {
  if (debug_.open && !debug_.ram) {
    debug_.event.rss_mb = part.rss_mb;
    debug_.event.vms_mb = part.vms_mb;
    debug_.ram = true;
    add_raw(debug_, part);
    return true;
  }
  // A tree whose header is missing follows its alert, or stands alone.
  const bool continues = sample_.open && !sample_.ram && !sample_.periodic && (sample_.tree_open || sample_.alert || sample_.critical);
  if (!continues) start_sample(part);
  else add_raw(sample_, part);
  sample_.tree = true;
  sample_.tree_open = true;
  if (sample_.critical_memory && is_known(sample_.event.rss_mb) && !same_value(sample_.event.rss_mb, part.rss_mb)) split_critical(part);
  sample_.event.rss_mb = part.rss_mb;
  sample_.event.vms_mb = part.vms_mb;
  sample_.ram = true;
  return true;
}

// The tree is another reading than the critical block before it: that one is a sample of its own.
void BlockBuilder::split_critical(const Event& ram) {
  Pending tree = sample_;
  tree.event.line = ram.line;
  tree.event.flags = static_cast<std::uint16_t>(tree.event.flags & ~flag::kCritical);
  tree.critical = tree.critical_memory = tree.critical_alert = false;
  tree.context.clear();
  tree.raw.clear();
  tree.metrics.clear();
  tree.event.container_mb = kMissing;
  sample_.tree = false;
  sample_.alert = false;
  sample_.event.flags = static_cast<std::uint16_t>(sample_.event.flags & ~(flag::kSpike | flag::kHigh));
  sample_.event.delta_mb = kMissing;
  close_sample();
  sample_ = tree;
}

bool BlockBuilder::tree_detail(const Event& part) {
  Pending& pending = debug_.open ? debug_ : sample_;
  if (!pending.open || (!pending.tree_open && !debug_.open && !pending.alert && !pending.critical)) return false;
  if (is_known(part.container_mb)) {
    pending.event.container_mb = part.container_mb;
    container_seen_ = true;
  }
  if (is_known(part.free_percent)) pending.event.free_percent = part.free_percent;
  if (is_known(part.available_mb)) pending.event.available_mb = part.available_mb;
  merge_metrics(pending, part);
  add_raw(pending, part);
  return true;
}

bool BlockBuilder::context(const Event& part) {
  if (operation_.open) {
    set_context(operation_, part);
    add_raw(operation_, part);
    close_operation();
    return true;
  }
  if (!sample_.open || (!sample_.tree_open && !sample_.critical)) return false;
  if (sample_.context.empty() || sample_.tree_open) set_context(sample_, part);
  sample_.tree_open = false;
  add_raw(sample_, part);
  return true;
}

bool BlockBuilder::counters(const Event& part) {
  // Lines of a /memory-debug block that lost their drawing, unless an alert around it waits for such a line.
  const bool awaited = sample_.open && (sample_.critical || sample_.periodic);
  if (debug_.open && !awaited && !is_known(part.container_mb)) return tree_detail(part);
  if (!sample_.open) return false;
  // A tree whose lines lost their drawing on the way.
  if (sample_.tree_open && !is_known(part.container_mb)) return tree_detail(part);
  if (sample_.periodic && !sample_.periodic_counters) sample_.periodic_counters = true;
  else if (!sample_.critical || sample_.tree) return false;
  if (is_known(part.container_mb)) {
    sample_.event.container_mb = part.container_mb;
    container_seen_ = true;
    if (!is_known(sample_.event.rss_mb)) sample_.event.rss_mb = part.rss_mb;
  }
  merge_metrics(sample_, part);
  add_raw(sample_, part);
  return true;
}

// ---- alerts and what is written around them ------------------------------------------------------------------------

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
      if (sample_.event.task == kNoName) sample_.event.task = part.task;
      if (sample_.context.empty()) set_context(sample_, part);
      add_raw(sample_, part);
      return true;
    case Part::current_operation:
      if (!sample_.open || !sample_.critical) return false;
      sample_.event.task = part.task;
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
      debug_.event.task = part.task;
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
  const bool continues = sample_.open && sample_.compact && !sample_.periodic && (periodic_line || !sample_.event.is(alert)) && sample_.event.task == part.task &&
                         (!both || same_value(part.rss_mb, sample_.event.rss_mb)) && near(sample_, part);
  if (!continues) {
    start_sample(part);
    sample_.compact = true;
    sample_.event.task = part.task;
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
  entry.context = std::string(batch_->context_of(part));
  if (part.time.known()) list_written_ = part.time;
  else if (!list_written_.known() && sample_.open) list_written_ = sample_.event.time;
  list_.push_back(std::move(entry));
  if (sample_.open) add_raw(sample_, part);
}

void BlockBuilder::periodic(const Event& part) {
  const bool checks = sample_.open && !sample_.periodic && (sample_.event.task == part.task || sample_.event.task == kNoName) &&
                      (sample_.tree || sample_.alert || sample_.critical) && near(sample_, part);
  if (!checks) start_sample(part);
  else add_raw(sample_, part);
  sample_.periodic = true;
  sample_.tree_open = false;
  if (sample_.event.task == kNoName) sample_.event.task = part.task;
  if (is_known(part.container_mb)) {
    if (!is_known(sample_.event.container_mb)) sample_.event.container_mb = part.container_mb;
    container_seen_ = true;
  }
  if (!is_known(sample_.event.rss_mb) && is_known(part.rss_mb)) sample_.value_mb = part.rss_mb;
}

// ---- garbage collections -------------------------------------------------------------------------------------------

bool BlockBuilder::take_gc(const Event& part, Part kind) {
  switch (kind) {
    case Part::gc_trigger:
      close_sample();
      close_gc();
      start(gc_, part, EventKind::gc);
      merge_metrics(gc_, part);
      return true;
    case Part::gc_result:
      if (!gc_.open) {
        close_sample();
        start(gc_, part, EventKind::gc);
      } else {
        add_raw(gc_, part);
      }
      gc_.event.delta_mb = part.delta_mb;
      merge_metrics(gc_, part);
      return true;
    case Part::gc_notice: return true;
    default: return false;
  }
}

// ---- starts --------------------------------------------------------------------------------------------------------

bool BlockBuilder::take_start(const Event& part, Part kind) {
  constexpr std::uint64_t kHeaderLines = 3;
  switch (kind) {
    case Part::header_title:
      close_all();
      title_line_ = part.line;
      if (is_known(part.limit_mb)) limit_mb_ = part.limit_mb;
      return any_record_;
    case Part::header_started: {
      if (title_line_ == 0 || part.line > title_line_ + kHeaderLines) return false;
      close_all();
      const bool again = any_record_;
      emit_restart(part, again ? flag::kRecord | flag::kBoot : flag::kBoot);
      return again;
    }
    case Part::restarted:
    case Part::found_existing:
      close_all();
      emit_restart(part, flag::kRecord | flag::kBoot);
      return true;
    case Part::restart_notice: return true;
    default: return false;
  }
}

void BlockBuilder::emit_restart(const Event& part, std::uint16_t flags) {
  Event event = part;
  event.kind = EventKind::restart;
  event.flags = static_cast<std::uint16_t>((event.flags & flag::kPlatformTime) | flags);
  event.limit_mb = limit_mb_;
  if (flags & flag::kRecord) any_record_ = true;
  out_->push_back(event);
}

// ---- measured operations -------------------------------------------------------------------------------------------

bool BlockBuilder::take_operation(const Event& part, Part kind) {
  switch (kind) {
    case Part::operation_start: {
      close_all();
      Pending start_record;
      start(start_record, part, EventKind::task_start);
      start_record.event.task = part.task;
      start_record.event.rss_mb = part.rss_mb;
      set_context(start_record, part);
      emit(start_record, flag::kRecord | flag::kSample);
      return true;
    }
    case Part::operation_complete:
    case Part::operation_error:
      close_all();
      start(operation_, part, kind == Part::operation_complete ? EventKind::task_end : EventKind::task_failed);
      operation_.event.task = part.task;
      set_context(operation_, part);
      return true;
    case Part::memory_before:
    case Part::memory_after:
    case Part::memory_change:
    case Part::memory_at_error:
      if (!operation_.open) return false;
      add_raw(operation_, part);
      if (kind == Part::memory_change) operation_.event.delta_mb = part.delta_mb;
      if (kind == Part::memory_after || kind == Part::memory_at_error) operation_.event.rss_mb = part.rss_mb;
      if (kind == Part::memory_at_error) close_operation();
      return true;
    default: return false;
  }
}

// ---- reports -------------------------------------------------------------------------------------------------------

bool BlockBuilder::take_report(const Event& part, Part kind) {
  switch (kind) {
    case Part::report_lead:
      close_report();
      start(lead_, part, EventKind::report);
      return false;
    case Part::report_title:
      close_all();
      start(report_, part, EventKind::report);
      // The report is logged with a line break in front: the prefix of the line before it has its time.
      if (lead_.open && part.line <= lead_.event.line + 3) {
        report_.event.time = lead_.event.time;
        report_.event.line = lead_.event.line;
        report_.event.flags |= lead_.event.flags;
      }
      lead_.clear();
      return true;
    case Part::report_current:
      if (!report_.open) return false;
      report_.event.rss_mb = part.rss_mb;
      add_raw(report_, part);
      return true;
    case Part::report_number:
    case Part::report_details:
      if (!report_.open) return false;
      merge_metrics(report_, part);
      add_raw(report_, part);
      return true;
    case Part::report_verdict:
      if (!report_.open) return false;
      set_context(report_, part);
      add_raw(report_, part);
      return true;
    case Part::usage_snapshot: usage(part, false); return true;
    case Part::usage_alert: usage(part, true); return true;
    case Part::report_warning: {
      const bool belongs = report_.open;
      close_report();
      return belongs;
    }
    default: return false;
  }
}

// A DEBUG snapshot and the alert about it are one reading, in either order.
void BlockBuilder::usage(const Event& part, bool alert) {
  const bool continues = sample_.open && sample_.usage && sample_.alert != alert && near(sample_, part) && same_value(sample_.event.rss_mb, part.rss_mb);
  if (!continues) {
    close_all();
    start(sample_, part, EventKind::sample);
    sample_.usage = true;
    sample_.alert = alert;
    sample_.event.rss_mb = part.rss_mb;
    sample_.event.free_percent = part.free_percent;
  } else {
    add_raw(sample_, part);
    sample_.done = true;
  }
  if (is_known(part.available_mb)) sample_.event.available_mb = part.available_mb;
  if (alert) sample_.event.flags |= flag::kHigh;
}

// ---- opening and closing -------------------------------------------------------------------------------------------

void BlockBuilder::start(Pending& pending, const Event& part, EventKind kind) {
  pending.clear();
  pending.open = true;
  pending.event.kind = kind;
  pending.event.time = part.time;
  pending.event.line = part.line;
  pending.event.process = part.process;
  pending.event.host = part.host;
  pending.event.input = part.input;
  pending.event.format = part.format;
  pending.event.flags = part.flags & flag::kPlatformTime;
  add_raw(pending, part);
}

bool BlockBuilder::near(const Pending& pending, const Event& part) const {
  if (!pending.event.time.known() || !part.time.known()) return true;
  const std::int64_t apart = part.time.ns - pending.event.time.ns;
  return apart >= -kSameReadingNs && apart <= kSameReadingNs;
}

void BlockBuilder::merge_metrics(Pending& pending, const Event& part) {
  for (std::uint32_t i = 0; i < part.metrics_count; ++i) {
    const Metric& metric = batch_->metrics[part.metrics_begin + i];
    pending.set_metric(metric.name, metric.value);
  }
}

void BlockBuilder::add_raw(Pending& pending, const Event& part) {
  if (part.raw == kNoText) return;
  if (!pending.raw.empty()) pending.raw += '\n';
  pending.raw += batch_->texts[part.raw];
}

void BlockBuilder::set_context(Pending& pending, const Event& part) { pending.context = std::string(batch_->context_of(part)); }

void BlockBuilder::close_all() {
  close_gc();
  close_operation();
  close_sample();
  if (debug_.open) emit(debug_, flag::kRecord | flag::kSample);
  close_report();
}

void BlockBuilder::close_gc() {
  if (gc_.open) emit(gc_, flag::kRecord);
}

void BlockBuilder::close_operation() {
  if (operation_.open) emit(operation_, flag::kRecord | flag::kSample);
}

void BlockBuilder::close_report() {
  if (!report_.open) return;
  // Its `Current` repeats the last reading; the assembler's owner decides whether that one is in the log.
  emit(report_, flag::kRecord | flag::kSample);
}

void BlockBuilder::close_sample() {
  if (!sample_.open) {
    close_list();
    return;
  }
  Event& event = sample_.event;
  if (!is_known(event.rss_mb) && is_known(sample_.value_mb)) {
    const bool container = is_known(event.container_mb) || container_seen_;
    if (!container) event.rss_mb = sample_.value_mb;
    else if (!is_known(event.container_mb)) event.container_mb = sample_.value_mb;
  }
  // A critical block names the operation only in its list, whose last entry is the reading itself.
  if (event.task == kNoName && !list_.empty() && same_value(list_.back().event.rss_mb, event.rss_mb)) {
    event.task = list_.back().event.task;
    if (sample_.context.empty()) sample_.context = list_.back().context;
  }
  if (event.is(flag::kSpike) && !any_record_) event.flags |= flag::kFirstAfterStart;
  if (event.is(flag::kSpike) && same_value(event.delta_mb, event.rss_mb)) event.flags |= flag::kFirstAfterStart;
  close_list();
  if (sample_.sirens_only || (!sample_.tree && !sample_.alert && !sample_.critical && !sample_.periodic && !sample_.usage && !sample_.compact)) {
    sample_.clear();
    return;
  }
  emit(sample_, flag::kRecord | flag::kSample);
}

void BlockBuilder::close_list() {
  if (list_.empty()) return;
  date_entries(list_, list_written_);
  const double reading = sample_.open ? sample_.event.rss_mb : kMissing;
  for (std::size_t i = 0; i < list_.size(); ++i) {
    ListEntry& entry = list_[i];
    entry.event.flags = static_cast<std::uint16_t>(entry.event.flags | flag::kRecord);
    // The list's last entry is the reading that the block is about: told already.
    if (i + 1 == list_.size() && same_value(entry.event.rss_mb, reading)) {
      entry.event.flags = static_cast<std::uint16_t>(entry.event.flags & ~flag::kRecord);
    }
    entry.event.context = batch_->add_text(batch_->arena.add(entry.context));
    entry.event.part = 0;
    out_->push_back(entry.event);
  }
  any_record_ = true;
  list_.clear();
  list_written_ = {};
}

void BlockBuilder::emit(Pending& pending, std::uint16_t flags) {
  Event& event = pending.event;
  if (!is_known(event.rss_mb)) flags = static_cast<std::uint16_t>(flags & ~flag::kSample);
  event.flags |= flags;
  if (!is_known(event.limit_mb)) event.limit_mb = limit_mb_;
  event.alert = event.is(flag::kCritical) ? Alert::critical : event.is(flag::kHigh) ? Alert::high : event.is(flag::kSpike) ? Alert::spike : Alert::none;
  event.context = batch_->add_text(batch_->arena.add(pending.context));
  event.raw = batch_->add_text(batch_->arena.add(pending.raw));
  event.metrics_begin = static_cast<std::uint32_t>(batch_->metrics.size());
  event.metrics_count = static_cast<std::uint16_t>(pending.metrics.size());
  batch_->metrics.insert(batch_->metrics.end(), pending.metrics.begin(), pending.metrics.end());
  any_record_ = true;
  out_->push_back(event);
  pending.clear();
}

}  // namespace memlog::assemble
