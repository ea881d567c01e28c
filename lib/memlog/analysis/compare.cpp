#include "memlog/analysis/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "memlog/base/counted.h"
#include "memlog/base/decimal.h"
#include "memlog/base/error.h"
#include "memlog/base/size.h"
#include "memlog/stats/mann_whitney.h"

namespace memlog {

namespace {

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
  double p_value = kMissing;
  const char* of = nullptr;        // `run_peaks` or `samples`
  bool exact = false;
  double least = 1;                // the smallest p-value that so many values can have
};

Test test_of(const Value& before, const Value& after) {
  std::vector<double> a = numbers_in(before["runs"]["peaks_mb"]);
  std::vector<double> b = numbers_in(after["runs"]["peaks_mb"]);
  const char* of = "run_peaks";
  if (a.empty() || b.empty()) {
    a = numbers_in(before["samples_mb"]);
    b = numbers_in(after["samples_mb"]);
    of = "samples";
  }
  if (a.empty() || b.empty()) return {};
  const stats::MannWhitney result = stats::mann_whitney(a, b);
  return {as_number(rounded(result.p_value, 10)), of, result.exact, stats::least_p_value(a.size(), b.size())};
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

// A task of either side or of both: where it stands there, and what came of it. Its figures are asked for again when it
// is told.
struct Row {
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  std::size_t before = kNowhere;
  std::size_t after = kNowhere;
  const char* verdict = "";
  Tone tone = Tone::plain;
  Test test;
};

// The two sides of a comparison; null for a task that is not on one.
class Sides {
 public:
  Sides(const Value& before, const Value& after) : before_(before), after_(after) {}
  Value before(const Row& row) const { return row.before == Row::kNowhere ? Value() : element_of(before_, row.before); }
  Value after(const Row& row) const { return row.after == Row::kNowhere ? Value() : element_of(after_, row.after); }

 private:
  Value before_;
  Value after_;
};

double figure(const Value& task, std::string_view key) { return as_number(task[key]); }
double kept(const Value& task) { return as_number(task["runs"]["avg_delta_mb"]); }
std::string name_of(const Value& before, const Value& after) { return as_text((after.is_null() ? before : after)["task"]); }

Value value_of(const Sides& sides, const Row& row) {
  const Value before = sides.before(row);
  const Value after = sides.after(row);
  Value::Object object{{"task", name_of(before, after)}, {"verdict", row.verdict}};
  object.emplace_back("count_before", before["count"]);
  object.emplace_back("count_after", after["count"]);
  object.emplace_back("runs_before", before["runs"]["started"]);
  object.emplace_back("runs_after", after["runs"]["started"]);
  const auto add = [&](const std::string& what, double was, double is) {
    object.emplace_back(what + "_before_mb", was);
    object.emplace_back(what + "_after_mb", is);
    object.emplace_back(what + "_change_mb", difference(was, is));
    object.emplace_back(what + "_change_percent", percent_change(was, is));
  };
  add("avg", figure(before, "avg_mb"), figure(after, "avg_mb"));
  add("p95", figure(before, "p95_mb"), figure(after, "p95_mb"));
  add("max", figure(before, "max_mb"), figure(after, "max_mb"));
  add("kept_per_run", kept(before), kept(after));
  object.emplace_back("p_value", row.test.p_value);
  object.emplace_back("p_value_of", row.test.of == nullptr ? Value() : Value(row.test.of));
  object.emplace_back("p_value_exact", row.test.of == nullptr ? Value() : Value(row.test.exact));
  object.emplace_back("source", after["max_at"]["source"]);
  return object;
}

Value p_text(double p) {
  if (!is_known(p)) return Value();
  return p < 0.001 ? Value("<0.001") : Value(fmt::format("{:.3f}", p));
}

std::vector<Cell> cells_of(const Sides& sides, const Row& row) {
  const Value before = sides.before(row);
  const Value after = sides.after(row);
  const double was = figure(before, "avg_mb");
  const double is = figure(after, "avg_mb");
  return {{name_of(before, after)},
          {was},
          {is},
          {percent_change(was, is)},
          {figure(before, "p95_mb")},
          {figure(after, "p95_mb")},
          {figure(before, "max_mb")},
          {figure(after, "max_mb")},
          {kept(before)},
          {kept(after)},
          {p_text(row.test.p_value)},
          {row.verdict, row.tone}};
}

std::string words_of(const Value& before, const Value& after) {
  return fmt::format("average {:.1f} MB, before {:.1f} MB; maximum {:.1f} MB, before {:.1f} MB", figure(after, "avg_mb"), figure(before, "avg_mb"),
                     figure(after, "max_mb"), figure(before, "max_mb"));
}

}  // namespace

Comparison compare_tasks(const Value& before, const Value& after, const CompareOptions& options) {
  const Allowance allowance = parse_allowance(options.fail_on_increase);
  Comparison comparison;
  comparison.table.columns = {{.heading = "TASK", .flexible = true, .name = true}, {"AVG BEFORE", true}, {"AVG MB", true},          {"CHANGE %", true},      {.heading = "P95 BEFORE", .right = true, .drop = 6}, {.heading = "P95 MB", .right = true, .drop = 5},
                              {.heading = "MAX BEFORE", .right = true, .drop = 2},                  {.heading = "MAX MB", .right = true, .drop = 1},     {.heading = "KEPT/RUN BEFORE", .right = true, .drop = 4}, {.heading = "KEPT/RUN MB", .right = true, .drop = 3}, {"P", true},          {"VERDICT"}};
  comparison.table.empty = "no task on either side";
  std::map<std::string, std::size_t> earlier;
  std::size_t place = 0;
  for_each_element(before, [&](const Value& task) {
    if (std::string name = as_text(task["task"]); !name.empty()) earlier[std::move(name)] = place;
    ++place;
  });
  const Sides sides(before, after);
  auto rows = std::make_shared<std::vector<Row>>();
  place = 0;
  for_each_element(after, [&](const Value& task) {
    const std::string name = as_text(task["task"]);
    Row row;
    row.after = place++;
    const auto found = earlier.find(name);
    if (found == earlier.end()) {
      row.verdict = "new";
      row.tone = Tone::dim;
    } else {
      row.before = found->second;
      earlier.erase(found);
      const Value was = sides.before(row);
      row.test = test_of(was, task);
      const bool grew = allowance.exceeded(figure(was, "avg_mb"), figure(task, "avg_mb")) || allowance.exceeded(figure(was, "max_mb"), figure(task, "max_mb"));
      const bool sure = options.significance >= 1 || row.test.p_value <= options.significance;
      // Values so few that no difference could ever pass the test are no reason to let growth pass.
      const bool untested = options.significance < 1 && row.test.least > options.significance;
      const auto least = static_cast<double>(options.min_runs);
      const bool few = repetitions(was) < least || repetitions(task) < least;
      row.verdict = few ? "too_few" : !grew ? "ok" : untested ? "untested" : sure ? "increased" : "not_significant";
      const bool fails = !few && grew && (untested || sure);
      // Without a gate the test alone says whether there is a difference.
      constexpr double kUsual = 0.05;
      const bool higher = figure(task, "avg_mb") > figure(was, "avg_mb");
      const bool told = !allowance.given() && !few;
      const bool clear = row.test.p_value <= kUsual;
      if (told) row.verdict = !clear ? "unclear" : higher ? "higher" : "lower";
      row.tone = fails ? Tone::bad : grew || (told && clear && higher) ? Tone::warning : few || (told && !clear) ? Tone::plain : Tone::good;
      comparison.failed |= fails;
      if (fails && untested) comparison.untested.push_back(name);
      ++comparison.compared;
      if (allowance.given()) {
        Finding finding;
        finding.state = few ? Finding::State::undecided : fails ? Finding::State::broken : Finding::State::held;
        finding.rule = name;
        finding.message = few ? "fewer than " + counted(options.min_runs, "run") : words_of(was, task);
        const Value& source = task["max_at"]["source"];
        finding.path = as_text(source["path"]);
        if (const double line = as_number(source["line"]); is_known(line)) finding.line = static_cast<std::uint64_t>(line);
        comparison.findings.push_back(std::move(finding));
      }
    }
    rows->push_back(row);
  });
  for (const auto& [name, at] : earlier) rows->push_back({.before = at, .verdict = "vanished", .tone = Tone::dim, .test = {}});
  // What fails is read first.
  std::stable_partition(rows->begin(), rows->end(), [](const Row& row) { return row.tone == Tone::bad; });
  comparison.tasks = Value(rows->size(), [sides, rows](std::size_t i) { return value_of(sides, (*rows)[i]); });
  comparison.table.made_rows = rows->size();
  comparison.table.make_row = [sides, rows](std::size_t i) { return cells_of(sides, (*rows)[i]); };
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
