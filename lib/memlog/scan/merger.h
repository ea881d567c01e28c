#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "memlog/assemble/repeats.h"
#include "memlog/scan/merged_files.h"
#include "memlog/scan/ordered_pool.h"
#include "memlog/scan/quick_memories.h"
#include "memlog/scan/read_events.h"
#include "memlog/scan/retold.h"
#include "memlog/scan/selector.h"

namespace memlog {

// All inputs as one timeline: opens each when its turn comes, lets the one with the earliest record go on, and hands out
// what the filters leave.
class Merger {
 public:
  Merger(const InputList& list, const ReadOptions& options, ReadResult& result, const std::function<void(const Slice&)>& on_slice);

  void run();

 private:
  std::optional<std::int64_t> last_of_all() const;
  void order();
  const InputPath& path(std::size_t index) const { return inputs_[merge_.files[index].at]; }
  bool same_clock(std::size_t a, std::size_t b) const { return path(a).shift_ns == path(b).shift_ns; }
  bool several() const { return merge_.files.size() > 1; }

  std::size_t sharing(std::size_t index) const;
  void open_next();
  void advance(OpenInput& open);
  std::size_t follower_of(const OpenInput& open);
  std::int64_t end_of(const OpenInput& open) const;
  void go_on_in(OpenInput& open, std::size_t next);
  TimeWindow window_for(std::size_t index, std::int64_t told_until) const;
  void keep_summary(OpenInput& open);

  // The time of an open log's next record; of two that are alike the one that was opened first goes on.
  struct Head {
    std::int64_t ns = 0;
    std::size_t number = 0;  // OpenInput::number
    auto operator<=>(const Head&) const = default;
  };
  void add_head(const OpenInput& open);
  std::vector<OpenInput>::iterator opened(std::size_t number);
  std::int64_t limit_for(const Head& head) const;
  void deliver(OpenInput& open, std::int64_t until);
  void name_tasks(OpenInput& open, std::size_t begin, std::size_t end);
  void deliver_whole(OpenInput& open);
  std::size_t select_all(OpenInput& open, std::size_t begin, std::size_t end);
  std::size_t select_some(OpenInput& open, std::size_t begin, std::size_t end);
  void hand_out(const OpenInput& open, std::size_t begin, std::size_t end);

  std::vector<InputPath> inputs_;
  const ReadOptions& options_;
  ReadResult& result_;
  const std::function<void(const Slice&)>& on_slice_;
  OrderedPool pool_;
  QuickMemories memories_;
  bool alone_;               // one input, and nothing of it is left out
  bool sifting_;
  Selector selector_;
  RepeatFilter repeats_;
  MergedFiles merge_;
  std::vector<Head> heads_;  // of all that are open but the one that goes on, the next one last
  std::size_t opened_ = 0;
  std::vector<bool> begun_;  // by file
  Retold retold_;
};

}  // namespace memlog
