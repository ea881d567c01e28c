#include "memlog/analysis/peak.h"

#include <fmt/format.h>

#include <limits>

#include "memlog/base/size.h"

namespace memlog {

namespace {

std::string_view name_of(Peak::Metric metric) {
  switch (metric) {
    case Peak::Metric::rss: return "rss";
    case Peak::Metric::vms: return "vms";
    case Peak::Metric::container: return "container";
    case Peak::Metric::system_used: return "system_used";
  }
  return "rss";
}

// `--over` lists everything above a size: as many as anyone reads, and no more than memory holds.
constexpr std::size_t kMostOver = 1'000'000;

}  // namespace

Peak::Peak(const Options& options) : options_(options), top_(is_known(options.over_mb) ? kMostOver : options.top) {}

double Peak::value_of(const Event& event) const {
  switch (options_.metric) {
    case Metric::rss: return event.rss_mb;
    case Metric::vms: return event.vms_mb;
    case Metric::container: return event.container_mb;
    case Metric::system_used: {
      if (!is_known(event.available_mb) || !is_known(event.free_percent)) return 100.0 - event.free_percent;
      // Used MB where the total is known: available is `free_percent` of it.
      if (event.free_percent <= 0.0) return kMissing;
      return event.available_mb / event.free_percent * (100.0 - event.free_percent);
    }
  }
  return kMissing;
}

void Peak::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    const bool reading = event.is(flag::kSample) || (options_.metric != Metric::rss && event.is(flag::kRecord));
    if (!reading || !event.is(flag::kSelected)) continue;
    if (event.is(flag::kSample)) ++considered_;
    const double value = value_of(event);
    if (!is_known(value)) continue;
    if (is_known(options_.over_mb) && !(value > options_.over_mb)) continue;
    if (options_.distinct_s >= 0) fold_distinct(event, value, slice.batch);
    else if (top_.wants(value)) top_.add(value, keep(event, slice.batch));
  }
}

double Peak::wanted_above_mb() const {
  sifted_ = true;
  if (options_.metric != Metric::rss || options_.distinct_s >= 0 || options_.raw) return -1;
  return is_known(options_.over_mb) ? options_.over_mb : top_.least();
}

// An episode ends when no sample comes within half of its peak's height for the gap; simpler and as useful: samples
// that are less than the gap apart from the episode's best one are its neighbours.
void Peak::fold_distinct(const Event& event, double value, const EventBatch& batch) {
  const double now = event.time.known() ? event.time.seconds() : last_in_episode_s_;
  const bool same = is_known(best_) && is_known(now) && is_known(last_in_episode_s_) && now - last_in_episode_s_ <= options_.distinct_s &&
                    now >= last_in_episode_s_ - options_.distinct_s;
  if (!same) end_episode();
  if (!is_known(best_) || value > best_) {
    best_ = value;
    episode_ = keep(event, batch);
    last_in_episode_s_ = now;
  }
}

void Peak::end_episode() {
  if (is_known(best_) && top_.wants(best_)) top_.add(best_, episode_);
  best_ = kMissing;
  last_in_episode_s_ = kMissing;
}

Report Peak::report(const ReadResult& result) {
  end_episode();
  Report report;
  report.schema = "memlog.peak/1";
  report.entries = "entries";
  const std::vector<KeptRecord> entries = top_.sorted();

  Value::List list;
  Table table;
  bool processes = false;
  bool vms = false;
  bool container = false;
  bool free = false;
  const bool used = options_.metric == Metric::system_used;
  bool used_mb = false;
  for (const KeptRecord& entry : entries) {
    processes |= !result.names.processes.display(entry.event.process).empty();
    vms |= is_known(entry.event.vms_mb);
    container |= is_known(entry.event.container_mb);
    free |= !used && is_known(entry.event.free_percent);
    used_mb |= used && is_known(entry.event.available_mb);
  }
  table.columns = {{"RANK", true}, {"TIME"}};
  if (used_mb) table.columns.push_back({"USED MB", true});
  if (used) table.columns.push_back({"USED %", true});
  table.columns.push_back({"RSS MB", true});
  if (vms) table.columns.push_back({.heading = "VMS MB", .right = true, .drop = 5});
  if (container) table.columns.push_back({.heading = "CONTAINER MB", .right = true, .drop = 3});
  if (free) table.columns.push_back({.heading = "FREE %", .right = true, .drop = 2});
  table.columns.push_back({.heading = "TASK", .flexible = true, .name = true});
  if (processes) table.columns.push_back({.heading = "PROCESS", .flexible = true, .name = true, .drop = 1});
  table.columns.push_back({.heading = "CONTEXT", .flexible = true, .drop = 4});
  table.columns.push_back({.heading = "SOURCE", .flexible = true, .keep_end = true});

  std::string raw;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const KeptRecord& entry = entries[i];
    const Event& event = entry.event;
    Value::Object object{{"rank", static_cast<std::int64_t>(i + 1)}};
    for (auto& field : record_fields(entry, result.names, result.inputs)) object.push_back(std::move(field));
    if (options_.metric == Metric::system_used) object.emplace_back("system_used_mb", is_known(event.available_mb) ? rounded(value_of(event), 1) : Value());
    list.emplace_back(std::move(object));
    if (options_.raw) raw += (raw.empty() ? "" : "\n") + entry.raw;

    std::vector<Cell> row{{Value(static_cast<std::int64_t>(i + 1))}, {event.time.known() ? Value(format_time(event.time, ' ')) : Value()}};
    if (used_mb) row.push_back({is_known(event.available_mb) ? Value(value_of(event)) : Value()});
    if (used) row.push_back({100.0 - event.free_percent});
    row.push_back({event.rss_mb});
    if (vms) row.push_back({event.vms_mb});
    if (container) row.push_back({event.container_mb});
    if (free) row.push_back({event.free_percent});
    row.push_back({text_or_null(result.names.names.text(event.task))});
    if (processes) row.push_back({text_or_null(result.names.processes.display(event.process))});
    row.push_back({text_or_null(entry.context)});
    row.push_back({source_text(event.input, event.line, result.inputs)});
    table.rows.push_back(std::move(row));
  }
  bool contexts = false;
  for (const KeptRecord& entry : entries) contexts |= !entry.context.empty();
  if (!contexts) {
    const std::size_t at = table.columns.size() - 2;
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(at));
    for (auto& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(at));
  }
  report.fields = {{"metric", name_of(options_.metric)}, {"entries", std::move(list)}};
  if (options_.raw) {
    if (!raw.empty()) report.blocks.emplace_back(Figure{raw});
    return report;
  }
  table.empty = is_known(options_.over_mb) ? fmt::format("no sample above {}", format_size(options_.over_mb)) : "no sample to rank";
  report.blocks.emplace_back(std::move(table));
  report.blocks.emplace_back(Paragraph{coverage_text(result, sifted_ ? std::nullopt : std::optional(considered_)), Tone::dim});
  return report;
}

}  // namespace memlog
