#include "memlog/stats/task_counts.h"

#include <algorithm>
#include <map>

#include "memlog/stats/leak_constants.h"

namespace memlog::stats {

std::vector<std::uint32_t> frequent_tasks(SeriesGroup group) {
  std::map<std::uint32_t, std::uint64_t> totals;
  for (const LeakSeries* series : group) {
    for (const RunLog::Task& task : series->runs().tasks()) totals[task.id] += task.total;
  }
  std::erase_if(totals, [](const auto& entry) { return static_cast<double>(entry.second) < kMinRuns; });
  std::vector<std::pair<std::uint32_t, std::uint64_t>> order(totals.begin(), totals.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (order.size() > kMaxCandidateTasks) order.resize(kMaxCandidateTasks);
  std::vector<std::uint32_t> out;
  for (const auto& [task, total] : order) out.push_back(task);
  std::sort(out.begin(), out.end());
  return out;
}

std::uint64_t total_runs(SeriesGroup group, std::uint32_t task) {
  std::uint64_t total = 0;
  for (const LeakSeries* series : group) {
    if (const RunLog::Task* found = series->runs().find(task)) total += found->total;
  }
  return total;
}

RunCounter::RunCounter(const LeakSeries& series, std::uint32_t task) {
  const RunLog::Task* found = series.runs().find(task);
  if (found == nullptr) return;
  ends_ = sorted_ends(found->kept);
  stride_ = static_cast<double>(found->stride);
}

double RunCounter::before(double t_seconds) const {
  const auto finished = std::lower_bound(ends_.begin(), ends_.end(), t_seconds) - ends_.begin();
  return static_cast<double>(finished) * stride_;
}

}  // namespace memlog::stats
