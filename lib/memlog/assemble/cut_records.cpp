#include "memlog/assemble/cut_records.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "memlog/format/format.h"

namespace memlog {

namespace {

constexpr double Event::*kNumbers[] = {&Event::rss_mb,         &Event::vms_mb,  &Event::container_mb, &Event::available_mb,
                                       &Event::free_percent, &Event::peak_mb, &Event::delta_mb};

// Records of one line cannot be cut.
bool has_blocks(std::uint8_t format) {
  static const std::uint64_t bits = [] {
    std::uint64_t all = 0;
    for (const std::string_view name : {"snapshot_tree", "memory_debug", "usage_report", "kernel_oom", "platforms"}) {
      if (const int at = find_format(name); at >= 0) all |= std::uint64_t{1} << at;
    }
    return all;
  }();
  return (bits >> format & 1) != 0;
}

}  // namespace

CutRecords::Known CutRecords::known(const Event& event, const EventBatch& batch, std::size_t log, const RunNames& tasks) {
  const std::string_view context = batch.context_of(event);
  return {event, context.empty() ? 0 : std::hash<std::string_view>{}(context) | 1, log, name_hash(task_name(event, batch, tasks))};
}

bool CutRecords::covers(const Known& whole, const Known& part) {
  const Event& a = whole.event;
  const Event& b = part.event;
  if (whole.log == part.log || a.kind != b.kind || a.process != b.process || a.host != b.host) return false;
  if (!a.time.known()) return false;
  // A block whose first line was cut off has no time: its reading tells.
  // A death has the time of the last line that is left of its report.
  const std::int64_t earliest = is_death(b.kind) ? a.time.ns - kBlockNs : a.time.ns;
  if (b.time.known() ? b.time.ns < earliest || b.time.ns > a.time.ns + kBlockNs : !is_known(b.rss_mb)) return false;
  if (!has_blocks(b.format)) return false;
  // What a critical block calls the operation may be told better by the tree behind it.
  if (b.task != kNoName && whole.task != part.task && (b.alert != Alert::critical || !is_known(b.rss_mb))) return false;
  if (b.alert != Alert::none && a.alert != b.alert) return false;
  // A kernel's report that was cut has another line for its context; pids come back late.
  if (part.context != 0 && whole.context != part.context && !is_death(b.kind)) return false;
  bool says_more = (b.task == kNoName && a.task != kNoName) || whole.context != part.context || a.metrics_count > b.metrics_count || a.alert != b.alert;
  for (const auto number : kNumbers) {
    if (is_known(b.*number) && a.*number != b.*number) return false;
    says_more |= is_known(a.*number) && !is_known(b.*number);
  }
  return says_more;
}

std::optional<std::uint16_t> CutRecords::whole_of(const Known& part) const {
  const std::size_t n = std::min(noted_, last_.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (covers(last_[i], part)) return last_[i].event.input;
  }
  return std::nullopt;
}

}  // namespace memlog
