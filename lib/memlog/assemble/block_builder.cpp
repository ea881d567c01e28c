#include "memlog/assemble/block_builder.h"

namespace memlog::assemble {

namespace {

// The writes of one reading follow one another at once; the clock may tick over between them.
constexpr std::int64_t kSameReadingNs = 3 * kNanosPerSecond;

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

// Opening and closing.

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

void BlockBuilder::set_task(Pending& pending, const Event& part) {
  pending.event.task = part.task;
  pending.event.own_hash = part.own_hash;
  pending.own_name = std::string(batch_->texts[part.own_name]);
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
    event.own_hash = list_.back().event.own_hash;
    sample_.own_name = list_.back().own_name;
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
    entry.event.own_name = batch_->add_text(batch_->arena.add(entry.own_name));
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
  event.own_name = batch_->add_text(batch_->arena.add(pending.own_name));
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
