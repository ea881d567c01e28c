#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "memlog/stats/leak_constants.h"

namespace memlog::stats {

// The finished runs of one process, in bounded memory: when too many are kept, the task with most of them drops every
// second one, and what it keeps stands for two (then four, …). Totals stay exact. Tasks are told apart up to
// kMaxTasks; the runs of later ones still end idle intervals, but are nobody's.
class RunLog {
 public:
  struct Run {
    double start = 0.0;
    double end = 0.0;    // seconds on the repaired axis
  };
  struct Task {
    std::uint32_t id = 0;
    std::uint64_t total = 0;     // finished runs
    std::uint64_t stride = 1;    // what a kept run stands for; a power of two
    std::vector<Run> kept;
  };

  void started(std::uint32_t task, double t);
  void ended(std::uint32_t task, double t);    // ends the newest open run of that task; without one, nothing happened
  void all_open_lost() { open_.clear(); }      // the process died

  void thin();    // gives back half of the largest task's runs

  std::span<const Task> tasks() const { return tasks_; }
  const Task* find(std::uint32_t task) const;
  const Task& nameless() const { return nameless_; }
  std::size_t kept() const { return kept_; }

 private:
  struct Open {
    std::uint32_t task = 0;
    double start = 0.0;
  };

  Task& task_of(std::uint32_t id);

  std::vector<Task> tasks_;
  std::unordered_map<std::uint32_t, std::size_t> places_;
  static_assert(kMaxTasks <= 65536);
  std::array<std::uint16_t, 64> near_{};    // places of tasks by the end of their number: the same few run all day
  Task nameless_;
  std::vector<Open> open_;
  std::size_t kept_ = 0;
};

// Sorted starts or ends of kept runs, for searching.
std::vector<double> sorted_starts(std::span<const RunLog::Run> runs);
std::vector<double> sorted_ends(std::span<const RunLog::Run> runs);

}  // namespace memlog::stats
