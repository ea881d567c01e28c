#include "memlog/assemble/block_builder.h"

// Garbage collections, starts, measured operations and reports.
namespace memlog::assemble {

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
      set_task(start_record, part);
      start_record.event.rss_mb = part.rss_mb;
      set_context(start_record, part);
      emit(start_record, flag::kRecord | flag::kSample);
      return true;
    }
    case Part::operation_complete:
    case Part::operation_error:
      close_all();
      start(operation_, part, kind == Part::operation_complete ? EventKind::task_end : EventKind::task_failed);
      set_task(operation_, part);
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

}  // namespace memlog::assemble
