#include "memlog/assemble/block_builder.h"

// Snapshots as trees, and what stands in them.
namespace memlog::assemble {

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
  if (part.task != kNoName || !continues) set_task(sample_, part);
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

}  // namespace memlog::assemble
