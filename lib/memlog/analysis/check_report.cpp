#include <fmt/format.h>

#include "memlog/analysis/check.h"
#include "memlog/analysis/record.h"
#include "memlog/base/counted.h"
#include "memlog/base/suggest.h"

// What `memlog check` says: each broken rule in a sentence, with value, threshold and place.
namespace memlog {

namespace {

using Kind = Check::Kind;

std::string_view unit_of(Kind kind) {
  switch (kind) {
    case Kind::max_growth: return "MB/h";
    case Kind::min_free: return "%";
    case Kind::max_metric: return "";
    case Kind::no_crash: return "crashes";
    default: return "MB";
  }
}

std::string amount(Kind kind, double value) {
  if (kind == Kind::max_metric || kind == Kind::no_crash) return fmt::format("{:g}", value);
  return fmt::format("{:.1f} {}", value, unit_of(kind));
}

std::string without_t(std::string time) {
  if (const auto at = time.find('T'); at != std::string::npos) time[at] = ' ';
  return time;
}

}  // namespace

std::string Check::message(const Rule& rule, const Told& told, std::uint64_t breaches) const {
  std::string text;
  if (rule.kind == Kind::no_crash) {
    text = told.value > 1 ? fmt::format("{} crashes, the first: {}", amount(rule.kind, told.value), told.what) : "1 crash: " + told.what;
  } else {
    const std::string_view subject = rule.kind == Kind::max_growth ? "growth" : rule.kind == Kind::max_kept ? "kept per run" : rule.kind == Kind::max_metric ? std::string_view(rule.metric)
                                     : rule.kind == Kind::min_available ? "available"
                                     : rule.kind == Kind::min_free      ? "free"
                                                                        : "RSS";
    text = fmt::format("{} {} is {} {}", subject, amount(rule.kind, told.value), is_minimum(rule.kind) ? "below" : "above", amount(rule.kind, rule.threshold));
    if (!told.what.empty()) text += ", " + told.what;
  }
  if (!told.task.empty()) text += " in " + told.task;
  if (!told.process.empty()) text += " of " + told.process;
  if (!told.time.empty()) text += (rule.kind == Kind::max_growth ? " since " : " at ") + without_t(told.time);
  const bool samples = rule.kind != Kind::no_crash && rule.kind != Kind::max_growth && rule.kind != Kind::max_kept;
  if (samples && breaches > 1 && options_.cooldown_s < 0) text += fmt::format(" ({} readings)", breaches);
  return text;
}

std::string Check::undecided(const Rule& rule, const ReadResult& result) const {
  if (rule.kind == Kind::max_growth) return "too few samples, or too short a log, to tell growth";
  if (rule.kind == Kind::max_kept) return "no finished run of such a task";
  if (rule.kind == Kind::max_task) return "no sample of such a task";
  if (rule.kind == Kind::max_metric) {
    std::vector<std::string_view> known;
    for (NameId id = 1; id < result.names.names.size(); ++id) known.push_back(result.names.names.text(id));
    const std::string_view near = suggest(rule.metric, known);
    return "no reading of '" + rule.metric + "'" + (near.empty() || near == rule.metric ? "" : "; did you mean '" + std::string(near) + "'?");
  }
  return "the log has no such reading";
}

Report Check::report(const ReadResult& result) {
  Report report;
  report.schema = "memlog.check/1";
  report.entries = "rules";
  report.gate = "check";
  Value::List rules;
  Table table;
  table.columns = {{"RESULT"}, {.heading = "RULE", .flexible = true, .name = true}, {.heading = "WHAT", .flexible = true, .name = true}, {.heading = "SOURCE", .flexible = true, .keep_end = true, .drop = 1}};
  std::size_t broken = 0;
  std::size_t undecided_rules = 0;
  for (std::size_t i = 0; i < options_.rules.size(); ++i) {
    const Rule& rule = options_.rules[i];
    const std::vector<Told> found = decide(i, result);
    const State& state = states_[i];
    const bool decided = state.readings > 0 || !found.empty();
    Value::List alerts;
    for (const Told& told : found) {
      alerts.emplace_back(Value::Object{{"value", rule.kind == Kind::no_crash ? Value() : Value(told.value)},
                                        {"time", text_or_null(told.time)},
                                        {"task", text_or_null(told.task)},
                                        {"process", text_or_null(told.process)},
                                        {"message", message(rule, told, state.breaches)},
                                        {"source", told.source}});
      const Value& line = told.source["line"];
      const auto* number = std::get_if<std::int64_t>(&line.data());
      const std::string path = as_text(told.source["path"]);
      const std::uint64_t at = number == nullptr ? 0 : static_cast<std::uint64_t>(*number);
      report.findings.push_back({Finding::State::broken, rule.text, message(rule, told, state.breaches), path, at});
      table.rows.push_back({{"BROKEN", Tone::bad}, {rule.text}, {message(rule, told, state.breaches)}, {path.empty() ? Value() : Value(fmt::format("{}:{}", path, at))}});
    }
    if (found.empty()) {
      const std::string reason = decided ? "" : undecided(rule, result);
      report.findings.push_back({decided ? Finding::State::held : Finding::State::undecided, rule.text, reason, {}, 0});
      if (!decided) table.rows.push_back({{"UNDECIDED", Tone::warning}, {rule.text}, {reason}, {}});
    }
    broken += found.empty() ? 0 : 1;
    undecided_rules += decided ? 0 : 1;
    rules.emplace_back(Value::Object{{"rule", std::string(name_of(rule.kind))},
                                     {"option", rule.text},
                                     {"state", found.empty() ? (decided ? "held" : "undecided") : "broken"},
                                     {"value", rounded(state.extreme, 4)},
                                     {"threshold", rule.threshold},
                                     {"unit", text_or_null(unit_of(rule.kind))},
                                     {"breaches", state.breaches},
                                     {"alerts", std::move(alerts)}});
  }
  failed_ = broken > 0;
  report.fields = {{"failed", failed_}, {"broken", broken}, {"undecided", undecided_rules}, {"rules", std::move(rules)}};
  if (!table.rows.empty()) report.blocks.emplace_back(std::move(table));
  const std::size_t n = options_.rules.size();
  std::string total = broken == 0 ? n == 1 ? "the rule is not broken" : fmt::format("no rule of {} is broken", n) : fmt::format("{} of {} broken", broken, counted(n, "rule"));
  if (undecided_rules > 0) total += fmt::format(", {} undecided", undecided_rules);
  report.blocks.emplace_back(Paragraph{total, broken > 0 ? Tone::bad : Tone::good});
  report.blocks.emplace_back(Paragraph{coverage_text(result), Tone::dim});
  return report;
}

}  // namespace memlog
