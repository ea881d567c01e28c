#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "memlog/assemble/copies.h"
#include "memlog/assemble/cut_records.h"
#include "memlog/assemble/told_deaths.h"
#include "memlog/scan/merged_files.h"

namespace memlog {

// Several inputs may tell one event: logs that overlap, records that one of them has cut, the platform's word about a
// death. To be asked once for each event in the order of the timeline, where there are several files.
class Retold {
 public:
  Retold(const MergedFiles& merge, std::vector<InputSummary>& inputs, const RunNames& names) : merge_(merge), inputs_(inputs), names_(names) {}

  // Another input has told `event` of `open`, or has the whole of it: it is no record, and counted as what it is.
  bool is_told(const Event& event, OpenInput& open) { return is_copy(event, open) || is_told_death(event, *open.batch); }

 private:
  bool is_copy(const Event& event, OpenInput& open);
  bool is_told_death(const Event& event, const EventBatch& batch);
  std::int64_t since_start_of_next(const Event& event) const;
  std::optional<std::uint16_t> whole_of(const CutRecords::Known& part) const;

  const MergedFiles& merge_;
  std::vector<InputSummary>& inputs_;
  const RunNames& names_;
  CopyFilter copies_;
  CutRecords cut_;
  ToldDeaths deaths_;
  std::int64_t copies_until_ = std::numeric_limits<std::int64_t>::min();  // events up to here may have been told by an input that is over
};

}  // namespace memlog
