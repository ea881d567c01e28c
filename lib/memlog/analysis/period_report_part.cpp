#include <fmt/format.h>

#include "memlog/analysis/period_report.h"
#include "memlog/analysis/window.h"
#include "memlog/base/counted.h"

// What one window of the report, or the whole, has to say of itself; deaths, jumps and gaps are added later.
namespace memlog {

namespace {

// The tasks with the highest maximum: the order of the table.
std::vector<Block> task_blocks(Table table, std::size_t most) {
  if (table.size() <= most) return {std::move(table)};
  const std::size_t left_out = table.size() - most;
  table.cut(most);
  return {std::move(table), Paragraph{"and " + counted(left_out, "more task") + " with a lower maximum: 'memlog by-task' lists all", Tone::dim}};
}

// How many deques are within their limits, and the counters that need to be looked at.
std::vector<Block> counter_blocks(const std::vector<CounterLimits::Counter>& counters, const ReadResult& result) {
  std::vector<Block> blocks;
  std::vector<CounterLimits::Counter> shown;
  std::size_t deques = 0;
  std::size_t within = 0;
  for (const auto& counter : counters) {
    deques += counter.deque ? 1 : 0;
    const bool fine = counter.deque && counter.state == CounterLimits::State::ok;
    within += fine ? 1 : 0;
    if (!fine) shown.push_back(counter);
  }
  if (deques > 0) {
    blocks.emplace_back(Paragraph{fmt::format("{} of {}", within, counted(deques, "deque within its limit", "deques within their limits")), within == deques ? Tone::good : Tone::warning});
  }
  if (!shown.empty()) blocks.emplace_back(CounterLimits::table_of(shown, result));
  return blocks;
}

}  // namespace

ToldWindow PeriodReport::tell(Part& part, bool windowed) const {
  ToldWindow told;
  told.windowed = windowed;
  const auto length = static_cast<std::int64_t>(options_.window_s * 1e9);
  told.from_ns = part.window * length;
  told.to_ns = (part.window + 1) * length;
  const Limit limit = limit_for(part.limit.limit());
  const Zones zones = zones_for(limit);
  const Report tasks = part.tasks.report(result_);
  const Report leaks = part.leaks.report(result_);
  std::vector<CounterLimits::Counter> counters = part.counters.counters(result_.names, false);

  told.usage = {part.usage.usage_table()};
  told.early = windowed && options_.preset.empty() && (!is_known(limit.mb) || limit.source == "system");
  told.times = part.usage.zone_times(zones, told.early);
  told.zoned = !zones.zones.empty() && part.usage.samples() > 0;
  if (size_of(tasks.field("tasks")) > 0) told.tasks = task_blocks(std::get<Table>(tasks.blocks.front()), options_.told_tasks);
  told.leaks.assign(leaks.blocks.begin(), leaks.blocks.end() - 1);
  told.counters = counter_blocks(counters, result_);
  told.gc = part.usage.gc_text();
  if (part.stated.any()) {
    told.stated = {part.stated.table(result_)};
    if (const std::string& verdict = part.stated.verdict(); !verdict.empty()) told.stated.emplace_back(Paragraph{verdict, verdict.starts_with("LEAK") ? Tone::bad : Tone::plain});
    if (part.stated.count() > 1) told.stated.emplace_back(Paragraph{fmt::format("the last of {}", counted(part.stated.count(), "report")) + (part.stated.leaks() > 0 ? fmt::format(", {} of a leak", part.stated.leaks()) : ""), Tone::dim});
  }

  Value::List counter_values;
  for (const auto& counter : counters) counter_values.push_back(CounterLimits::value_of(counter, result_));
  told.fields = {{"start", windowed ? Value(window::edge(told.from_ns)) : Value()},
                 {"end", windowed ? Value(window::edge(told.to_ns)) : Value()},
                 {"usage", part.usage.usage_value()},
                 {"limit_mb", rounded(limit.mb, 1)},
                 {"limit_source", text_or_null(limit.source)},
                 {"zones_of", text_or_null(zones.source)},
                 {"zones", Value()},
                 {"tasks", tasks.field("tasks")},
                 {"leaks", leaks.field("series")},
                 {"gc", part.usage.gc_value()},
                 {"counters", std::move(counter_values)},
                 {"stated", part.stated.value(result_)}};

  AdviceInput& advice = told.advice;
  advice.limit = limit;
  advice.samples = part.usage.samples();
  advice.p99_mb = part.usage.quantile(0.99);
  advice.max_mb = part.usage.maximum();
  for (const double peak : part.peaks) {
    if (!is_known(peak)) continue;
    ++advice.processes;
    if (!(advice.process_peak_mb >= peak)) advice.process_peak_mb = peak;
  }
  advice.celery = part.celery;
  advice.run_end_p95_mb = part.run_ends.quantile(0.95);
  advice.run_ends = part.run_ends.count();
  for (const auto& [key, value] : told.fields) {
    if (key == "tasks") advice.tasks = value;
    else if (key == "leaks") advice.leaks = value;
  }
  advice.counters = std::move(counters);
  advice.collections = part.usage.collections();
  advice.freed_mb = part.usage.freed_mb();
  return told;
}

}  // namespace memlog
