#include "memlog/analysis/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "memlog/analysis/record.h"
#include "memlog/base/counted.h"
#include "memlog/base/error.h"
#include "memlog/base/size.h"
#include "memlog/base/text.h"

namespace memlog {

namespace {

using Kind = Check::Kind;

constexpr std::size_t kMostTold = 1000;

[[noreturn]] void throw_bad(Kind kind, const std::string& value) {
  const std::string option = "--" + std::string(name_of(kind));
  std::string help = "give a size: '" + option + " 450MB'";
  if (kind == Kind::max_task || kind == Kind::max_kept) help = "give a pattern and a size: '" + option + " Dump=600MB'";
  if (kind == Kind::max_growth) help = "give MB per hour: '--max-growth 10MB/h'";
  if (kind == Kind::min_free) help = "give a percentage: '--min-free 25%'";
  if (kind == Kind::max_metric) help = "give a metric and a number: '--max sessions=3'";
  throw Error("cannot read '" + value + "' of " + option, help);
}

}  // namespace

std::string_view name_of(Check::Kind kind) {
  switch (kind) {
    case Kind::max_rss: return "max-rss";
    case Kind::max_task: return "max-task";
    case Kind::max_growth: return "max-growth";
    case Kind::max_kept: return "max-kept";
    case Kind::min_available: return "min-available";
    case Kind::min_free: return "min-free";
    case Kind::max_metric: return "max";
    case Kind::no_crash: return "no-crash";
  }
  return "max-rss";
}

Check::Rule parse_rule(Check::Kind kind, const std::string& value, const std::string& text) {
  Check::Rule rule;
  rule.kind = kind;
  rule.text = text;
  std::string_view rest = value;
  if (kind == Kind::max_task || kind == Kind::max_kept || kind == Kind::max_metric) {
    // The last equals sign: a pattern may hold others.
    const auto equals = rest.rfind('=');
    if (equals == std::string_view::npos || equals == 0) throw_bad(kind, value);
    const std::string name(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    if (kind == Kind::max_metric) rule.metric = name;
    else rule.task = std::make_shared<const Regex>(name, "--" + std::string(name_of(kind)));
  }
  const auto plain_number = [&](std::string_view suffix) -> std::optional<double> {
    std::string_view s = rest;
    if (s.ends_with(suffix)) s.remove_suffix(suffix.size());
    const auto number = take_decimal(s, true);
    return number && s.empty() ? number : std::nullopt;
  };
  std::optional<double> threshold;
  switch (kind) {
    case Kind::no_crash: threshold = 0; break;
    case Kind::max_metric: threshold = plain_number(""); break;
    case Kind::min_free: threshold = plain_number("%"); break;
    case Kind::max_growth: {
      std::string_view s = rest;
      for (const std::string_view per_hour : {"/hour", "/h"}) {
        if (s.ends_with(per_hour)) {
          s.remove_suffix(per_hour.size());
          break;
        }
      }
      threshold = parse_size_mb(s);
      break;
    }
    default: threshold = parse_size_mb(rest);
  }
  if (!threshold) throw_bad(kind, value);
  // No run can hold the one, every run holds the other: a gate that says nothing is a mistake of who wrote it.
  if (kind == Kind::min_free && !(*threshold >= 0 && *threshold <= 100)) throw Error("--min-free " + value + " is no share of the memory", "give a percentage from 0 to 100: '--min-free 25%'");
  if ((kind == Kind::max_rss || kind == Kind::max_task) && !(*threshold > 0)) throw Error("--" + std::string(name_of(kind)) + " " + value + " cannot hold", "give a size above 0: '--max-rss 450MB'");
  rule.threshold = *threshold;
  return rule;
}

Check::Check(const Options& options) : options_(options), states_(options.rules.size()), growth_(options.rules.size()) {
  for (std::size_t i = 0; i < options.rules.size(); ++i) {
    const Rule& rule = options.rules[i];
    if (rule.kind == Kind::max_kept && !tasks_) tasks_.emplace(ByTask::Options{.in_pieces = true, .samples = false});
    if (rule.kind == Kind::no_crash && !crashes_) {
      Crash::Options crash;
      crash.limit_mb = options.limit_mb;
      crash.in_pieces = true;
      crashes_.emplace(crash);
    }
    if (rule.kind == Kind::max_growth) {
      Leaks::Options leaks;
      leaks.limit_mb = options.limit_mb;
      leaks.threshold_mb_per_hour = rule.threshold;
      growth_[i] = std::make_unique<Leaks>(leaks);
    }
  }
}

bool Check::matches(const Rule& rule, State& state, const Event& event, const Slice& slice) const {
  const NameId task = event.task;
  if (task == kNoName) return false;
  if (event.own_name != kNoText) return rule.task->matches(slice.task_of(event));
  if (task >= state.matches.size()) state.matches.resize(task + 1, -1);
  if (state.matches[task] < 0) state.matches[task] = rule.task->matches(slice.names.names.text(task)) ? 1 : 0;
  return state.matches[task] == 1;
}

double Check::value_of(const Rule& rule, State& state, const Event& event, const Slice& slice) const {
  const bool sample = event.is(flag::kSample);
  switch (rule.kind) {
    case Kind::max_rss: return sample ? event.rss_mb : kMissing;
    case Kind::max_task: return sample && matches(rule, state, event, slice) ? event.rss_mb : kMissing;
    case Kind::min_available: return event.available_mb;
    case Kind::min_free: return event.free_percent;
    case Kind::max_metric:
      if (state.metric == kNoName) state.metric = slice.names.names.find(rule.metric);
      return state.metric == kNoName ? kMissing : slice.batch.metric_of(event, state.metric);
    default: return kMissing;
  }
}

void Check::look_at(const Rule& rule, State& state, const Event& event, const Slice& slice) {
  const double value = value_of(rule, state, event, slice);
  if (!is_known(value)) return;
  ++state.readings;
  const bool low = is_minimum(rule.kind);
  if (low ? !(state.extreme <= value) : !(state.extreme >= value)) state.extreme = value;
  if (low ? value >= rule.threshold : value <= rule.threshold) return;
  ++state.breaches;
  const Breach breach{value, event.time, event.task, event.process, event.input, event.line, std::string(slice.batch.texts[event.own_name])};
  if (state.breaches == 1 || (low ? value < state.worst.value : value > state.worst.value)) state.worst = breach;
  if (options_.cooldown_s < 0 || state.told.size() == kMostTold) return;
  if (event.time.known()) {
    const auto last = state.last_told.find(event.process);
    const auto cooldown = static_cast<std::int64_t>(options_.cooldown_s * 1e9);
    if (last != state.last_told.end() && event.time.ns - last->second < cooldown && event.time.ns >= last->second) return;
    state.last_told[event.process] = event.time.ns;
  }
  state.told.push_back(breach);
}

void Check::fold(const Slice& slice) {
  for (std::size_t i = 0; i < options_.rules.size(); ++i) {
    if (growth_[i]) growth_[i]->fold(slice);
  }
  if (tasks_) tasks_->fold(slice);
  if (crashes_) crashes_->fold(slice);
  for (const Event& event : slice.events) {
    if (!event.is(flag::kRecord | flag::kSelected)) continue;
    for (std::size_t i = 0; i < options_.rules.size(); ++i) look_at(options_.rules[i], states_[i], event, slice);
    if (!event.is(flag::kSample)) continue;
    if (event.process >= last_.size()) last_.resize(event.process + 1);
    last_[event.process] = {event.rss_mb, event.time, event.task, event.process, event.input, event.line, {}};
  }
}

Check::Told Check::told_of(const Breach& breach, const ReadResult& result) const {
  return {breach.value,
          format_time(breach.time),
          breach.own_name.empty() ? std::string(result.names.names.text(breach.task)) : breach.own_name,
          result.names.processes.display(breach.process),
          {},
          source_of(breach.input, breach.line, result.inputs)};
}

// Growth is of a series, not of a line: the line named is the last reading of its process.
std::vector<Check::Told> Check::judge_growth(std::size_t index, const ReadResult& result) {
  State& state = states_[index];
  std::vector<Told> found;
  const Value series = growth_[index]->report(result).field("series");
  for (const Value& one : as_list(series)) {
    const std::string verdict = as_text(one["verdict"]);
    if (verdict == "insufficient_data") continue;
    ++state.readings;
    const double slope = as_number(one["slope_mb_per_hour"]);
    if (!(state.extreme >= slope)) state.extreme = slope;
    if (verdict != "leak") continue;
    Told told;
    for (const Breach& last : last_) {
      if (last.line > 0 && (one["process"].is_null() || result.names.processes.display(last.process) == as_text(one["process"]))) told = told_of(last, result);
    }
    told.value = slope;
    told.time = as_text(one["onset"]);
    told.task.clear();
    told.process = as_text(one["process"]);
    told.what = fmt::format("{} confidence", as_text(one["confidence"]));
    found.push_back(std::move(told));
  }
  std::stable_sort(found.begin(), found.end(), [](const Told& a, const Told& b) { return a.value > b.value; });
  return found;
}

std::vector<Check::Told> Check::judge_kept(std::size_t index, const ReadResult& result) {
  const Rule& rule = options_.rules[index];
  State& state = states_[index];
  if (tasks_value_.is_null()) tasks_value_ = tasks_->report(result).field("tasks");
  std::vector<Told> found;
  for_each_element(tasks_value_, [&](const Value& task) {
    if (!rule.task->matches(as_text(task["task"]))) return;
    const double kept = as_number(task["runs"]["avg_delta_mb"]);
    if (!is_known(kept)) return;
    ++state.readings;
    if (!(state.extreme >= kept)) state.extreme = kept;
    if (kept <= rule.threshold) return;
    found.push_back({kept, {}, as_text(task["task"]), {}, "on average of " + counted(static_cast<std::uint64_t>(as_number(task["runs"]["finished"])), "finished run"), task["max_at"]["source"]});
  });
  std::stable_sort(found.begin(), found.end(), [](const Told& a, const Told& b) { return a.value > b.value; });
  return found;
}

// A restart that nothing explains is no crash yet.
std::vector<Check::Told> Check::judge_crashes(std::size_t index, const ReadResult& result) {
  State& state = states_[index];
  if (crashes_value_.is_null()) crashes_value_ = crashes_->report(result).field("crashes");
  state.readings = result.records();
  std::vector<Told> found;
  for_each_element(crashes_value_, [&](const Value& crash) {
    const std::string verdict = as_text(crash["verdict"]);
    if (verdict != "oom" && verdict != "probable_oom" && verdict != "killed") return;
    const Value::List& evidence = as_list(crash["evidence"]);
    Told told;
    told.time = as_text(crash["time"]);
    told.process = as_text(crash["process"]);
    told.what = verdict;
    if (const double rss = as_number(crash["rss_mb"]); is_known(rss)) told.what += fmt::format(" at {}", format_size(rss));
    if (!evidence.empty()) told.source = evidence[0]["source"];
    found.push_back(std::move(told));
  });
  for (Told& told : found) told.value = static_cast<double>(found.size());
  state.extreme = static_cast<double>(found.size());
  return found;
}

std::vector<Check::Told> Check::decide(std::size_t index, const ReadResult& result) {
  State& state = states_[index];
  std::vector<Told> found;
  switch (options_.rules[index].kind) {
    case Kind::max_growth: found = judge_growth(index, result); break;
    case Kind::max_kept: found = judge_kept(index, result); break;
    case Kind::no_crash: found = judge_crashes(index, result); break;
    default:
      if (state.breaches > 0 && options_.cooldown_s < 0) found.push_back(told_of(state.worst, result));
      for (const Breach& breach : state.told) found.push_back(told_of(breach, result));
      return found;
  }
  state.breaches = found.size();
  if (options_.cooldown_s < 0 && found.size() > 1) found.resize(1);
  return found;
}

}  // namespace memlog
