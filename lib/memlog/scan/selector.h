#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "memlog/assemble/run_names.h"
#include "memlog/event/batch.h"
#include "memlog/scan/filter.h"

namespace memlog {

// Decides for each event whether the user asked for it; names are matched once each.
class Selector {
 public:
  // `last`: the time of the last record of all inputs, for bounds that count from there.
  Selector(const Filter& filter, std::optional<std::int64_t> last);

  // The window, where it is one of dates and times without a zone; what quick readers may leave out.
  TimeWindow window() const;

  // Outside the time window events do not exist for an answer at all.
  bool in_time(const Event& event) const;

  // Whether a record is told. One without a task is none that `--task` asks for, and none that `--not-task` leaves out.
  bool selected(const Event& event, const EventBatch& batch, const RunNames& names);

  // A filter on tasks is not about how processes begin and end: an event that is not selected may be needed to know that.
  bool is_evidence(const Event& event, const RunNames& names);

 private:
  template <typename Match>
  static bool cached(std::vector<signed char>& cache, std::uint32_t id, Match match);
  bool of_process(const Event& event, const RunNames& names);

  const Filter& filter_;
  std::int64_t since_ = 0;
  std::int64_t until_ = 0;
  std::vector<signed char> task_;
  std::vector<signed char> not_task_;
  std::vector<signed char> process_;
};

}  // namespace memlog
