#include "memlog/stats/run_log.h"

#include <algorithm>

#include "memlog/stats/leak_constants.h"

namespace memlog::stats {
namespace {

std::vector<double> sorted_by(std::span<const RunLog::Run> runs, double RunLog::Run::*what) {
  std::vector<double> out;
  out.reserve(runs.size());
  for (const RunLog::Run& run : runs) out.push_back(run.*what);
  if (!std::is_sorted(out.begin(), out.end())) std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

void RunLog::started(std::uint32_t task, double t) {
  if (open_.size() == kMaxOpenRuns) open_.erase(open_.begin());
  open_.push_back({task, t});
}

void RunLog::ended(std::uint32_t task, double t) {
  const auto same = [&](const Open& open) { return open.task == task; };
  const auto newest = std::find_if(open_.rbegin(), open_.rend(), same);
  if (newest == open_.rend()) return;
  const Run run{newest->start, t};
  open_.erase(std::next(newest).base());
  Task& of = task_of(task);
  if ((of.total++ & (of.stride - 1)) != 0) return;
  of.kept.push_back(run);
  if (++kept_ >= kMaxKeptRuns) thin();
}

RunLog::Task& RunLog::task_of(std::uint32_t id) {
  std::uint16_t& near = near_[id % near_.size()];
  if (near < tasks_.size() && tasks_[near].id == id) return tasks_[near];
  const auto known = places_.find(id);
  if (known != places_.end()) {
    near = static_cast<std::uint16_t>(known->second);
    return tasks_[near];
  }
  if (tasks_.size() == kMaxTasks) return nameless_;
  places_.emplace(id, tasks_.size());
  tasks_.push_back({.id = id, .total = 0, .stride = 1, .kept = {}});
  return tasks_.back();
}

void RunLog::thin() {
  Task* largest = &nameless_;
  for (Task& task : tasks_) {
    if (task.kept.size() > largest->kept.size()) largest = &task;
  }
  if (largest->kept.size() < 2 || largest->stride >= kMaxStride) return;
  std::size_t out = 0;
  for (std::size_t i = 0; i < largest->kept.size(); i += 2) largest->kept[out++] = largest->kept[i];
  kept_ -= largest->kept.size() - out;
  largest->kept.resize(out);
  largest->kept.shrink_to_fit();
  largest->stride *= 2;
}

const RunLog::Task* RunLog::find(std::uint32_t task) const {
  const auto known = places_.find(task);
  return known == places_.end() ? nullptr : &tasks_[known->second];
}

std::vector<double> sorted_starts(std::span<const RunLog::Run> runs) { return sorted_by(runs, &RunLog::Run::start); }
std::vector<double> sorted_ends(std::span<const RunLog::Run> runs) { return sorted_by(runs, &RunLog::Run::end); }

}  // namespace memlog::stats
