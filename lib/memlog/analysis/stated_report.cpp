#include "memlog/analysis/stated_report.h"

#include "memlog/analysis/record.h"

namespace memlog {

void StatedReport::fold(const Slice& slice) {
  for (const Event& event : slice.events) {
    if (event.kind != EventKind::report || !event.is(flag::kSelected)) continue;
    const std::uint64_t count = count_ + 1;
    const std::uint64_t leaks = leaks_;
    *this = {};
    count_ = count;
    time_ = event.time;
    current_mb_ = event.rss_mb;
    input_ = event.input;
    line_ = event.line;
    verdict_ = slice.batch.context_of(event);
    leaks_ = leaks + (verdict_.starts_with("LEAK DETECTED") ? 1 : 0);
    for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
      const Metric& metric = slice.batch.metrics[event.metrics_begin + i];
      const std::string_view name = slice.names.names.text(metric.name);
      if (name == "average_mb") average_mb_ = metric.value;
      else if (name == "min_mb") min_mb_ = metric.value;
      else if (name == "max_mb") max_mb_ = metric.value;
      else if (name == "samples") samples_ = metric.value;
      else if (name == "growth_rate_mb_per_hour") growth_mb_per_hour_ = metric.value;
      else if (name == "total_growth_mb") total_growth_mb_ = metric.value;
    }
  }
}

Value StatedReport::value(const ReadResult& result) const {
  if (!any()) return {};
  return Value::Object{{"time", Value(time_)},
                       {"reports", count_},
                       {"leak_reports", leaks_},
                       {"current_mb", current_mb_},
                       {"average_mb", average_mb_},
                       {"min_mb", min_mb_},
                       {"max_mb", max_mb_},
                       {"samples", samples_},
                       {"growth_rate_mb_per_hour", growth_mb_per_hour_},
                       {"total_growth_mb", total_growth_mb_},
                       {"verdict", text_or_null(verdict_)},
                       {"source", source_of(input_, line_, result.inputs)}};
}

Table StatedReport::table(const ReadResult& result) const {
  Table table;
  table.columns = {{"TIME"}, {"CURRENT MB", true}, {.heading = "AVERAGE MB", .right = true, .drop = 2}, {.heading = "MIN MB", .right = true, .drop = 3}, {"MAX MB", true},
                   {.heading = "GROWTH MB/H", .right = true, .decimals = 2}, {.heading = "SOURCE", .flexible = true, .keep_end = true, .drop = 1}};
  table.rows.push_back({{format_time(time_, ' ')}, {current_mb_}, {average_mb_}, {min_mb_}, {max_mb_}, {growth_mb_per_hour_}, {source_text(input_, line_, result.inputs)}});
  return table;
}

}  // namespace memlog
