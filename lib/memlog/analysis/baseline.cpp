#include "memlog/analysis/baseline.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "memlog/analysis/record.h"
#include "memlog/base/decimal.h"
#include "memlog/base/error.h"
#include "memlog/base/size.h"

namespace memlog {

namespace {

struct Figures {
  double avg_mb = kMissing;
  double max_mb = kMissing;
};

double number_of(const Value& value) {
  if (const auto* number = std::get_if<double>(&value.data())) return *number;
  return kMissing;
}

std::map<std::string, Figures> read_baseline(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error("cannot read the baseline '" + path + "'", "make one with 'memlog by-task --json LOG > " + path + "'");
  std::ostringstream text;
  text << file.rdbuf();
  const auto document = nlohmann::json::parse(text.str(), nullptr, false);
  const std::string help = "a baseline is the output of 'memlog by-task --json' on an accepted run";
  if (document.is_discarded()) throw Error("the baseline '" + path + "' is no JSON", help);
  const std::string schema = document.is_object() ? document.value("schema", std::string()) : std::string();
  if (schema != "memlog.by-task/1" || !document.contains("tasks") || !document["tasks"].is_array()) {
    throw Error("the baseline '" + path + "' is no answer of by-task", help);
  }
  std::map<std::string, Figures> tasks;
  for (const auto& task : document["tasks"]) {
    if (!task.is_object() || !task.contains("task") || !task["task"].is_string()) continue;
    const auto number = [&](const char* key) { return task.contains(key) && task[key].is_number() ? task[key].get<double>() : kMissing; };
    tasks[task["task"].get<std::string>()] = {number("avg_mb"), number("max_mb")};
  }
  return tasks;
}

// What a figure may grow by.
struct Allowance {
  double percent = kMissing;
  double mb = kMissing;

  bool exceeded(double before, double after) const {
    if (!is_known(before) || !is_known(after)) return false;
    // A thousandth of a MB is the rounding of averages, not growth.
    constexpr double kRounding = 0.001;
    if (is_known(percent)) return after - before > before * percent / 100.0 + kRounding;
    if (is_known(mb)) return after - before > mb + kRounding;
    return false;
  }
};

Allowance parse_allowance(const std::string& text) {
  Allowance allowance;
  if (text.empty()) return allowance;
  std::string_view s = text;
  if (s.ends_with('%')) {
    s.remove_suffix(1);
    std::string_view rest = s;
    if (const auto percent = take_decimal(rest); percent && *percent >= 0 && rest.empty()) {
      allowance.percent = *percent;
      return allowance;
    }
  } else if (const auto mb = parse_size_mb(s)) {
    allowance.mb = *mb;
    return allowance;
  }
  throw Error("cannot read '" + text + "' of --fail-on-increase", "give a percentage ('10%') or a size ('5MB')");
}

Value percent_change(double before, double after) {
  if (!is_known(before) || !is_known(after) || before <= 0) return Value();
  return rounded((after / before - 1.0) * 100.0, 4);
}

}  // namespace

bool compare_with_baseline(Report& report, const std::string& baseline, const std::string& limit) {
  const Allowance allowance = parse_allowance(limit);
  std::map<std::string, Figures> before = read_baseline(baseline);
  Value::List changes;
  Table table;
  table.columns = {{.heading = "TASK", .flexible = true}, {"AVG BEFORE", true}, {"AVG MB", true}, {"MAX BEFORE", true}, {"MAX MB", true}, {"AVG CHANGE %", true}, {"VERDICT"}};
  bool failed = false;
  const auto add = [&](const std::string& task, const Figures& old, const Figures& now, const char* verdict, Tone tone) {
    changes.emplace_back(Value::Object{{"task", task},
                                       {"avg_before_mb", old.avg_mb},
                                       {"avg_after_mb", now.avg_mb},
                                       {"max_before_mb", old.max_mb},
                                       {"max_after_mb", now.max_mb},
                                       {"avg_change_percent", percent_change(old.avg_mb, now.avg_mb)},
                                       {"verdict", verdict}});
    table.rows.push_back({{task}, {old.avg_mb}, {now.avg_mb}, {old.max_mb}, {now.max_mb}, {percent_change(old.avg_mb, now.avg_mb)}, {verdict, tone}});
  };
  for (const auto& [key, value] : report.fields) {
    if (key != "tasks") continue;
    for (const Value& task : std::get<Value::List>(value.data())) {
      const std::string name = std::get<std::string>(task["task"].data());
      const Figures now{number_of(task["avg_mb"]), number_of(task["max_mb"])};
      const auto old = before.find(name);
      if (old == before.end()) {
        add(name, {}, now, "new", Tone::dim);
        continue;
      }
      const bool grew = allowance.exceeded(old->second.avg_mb, now.avg_mb) || allowance.exceeded(old->second.max_mb, now.max_mb);
      failed |= grew;
      add(name, old->second, now, grew ? "increased" : "ok", grew ? Tone::bad : Tone::good);
      before.erase(old);
    }
  }
  for (const auto& [name, old] : before) add(name, old, {}, "gone", Tone::dim);
  report.fields.emplace_back("baseline", Value::Object{{"path", baseline},
                                                       {"fail_on_increase", text_or_null(limit)},
                                                       {"failed", failed},
                                                       {"changes", std::move(changes)}});
  report.blocks.emplace_back(Heading{"COMPARED WITH " + baseline});
  report.blocks.emplace_back(std::move(table));
  return failed;
}

void add_runs_table(Report& report, const std::vector<Run>& runs, const ReadResult& result) {
  Table table;
  table.columns = {{"STARTED"}, {.heading = "TASK", .flexible = true}, {"PROCESS"}, {"OUTCOME"}, {"START MB", true}, {"PEAK MB", true}, {"LAST MB", true}, {"KEPT MB", true}, {.heading = "SOURCE", .flexible = true, .keep_end = true}};
  for (const Run& run : runs) {
    const Tone tone = run.outcome == RunOutcome::killed ? Tone::bad : run.outcome == RunOutcome::failed ? Tone::warning : Tone::plain;
    table.rows.push_back({{run.start.known() ? Value(format_time(run.start, ' ')) : Value()},
                          {std::string(result.names.names.text(run.task))},
                          {text_or_null(result.names.processes.display(run.process))},
                          {to_string(run.outcome), tone},
                          {run.start_mb},
                          {run.peak_mb},
                          {run.last_mb},
                          {run.delta_mb},
                          {source_text(run.input, run.line, result.inputs)}});
  }
  table.empty = "no run";
  report.blocks.emplace_back(Heading{"RUNS"});
  report.blocks.emplace_back(std::move(table));
}

}  // namespace memlog
