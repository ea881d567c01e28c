#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "memlog/assemble/timeline.h"
#include "memlog/scan/file_order.h"
#include "memlog/scan/input_stream.h"

namespace memlog {

// An input that is being merged.
struct OpenInput {
  std::unique_ptr<InputStream> stream;
  EventBatch* batch = nullptr;
  std::size_t at = 0;
  MergeClock clock;
  std::size_t index = 0;   // of the file that is read
  std::size_t number = 0;  // in the order in which logs were opened
  // Where several are merged, the first names of its tasks: events from `at` on have their numbers. It is in the order of
  // the timeline that they become the run's.
  std::unique_ptr<RunNames> tasks;
  std::vector<NameId> run_task;  // by number; kUnknownTask: not asked for yet
  static constexpr NameId kUnknownTask = 0xffffffff;

  bool over = false;       // the batch is the log's last
  std::size_t first_events = 0;  // that have been looked at for being cut at the log's beginning

  std::int64_t head() const {
    MergeClock ahead = clock;
    return ahead.place(batch->events[at]);
  }
};

// How far the merge of all files has come.
struct MergedFiles {
  std::vector<OrderedFile> files;     // in the order of the timeline
  std::vector<std::size_t> log_of;    // by file: the first one of its log
  std::size_t next = 0;               // the first file that is not open yet
  std::vector<OpenInput> open;
  std::int64_t told_until = MergeClock::kStart;  // by logs that are over

  // Files that go on where another one ends are opened then.
  void pass_followers() {
    while (next < files.size() && files[next].follows) ++next;
  }
};

}  // namespace memlog
