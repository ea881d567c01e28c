#include "memlog/analysis/peak.h"

#include <fmt/format.h>

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

}  // namespace

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
    row.push_back({text_or_null(task_name(entry, result.names))});
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
