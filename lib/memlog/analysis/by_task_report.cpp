#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "memlog/analysis/by_task.h"
#include "memlog/base/counted.h"

namespace memlog {

namespace {

double mean_of(std::int64_t fixed_sum, std::uint64_t n) { return n == 0 ? kMissing : static_cast<double>(fixed_sum) / static_cast<double>(n) / 10'000.0; }

Value list_of(const stats::EvenSamples& samples) {
  Value::List list;
  for (const double value : samples.values()) list.emplace_back(rounded(value, 4));
  return list;
}

}  // namespace

Value ByTask::runs_value(const Task& entry) const {
  const Runs& runs = entry.runs;
  if (runs.started == 0) return Value();
  Value::Object object{
      {"started", runs.started},
      {"finished", runs.finished},
      {"failed", runs.failed},
      {"retried", runs.retried},
      {"killed", runs.killed},
      {"unfinished", runs.unfinished},
      {"avg_delta_mb", mean_of(runs.delta_sum, runs.deltas)},
      {"total_delta_mb", runs.deltas == 0 ? Value() : Value(static_cast<double>(runs.delta_sum) / 10'000.0)},
      {"avg_peak_mb", mean_of(runs.peak_sum, runs.peaks)},
      {"max_peak_mb", runs.max_peak_mb},
  };
  if (options_.samples) object.emplace_back("peaks_mb", entry.samples == nullptr ? Value(Value::List{}) : list_of(entry.samples->peaks));
  object.emplace_back("avg_duration_s", runs.durations == 0 ? Value() : Value(runs.duration_sum_s / static_cast<double>(runs.durations)));
  return object;
}

Value::Object ByTask::task_value(NameId name, const ReadResult& result) const {
  const Task& entry = tasks_[name];
  Value::Object object{
      {"task", std::string(result.names.names.text(name))},
      {"count", entry.rss.count()},
      {"avg_mb", entry.rss.mean()},
      {"min_mb", entry.min_mb},
      {"p50_mb", rounded(entry.p50_mb, 6)},
      {"p95_mb", rounded(entry.p95_mb, 6)},
      {"max_mb", entry.max_mb},
      {"max_at", entry.rss.count() == 0 ? Value()
                                        : Value(Value::Object{{"time", Value(entry.max_at)}, {"source", source_of(entry.max_input, entry.max_line, result.inputs)}})},
  };
  if (options_.samples) object.emplace_back("samples_mb", entry.samples == nullptr ? Value(Value::List{}) : list_of(entry.samples->readings));
  object.emplace_back("runs", runs_value(entry));
  if (!options_.runs) return object;
  Value::List list;
  for (const Run& run : listed_) {
    if (run.task != name) continue;
    list.emplace_back(Value::Object{
        {"process", text_or_null(result.names.processes.display(run.process))},
        {"started", Value(run.start)},
        {"ended", run.outcome == RunOutcome::unfinished || run.outcome == RunOutcome::killed ? Value() : Value(run.end)},
        {"outcome", to_string(run.outcome)},
        {"start_mb", run.start_mb},
        {"last_mb", run.last_mb},
        {"peak_mb", run.peak_mb},
        {"delta_mb", rounded(run.delta_mb, 6)},
        {"source", source_of(run.input, run.line, result.inputs)},
    });
  }
  object.emplace_back("run_list", std::move(list));
  return object;
}

std::vector<Cell> ByTask::task_row(NameId name, bool runs, const ReadResult& result) const {
  const Task& entry = tasks_[name];
  std::vector<Cell> row{{std::string(result.names.names.text(name)), Tone::plain},
                        {entry.rss.count(), Tone::plain},
                        {entry.rss.mean(), Tone::plain},
                        {entry.p50_mb, Tone::plain},
                        {entry.p95_mb, Tone::plain},
                        {entry.max_mb, Tone::plain}};
  if (runs) {
    const Runs& of = entry.runs;
    const bool none = of.started == 0;
    row.push_back({none ? Value() : Value(of.started)});
    row.push_back({none ? Value() : Value(of.failed), of.failed > 0 ? Tone::warning : Tone::plain});
    row.push_back({none ? Value() : Value(of.retried)});
    row.push_back({none ? Value() : Value(of.killed), of.killed > 0 ? Tone::bad : Tone::plain});
    row.push_back({none ? Value() : Value(mean_of(of.delta_sum, of.deltas))});
  }
  row.push_back({entry.max_at.known() ? Value(format_time(entry.max_at, ' ')) : Value()});
  return row;
}

// `--runs`: one line a run.
void ByTask::add_runs_table(Report& report, const ReadResult& result) const {
  Table table;
  table.columns = {{"STARTED"}, {.heading = "TASK", .flexible = true, .name = true}, {.heading = "PROCESS", .flexible = true, .name = true, .drop = 1}, {"OUTCOME"}, {.heading = "START MB", .right = true, .drop = 3}, {"PEAK MB", true}, {.heading = "LAST MB", .right = true, .drop = 2}, {"KEPT MB", true}, {.heading = "SOURCE", .flexible = true, .keep_end = true}};
  table.made_rows = listed_.size();
  table.make_row = [this, &result](std::size_t i) {
    const Run& run = listed_[i];
    const Tone tone = run.outcome == RunOutcome::killed ? Tone::bad : run.outcome == RunOutcome::failed ? Tone::warning : Tone::plain;
    return std::vector<Cell>{{run.start.known() ? Value(format_time(run.start, ' ')) : Value()},
                             {std::string(result.names.names.text(run.task))},
                             {text_or_null(result.names.processes.display(run.process))},
                             {to_string(run.outcome), tone},
                             {run.start_mb},
                             {run.peak_mb},
                             {run.last_mb},
                             {run.delta_mb},
                             {source_text(run.input, run.line, result.inputs)}};
  };
  table.empty = "no run";
  report.blocks.emplace_back(Heading{"RUNS"});
  report.blocks.emplace_back(std::move(table));
}

Report ByTask::report(const ReadResult& result) {
  tracker_.finish();
  take_quantiles();
  std::vector<NameId> order;
  for (NameId name = 1; name < tasks_.size(); ++name) {
    if (tasks_[name].rss.count() > 0 || tasks_[name].runs.started > 0) order.push_back(name);
  }
  const auto key = [&](NameId name) {
    const Task& entry = tasks_[name];
    switch (options_.sort) {
      case Sort::max: return entry.max_mb;
      case Sort::avg: return entry.rss.mean();
      case Sort::p95: return entry.p95_mb;
      case Sort::count: return static_cast<double>(entry.rss.count());
      case Sort::delta: return entry.runs.deltas == 0 ? -1e300 : static_cast<double>(entry.runs.delta_sum);
      case Sort::name: return 0.0;
    }
    return 0.0;
  };
  std::vector<std::pair<double, NameId>> keyed;
  for (const NameId name : order) keyed.emplace_back(key(name), name);
  std::sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first > b.first;
    return result.names.names.text(a.second) < result.names.names.text(b.second);
  });

  Report report;
  report.schema = "memlog.by-task/1";
  report.entries = "tasks";
  Table table;
  bool any_runs = false;
  for (const auto& [unused, name] : keyed) any_runs |= tasks_[name].runs.started > 0;
  table.columns = {{.heading = "TASK", .flexible = true, .name = true}, {.heading = "COUNT", .right = true, .drop = 4}, {"AVG MB", true}, {.heading = "P50 MB", .right = true, .drop = 7}, {"P95 MB", true}, {"MAX MB", true}};
  if (any_runs) {
    table.columns.push_back({"RUNS", true});
    table.columns.push_back({.heading = "FAILED", .right = true, .drop = 5});
    table.columns.push_back({.heading = "RETRIED", .right = true, .drop = 6});
    table.columns.push_back({.heading = "KILLED", .right = true, .drop = 3});
    table.columns.push_back({"KEPT/RUN MB", true});
  }
  table.columns.push_back({.heading = "MAX AT", .drop = 8});
  order.clear();
  for (const auto& [unused, name] : keyed) order.push_back(name);
  table.made_rows = order.size();
  table.make_row = [this, order, any_runs, &result](std::size_t i) { return task_row(order[i], any_runs, result); };
  table.empty = "no record names a task";
  const std::size_t count = order.size();
  report.fields = {{"tasks", Value(count, [this, order = std::move(order), &result](std::size_t i) { return Value(task_value(order[i], result)); })}};
  report.blocks.emplace_back(std::move(table));
  if (options_.runs) add_runs_table(report, result);
  report.blocks.emplace_back(Paragraph{coverage_text(result, samples_), Tone::dim});
  if (runs_not_listed_ > 0) report.blocks.emplace_back(Paragraph{counted(runs_not_listed_, "more run is", "more runs are") + " counted but not listed", Tone::dim});
  if (!options_.in_pieces) report.hold();
  return report;
}

}  // namespace memlog
