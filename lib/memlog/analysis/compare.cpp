#include "memlog/analysis/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "memlog/base/counted.h"
#include "memlog/base/decimal.h"
#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/base/size.h"
#include "memlog/input/source.h"
#include "memlog/stats/mann_whitney.h"

namespace memlog {

namespace {

constexpr std::string_view kSchema = "memlog.by-task/1";

Value to_value(const nlohmann::ordered_json& json) {
  if (json.is_boolean()) return Value(json.get<bool>());
  if (json.is_number_integer()) return Value(json.get<std::int64_t>());
  if (json.is_number()) return Value(json.get<double>());
  if (json.is_string()) return Value(json.get<std::string>());
  if (json.is_array()) {
    Value::List list;
    for (const auto& element : json) list.push_back(to_value(element));
    return list;
  }
  if (json.is_object()) {
    Value::Object object;
    for (const auto& [key, member] : json.items()) object.emplace_back(key, to_value(member));
    return object;
  }
  return Value();
}

// What a figure may grow by.
struct Allowance {
  double percent = kMissing;
  double mb = kMissing;

  bool given() const { return is_known(percent) || is_known(mb); }
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

std::vector<double> numbers_in(const Value& value) {
  std::vector<double> numbers;
  for (const Value& element : as_list(value)) {
    if (const double number = as_number(element); is_known(number)) numbers.push_back(number);
  }
  return numbers;
}

struct Test {
  Value p_value;
  Value of;                        // `run_peaks` or `samples`
  Value exact;
  double least = 1;                // the smallest p-value that so many values can have
};

Test test_of(const Value& before, const Value& after) {
  std::vector<double> a = numbers_in(before["runs"]["peaks_mb"]);
  std::vector<double> b = numbers_in(after["runs"]["peaks_mb"]);
  std::string of = "run_peaks";
  if (a.empty() || b.empty()) {
    a = numbers_in(before["samples_mb"]);
    b = numbers_in(after["samples_mb"]);
    of = "samples";
  }
  if (a.empty() || b.empty()) return {};
  const stats::MannWhitney result = stats::mann_whitney(a, b);
  return {rounded(result.p_value, 10), of, result.exact, stats::least_p_value(a.size(), b.size())};
}

Value difference(double before, double after) { return rounded(after - before, 4); }

Value percent_change(double before, double after) {
  if (!is_known(before) || !is_known(after) || before <= 0) return Value();
  return rounded((after / before - 1.0) * 100.0, 4);
}

// Runs, or samples of labels that never start one.
double repetitions(const Value& task) {
  const double runs = as_number(task["runs"]["started"]);
  return is_known(runs) ? runs : as_number(task["count"]);
}

struct Row {
  const Value* before = nullptr;
  const Value* after = nullptr;
  std::string verdict;
  Tone tone = Tone::plain;
  Test test;
};

double figure(const Value* task, std::string_view key) { return task == nullptr ? kMissing : as_number((*task)[key]); }
double kept(const Value* task) { return task == nullptr ? kMissing : as_number((*task)["runs"]["avg_delta_mb"]); }

Value::Object value_of(const std::string& name, const Row& row) {
  Value::Object object{{"task", name}, {"verdict", row.verdict}};
  object.emplace_back("count_before", row.before == nullptr ? Value() : (*row.before)["count"]);
  object.emplace_back("count_after", row.after == nullptr ? Value() : (*row.after)["count"]);
  object.emplace_back("runs_before", row.before == nullptr ? Value() : (*row.before)["runs"]["started"]);
  object.emplace_back("runs_after", row.after == nullptr ? Value() : (*row.after)["runs"]["started"]);
  const auto add = [&](const std::string& what, double before, double after) {
    object.emplace_back(what + "_before_mb", before);
    object.emplace_back(what + "_after_mb", after);
    object.emplace_back(what + "_change_mb", difference(before, after));
    object.emplace_back(what + "_change_percent", percent_change(before, after));
  };
  add("avg", figure(row.before, "avg_mb"), figure(row.after, "avg_mb"));
  add("p95", figure(row.before, "p95_mb"), figure(row.after, "p95_mb"));
  add("max", figure(row.before, "max_mb"), figure(row.after, "max_mb"));
  add("kept_per_run", kept(row.before), kept(row.after));
  object.emplace_back("p_value", row.test.p_value);
  object.emplace_back("p_value_of", row.test.of);
  object.emplace_back("p_value_exact", row.test.exact);
  object.emplace_back("source", row.after == nullptr ? Value() : (*row.after)["max_at"]["source"]);
  return object;
}

Value p_text(double p) {
  if (!is_known(p)) return Value();
  return p < 0.001 ? Value("<0.001") : Value(fmt::format("{:.3f}", p));
}

std::vector<Cell> cells_of(const std::string& name, const Row& row) {
  const double before = figure(row.before, "avg_mb");
  const double after = figure(row.after, "avg_mb");
  return {{name},
          {before},
          {after},
          {percent_change(before, after)},
          {figure(row.before, "p95_mb")},
          {figure(row.after, "p95_mb")},
          {figure(row.before, "max_mb")},
          {figure(row.after, "max_mb")},
          {kept(row.before)},
          {kept(row.after)},
          {p_text(as_number(row.test.p_value))},
          {row.verdict, row.tone}};
}

std::string words_of(const Row& row) {
  return fmt::format("average {:.1f} MB, before {:.1f} MB; maximum {:.1f} MB, before {:.1f} MB", figure(row.after, "avg_mb"), figure(row.before, "avg_mb"),
                     figure(row.after, "max_mb"), figure(row.before, "max_mb"));
}

// At most `most` characters of a file, decompressed as logs are.
std::string front_of(const std::string& path, std::size_t most) {
  const auto source = open_named(path);
  std::string text;
  while (text.size() < most) {
    const std::size_t had = text.size();
    text.resize(had + std::min<std::size_t>(most - had, 1 << 16));
    const std::size_t n = source->read(text.data() + had, text.size() - had);
    text.resize(had + n);
    if (n == 0) break;
  }
  return text;
}

// What makes a task of a baseline useless: a figure that is none would let every growth pass.
std::string damage_of(const nlohmann::ordered_json& task) {
  if (!task.is_object()) return " is no object";
  const auto of = [&](const char* key) { return task.contains(key) ? task[key] : nlohmann::ordered_json(); };
  if (!of("task").is_string() && !of("task").is_null()) return ".task is no name";
  if (!of("count").is_number()) return ".count is no number";
  const bool empty = of("count").get<double>() == 0;
  for (const char* key : {"avg_mb", "max_mb"}) {
    if (!of(key).is_number() && !(empty && of(key).is_null())) return fmt::format(".{} is no number", key);
  }
  return {};
}

}  // namespace

bool is_baseline(const std::string& path) {
  std::string front;
  try {
    front = front_of(path, 256);
  } catch (const Error&) {
    return false;   // who reads it as a log says what is wrong
  }
  const auto first = front.find_first_not_of(" \t\r\n");
  return first != std::string::npos && front[first] == '{' && front.find("\"memlog.") != std::string::npos && front.find("\"schema\"") < front.find("\"memlog.");
}

Value read_baseline(const std::string& path) {
  std::string text;
  try {
    text = front_of(path, std::string::npos);
  } catch (const Error& error) {
    std::string_view why = error.what();
    consume(why, "cannot read '" + path + "': ");
    throw Error(fmt::format("cannot read the baseline '{}': {}", path, why), "make one with 'memlog by-task --save-baseline FILE LOG'");
  }
  const auto document = nlohmann::ordered_json::parse(text, nullptr, false);
  const std::string help = "a baseline is the output of 'memlog by-task --json' on an accepted run";
  if (document.is_discarded()) throw Error("the baseline '" + path + "' is no JSON", help);
  const bool is_answer = document.is_object() && document.contains("schema") && document["schema"].is_string() && document["schema"].get<std::string>() == kSchema;
  if (!is_answer || !document.contains("tasks") || !document["tasks"].is_array()) throw Error("the baseline '" + path + "' is no answer of by-task", help);
  for (std::size_t i = 0; i < document["tasks"].size(); ++i) {
    if (const std::string damage = damage_of(document["tasks"][i]); !damage.empty()) throw Error(fmt::format("the baseline '{}' is damaged: tasks[{}]{}", path, i, damage), help);
  }
  return to_value(document["tasks"]);
}

Comparison compare_tasks(const Value& before, const Value& after, const CompareOptions& options) {
  const Allowance allowance = parse_allowance(options.fail_on_increase);
  Comparison comparison;
  comparison.table.columns = {{.heading = "TASK", .flexible = true, .name = true}, {"AVG BEFORE", true}, {"AVG MB", true},          {"CHANGE %", true},      {.heading = "P95 BEFORE", .right = true, .drop = 6}, {.heading = "P95 MB", .right = true, .drop = 5},
                              {.heading = "MAX BEFORE", .right = true, .drop = 2},                  {.heading = "MAX MB", .right = true, .drop = 1},     {.heading = "KEPT/RUN BEFORE", .right = true, .drop = 4}, {.heading = "KEPT/RUN MB", .right = true, .drop = 3}, {"P", true},          {"VERDICT"}};
  comparison.table.empty = "no task on either side";
  std::map<std::string, const Value*> earlier;
  for (const Value& task : as_list(before)) {
    if (const std::string name = as_text(task["task"]); !name.empty()) earlier[name] = &task;
  }
  std::vector<std::pair<std::string, Row>> rows;
  for (const Value& task : as_list(after)) {
    const std::string name = as_text(task["task"]);
    Row row;
    row.after = &task;
    const auto found = earlier.find(name);
    if (found == earlier.end()) {
      row.verdict = "new";
      row.tone = Tone::dim;
    } else {
      row.before = found->second;
      earlier.erase(found);
      row.test = test_of(*row.before, task);
      const bool grew = allowance.exceeded(figure(row.before, "avg_mb"), figure(row.after, "avg_mb")) || allowance.exceeded(figure(row.before, "max_mb"), figure(row.after, "max_mb"));
      const bool sure = options.significance >= 1 || as_number(row.test.p_value) <= options.significance;
      // Values so few that no difference could ever pass the test are no reason to let growth pass.
      const bool untested = options.significance < 1 && row.test.least > options.significance;
      const auto least = static_cast<double>(options.min_runs);
      const bool few = repetitions(*row.before) < least || repetitions(task) < least;
      row.verdict = few ? "too_few" : !grew ? "ok" : untested ? "untested" : sure ? "increased" : "not_significant";
      // Without a gate the test alone says whether there is a difference.
      constexpr double kUsual = 0.05;
      const bool higher = figure(row.after, "avg_mb") > figure(row.before, "avg_mb");
      if (!allowance.given() && !few) row.verdict = !(as_number(row.test.p_value) <= kUsual) ? "unclear" : higher ? "higher" : "lower";
      const bool fails = row.verdict == "increased" || row.verdict == "untested";
      row.tone = fails ? Tone::bad : grew || row.verdict == "higher" ? Tone::warning : row.verdict == "unclear" || few ? Tone::plain : Tone::good;
      comparison.failed |= fails;
      if (row.verdict == "untested") comparison.untested.push_back(name);
      ++comparison.compared;
      if (allowance.given()) {
        Finding finding;
        finding.state = few ? Finding::State::undecided : fails ? Finding::State::broken : Finding::State::held;
        finding.rule = name;
        finding.message = few ? "fewer than " + counted(options.min_runs, "run") : words_of(row);
        const Value& source = task["max_at"]["source"];
        finding.path = as_text(source["path"]);
        if (const double line = as_number(source["line"]); is_known(line)) finding.line = static_cast<std::uint64_t>(line);
        comparison.findings.push_back(std::move(finding));
      }
    }
    rows.emplace_back(name, std::move(row));
  }
  for (const auto& [name, task] : earlier) rows.emplace_back(name, Row{task, nullptr, "vanished", Tone::dim, {}});
  // What fails is read first.
  std::stable_partition(rows.begin(), rows.end(), [](const auto& row) { return row.second.verdict == "increased" || row.second.verdict == "untested"; });
  for (const auto& [name, row] : rows) {
    comparison.tasks.emplace_back(value_of(name, row));
    comparison.table.rows.push_back(cells_of(name, row));
  }
  return comparison;
}

void add_comparison(Report& report, const std::string& baseline, const CompareOptions& options, Comparison comparison) {
  Value entry = Value::Object{{"path", baseline},
                              {"fail_on_increase", text_or_null(options.fail_on_increase)},
                              {"min_runs", static_cast<std::uint64_t>(options.min_runs)},
                              {"failed", comparison.failed},
                              {"changes", std::move(comparison.tasks)}};
  // The first one also stands alone: it is what scripts with one baseline read.
  if (report.field("baseline").is_null()) {
    report.fields.emplace_back("baseline", entry);
    report.fields.emplace_back("baselines", Value::List{});
  }
  for (auto& [key, value] : report.fields) {
    if (key != "baselines") continue;
    Value::List list = as_list(value);
    list.push_back(std::move(entry));
    value = std::move(list);
    break;
  }
  report.blocks.emplace_back(Heading{"COMPARED WITH " + baseline});
  report.blocks.emplace_back(std::move(comparison.table));
  for (Finding& finding : comparison.findings) {
    finding.rule += " against " + baseline;
    report.findings.push_back(std::move(finding));
  }
  if (!options.fail_on_increase.empty()) report.gate = "by-task";
}

}  // namespace memlog
