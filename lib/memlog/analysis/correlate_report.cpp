#include <fmt/format.h>

#include <algorithm>

#include "memlog/analysis/correlate.h"
#include "memlog/analysis/record.h"
#include "memlog/base/counted.h"
#include "memlog/base/size.h"
#include "memlog/stats/binomial.h"

// What `memlog correlate` answers: how often things come while memory is high and otherwise, and what the main log says
// around each event.
namespace memlog {

// How often each thing came, as data and as rows.
Value Correlation::counts(Table& table, double inside_s, double all_s) const {
  const double outside_s = std::max(0.0, all_s - inside_s);
  Value::List list;
  table.columns = {{"WHAT"}, {"WHILE HIGH", true}, {.heading = "PER HOUR", .right = true, .decimals = 2, .drop = 1}, {"OTHERWISE", true}, {.heading = "PER HOUR", .right = true, .decimals = 2, .drop = 1}, {"TIMES AS OFTEN", true}, {"P", true}};
  for (const Tally& tally : tallies_) {
    const double inside_rate = inside_s > 0 ? static_cast<double>(tally.inside) / inside_s * 3600 : kMissing;
    const double outside_rate = outside_s > 0 ? static_cast<double>(tally.outside) / outside_s * 3600 : kMissing;
    const double ratio = outside_rate > 0 ? inside_rate / outside_rate : kMissing;
    const std::uint64_t n = tally.inside + tally.outside;
    const double p = n > 0 && all_s > 0 ? stats::binomial_tail(tally.inside, n, inside_s / all_s) : kMissing;
    list.emplace_back(Value::Object{{"what", tally.name},
                                    {"inside", tally.inside},
                                    {"outside", tally.outside},
                                    {"inside_per_hour", rounded(inside_rate, 6)},
                                    {"outside_per_hour", rounded(outside_rate, 6)},
                                    {"ratio", rounded(ratio, 4)},
                                    {"p_value", rounded(p, 10)}});
    table.rows.push_back({{tally.name}, {tally.inside}, {inside_rate}, {tally.outside}, {outside_rate}, {ratio}, {is_known(p) ? Value(p < 0.001 ? "<0.001" : fmt::format("{:.3f}", p)) : Value()}});
  }
  return list;
}

// Each event with the lines around it, as data and to read.
Value Correlation::events(std::vector<Block>& blocks) const {
  Value::List events;
  for (const Moment& moment : moments_) {
    Value::List lines;
    for (const Shown& shown : moment.shown) {
      lines.emplace_back(Value::Object{{"time", Value(shown.time)}, {"text", shown.text}, {"source", Value(Value::Object{{"path", shown.path}, {"line", shown.line}})}});
    }
    events.emplace_back(Value::Object{{"kind", moment.kind},
                                      {"time", Value(moment.time)},
                                      {"rss_mb", moment.rss_mb},
                                      {"task", text_or_null(moment.task)},
                                      {"process", text_or_null(moment.process)},
                                      {"also", moment.alike},
                                      {"source", moment.source},
                                      {"lines_in_window", moment.lines},
                                      {"lines", std::move(lines)}});
    // That nothing was said around a death is worth knowing.
    if (moment.shown.empty() && moment.kind != "death") continue;
    std::string heading = fmt::format("{} {}", format_time(moment.time, ' '), moment.kind);
    if (is_known(moment.rss_mb)) heading += fmt::format(" at {}", format_size(moment.rss_mb));
    if (!moment.task.empty()) heading += ", " + moment.task;
    if (!moment.process.empty()) heading += ", " + moment.process;
    if (moment.alike > 0) heading += fmt::format(", and {} more", moment.alike);
    blocks.emplace_back(Heading{heading});
    std::string text;
    for (const Shown& shown : moment.shown) text += fmt::format("{}{}:{}: {}", text.empty() ? "" : "\n", shown.path, shown.line, shown.text);
    if (text.empty()) blocks.emplace_back(Paragraph{fmt::format("no line of the main log within {}", format_duration(options_.window_s)), Tone::dim, 2});
    else blocks.emplace_back(Figure{text, Tone::plain, 2});
    if (moment.lines > moment.shown.size()) blocks.emplace_back(Paragraph{counted(moment.lines - moment.shown.size(), "more line"), Tone::dim, 2});
  }
  return events;
}

Report Correlation::report(const ReadResult& result) {
  Report report;
  report.schema = "memlog.correlate/1";
  report.entries = "events";
  double inside_s = 0;
  for (const Stretch& stretch : stretches_) {
    const std::int64_t from = std::max(stretch.from_ns, main_.from_ns);
    const std::int64_t to = std::min(stretch.to_ns, main_.to_ns);
    if (any_main_ && to > from) inside_s += static_cast<double>(to - from) / 1e9;
  }
  const double all_s = any_main_ ? static_cast<double>(main_.to_ns - main_.from_ns) / 1e9 : 0;

  Table table;
  Value counted_values = counts(table, inside_s, all_s);
  std::vector<Block> blocks;
  Value event_values = events(blocks);
  std::uint64_t lines = 0;
  std::uint64_t outside = 0;
  Value::List logs;
  for (const MainLog& log : main_logs_) {
    lines += log.lines;
    outside += log.outside;
    logs.emplace_back(Value::Object{{"path", log.path}, {"lines", log.lines}, {"lines_outside", log.outside}, {"first_time", Value(log.first)}, {"last_time", Value(log.last)}});
  }
  Value::List warned;
  for (const auto& [message, help] : warnings()) warned.emplace_back(message);
  report.fields = {{"window_s", options_.window_s},
                   {"pressure", Value::Object{{"threshold_mb", rounded(threshold_mb_, 4)}, {"threshold_of", threshold_of_}, {"inside_s", rounded(inside_s, 3)}, {"outside_s", rounded(std::max(0.0, all_s - inside_s), 3)}}},
                   {"main_lines", lines},
                   {"lines_outside", outside},
                   {"main_logs", std::move(logs)},
                   {"warnings", std::move(warned)},
                   {"counts", std::move(counted_values)},
                   {"events", std::move(event_values)}};

  const std::string of = threshold_of_ == "limit" ? "70 % of the limit" : threshold_of_ == "quantile" ? "where the highest tenth of the samples begins" : "as asked";
  const std::string time = any_main_ ? fmt::format(": {} of {}", format_duration(inside_s), format_duration(all_s)) : "; no line of the main log falls into the time of the memory log";
  report.blocks.emplace_back(Paragraph{fmt::format("memory is high from {:.1f} MB on, {}{}", threshold_mb_, of, time)});
  report.blocks.emplace_back(std::move(table));
  const std::size_t n = moments_.size();
  const auto without = static_cast<std::size_t>(std::count_if(moments_.begin(), moments_.end(), [](const Moment& moment) { return moment.shown.empty(); }));
  const std::string window = format_duration(options_.window_s);
  if (n == 0) report.blocks.emplace_back(Paragraph{"no spike, no alert, no death"});
  else if (without == n) report.blocks.emplace_back(Paragraph{fmt::format("{}, with no line of the main log within {}", n == 1 ? "1 " + moments_[0].kind : fmt::format("{} spikes, alerts and deaths", n), window)});
  else if (without > 0) report.blocks.emplace_back(Paragraph{fmt::format("{} of {} spikes, alerts and deaths {} no line of the main log within {}", without, n, without == 1 ? "has" : "have", window)});
  report.blocks.insert(report.blocks.end(), blocks.begin(), blocks.end());
  report.blocks.emplace_back(Paragraph{fmt::format("{}; {} of the main log, {} of them outside this time", coverage_text(result), counted(lines, "line"), outside), Tone::dim});
  return report;
}

}  // namespace memlog
