#include "memlog/analysis/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "memlog/base/size.h"
#include "memlog/base/time.h"

namespace memlog {

namespace {

// Room above the 99th percentile, and the step that people give limits in.
constexpr double kHeadroom = 1.25;
constexpr double kStepMb = 64;

// Fewer samples have no 99th percentile worth a limit.
constexpr std::uint64_t kEnoughSamples = 100;
constexpr std::uint64_t kEnoughRuns = 5;

double rounded_up(double mb) { return std::ceil(mb / kStepMb) * kStepMb; }

void container_limit(const AdviceInput& in, std::vector<Advice>& out) {
  if (in.samples < kEnoughSamples || in.processes != 1) return;
  const double limit = rounded_up(in.p99_mb * kHeadroom);
  std::string text = fmt::format("container limit: {:.0f} MB, the 99th percentile of {:.1f} MB and a quarter more", limit, in.p99_mb);
  if (in.max_mb > limit) text += fmt::format("; the maximum of {:.1f} MB would not fit: make that task smaller, or run it apart", in.max_mb);
  else if (in.limit.source != "system" && in.limit.mb < limit) text += fmt::format("; {} is too little", format_size(in.limit.mb));
  out.push_back({"container_limit", text, {{"limit_mb", limit}, {"p99_mb", rounded(in.p99_mb, 6)}, {"headroom", kHeadroom}, {"max_mb", in.max_mb}}});
}

// Celery replaces a worker that holds more than this after a task: what a healthy one holds then, and room.
void celery(const AdviceInput& in, std::vector<Advice>& out) {
  if (!in.celery || in.run_ends < kEnoughRuns) return;
  const double mb = rounded_up(in.run_end_p95_mb * kHeadroom);
  const auto kib = static_cast<std::int64_t>(mb) * 1024;
  out.push_back({"worker_max_memory_per_child",
                 fmt::format("worker_max_memory_per_child = {}  # KiB, {:.0f} MB: 95 % of {} runs end at {:.1f} MB or less, and a quarter more", kib, mb, in.run_ends, in.run_end_p95_mb),
                 {{"kib", kib}, {"run_end_p95_mb", rounded(in.run_end_p95_mb, 6)}, {"runs", in.run_ends}}});
}

void concurrency(const AdviceInput& in, std::vector<Advice>& out) {
  if (!in.celery || !is_known(in.limit.mb) || !(in.process_peak_mb > 0)) return;
  const auto fit = static_cast<std::int64_t>(std::floor(in.limit.mb / in.process_peak_mb));
  std::string text = fmt::format("worker_concurrency = {}: {} of {} over the highest peak of a worker, {:.1f} MB", std::max<std::int64_t>(1, fit),
                                 in.limit.source == "system" ? "the machine's memory" : "the limit", format_size(in.limit.mb), in.process_peak_mb);
  if (fit < 1) text += "; even one worker does not fit at its peak";
  out.push_back({"concurrency", text, {{"workers", fit}, {"limit_mb", rounded(in.limit.mb, 1)}, {"peak_mb", in.process_peak_mb}}});
}

void leaks(const AdviceInput& in, std::vector<Advice>& out) {
  for (const Value& series : as_list(in.leaks)) {
    if (as_text(series["verdict"]) != "leak") continue;
    const double slope = as_number(series["slope_mb_per_hour"]);
    const double hours = as_number(series["hours_to_limit"]);
    const Value::List& culprits = as_list(series["culprits"]);
    std::string text = fmt::format("look for the leak of {:.1f} MB/hour", slope);
    if (!series["process"].is_null()) text += " in " + as_text(series["process"]);
    if (!culprits.empty()) text += fmt::format(", first in '{}', which keeps {:.1f} MB a run", as_text(culprits[0]["task"]), as_number(culprits[0]["kept_mb_per_run"]));
    if (is_known(hours)) text += fmt::format("; until it is found, restart more often than every {}, when the limit is reached", format_duration(hours * 3600));
    out.push_back({"leak", text, {{"mb_per_hour", series["slope_mb_per_hour"]}, {"hours_to_limit", series["hours_to_limit"]}, {"process", series["process"]}}});
  }
}

void spikes(const AdviceInput& in, std::vector<Advice>& out) {
  const auto& by_task = in.spike_tasks;
  const auto most = std::max_element(by_task.begin(), by_task.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == by_task.end() || most->second < 3 || most->first.empty()) return;
  out.push_back({"spikes", fmt::format("'{}' is behind {} of {} jumps: let it work in smaller pieces", most->first, most->second, in.spikes),
                 {{"task", most->first}, {"spikes", static_cast<std::uint64_t>(most->second)}, {"of", static_cast<std::uint64_t>(in.spikes)}}});
}

void kept(const AdviceInput& in, std::vector<Advice>& out) {
  constexpr double kMuchMb = 10;
  for_each_element(in.tasks, [&](const Value& task) {
    const Value& runs = task["runs"];
    const double each = as_number(runs["avg_delta_mb"]);
    const double finished = as_number(runs["finished"]);
    if (!(each >= kMuchMb) || !(finished >= 3)) return;
    out.push_back({"kept", fmt::format("'{}' keeps {:.1f} MB on average of {:.0f} finished runs: release what it builds, or run it in a process of its own", as_text(task["task"]), each, finished),
                   {{"task", task["task"]}, {"kept_mb_per_run", runs["avg_delta_mb"]}, {"runs", runs["finished"]}}});
  });
}

void counters(const AdviceInput& in, std::vector<Advice>& out) {
  for (const CounterLimits::Counter& counter : in.counters) {
    Value::Object figures{{"counter", counter.name}, {"max", counter.max}, {"limit", counter.limit}};
    if (counter.state == CounterLimits::State::no_limit) {
      out.push_back({"deque_without_limit", fmt::format("give the deque '{}' a maxlen: it has none and held {:.0f}", counter.name, counter.max), std::move(figures)});
    } else if (counter.state == CounterLimits::State::exceeded) {
      const std::string what = counter.deque ? fmt::format("find out why the deque '{}' holds {:.0f}, more than its maxlen of {:.0f}", counter.name, counter.max, counter.limit)
                                             : fmt::format("allow at most {:.0f} {}: there were {:.0f}", counter.limit, counter.name, counter.max);
      out.push_back({counter.deque ? "deque_exceeded" : "too_many", what, std::move(figures)});
    }
  }
}

void collections(const AdviceInput& in, std::vector<Advice>& out) {
  constexpr double kLittleMb = 1;
  if (in.collections < 5) return;
  const double each = in.freed_mb / static_cast<double>(in.collections);
  if (each >= kLittleMb) return;
  out.push_back({"gc", fmt::format("forced garbage collection does not help here: {} of them freed {:.1f} MB each", in.collections, each),
                 {{"collections", in.collections}, {"freed_mb", rounded(in.freed_mb, 4)}}});
}

}  // namespace

std::vector<Advice> advise(const AdviceInput& input) {
  std::vector<Advice> out;
  leaks(input, out);
  container_limit(input, out);
  celery(input, out);
  concurrency(input, out);
  kept(input, out);
  spikes(input, out);
  counters(input, out);
  collections(input, out);
  return out;
}

}  // namespace memlog
