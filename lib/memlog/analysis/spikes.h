#pragma once

#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/event/process_table.h"

namespace memlog {

// A sudden jump of a process' memory from one reading to the next.
struct Spike {
  Timestamp time;                  // of the reading after the jump
  ProcessId process = 0;
  NameId task = kNoName;
  NameId previous_task = kNoName;  // of the reading before
  std::string context;
  double increase_mb = kMissing;
  double from_mb = kMissing;
  double to_mb = kMissing;
  double interval_s = kMissing;    // between the two readings; unknown where the monitor alone has seen the first
  bool returned = false;
  double returned_after_s = kMissing;
  double kept_mb = kMissing;       // above `from_mb` at the lowest later reading; unknown when nothing was read later
  std::uint16_t input = 0;
  std::uint64_t line = 0;
};

// Sudden jumps, the operation behind each, and whether the memory came back.
//
// A jump is told by the monitor itself, or seen between two neighbouring readings of one life of a process that are at
// most an hour apart. The first reading after a start has no neighbour. The memory has come back when a later reading
// of that life lies within a tenth of the jump of where it began.
class Spikes : public Analysis {
 public:
  struct Options {
    double over_mb = 50;           // a jump of this much, or more
    bool in_pieces = false;        // the answer makes its entries when it is written: analysis and result outlive it
  };
  static constexpr std::size_t kMostKept = 20'000;

  explicit Spikes(const Options& options);
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;

  // What fold() has seen, in order, once the log has ended.
  const std::vector<Spike>& finish();
  const std::vector<Spike>& found() const { return spikes_; }

  static Value value_of(const Spike& spike, const ReadResult& result);
  // Of how many jumps the memory came back, behind their number.
  static std::string returned_text(std::size_t spikes, std::size_t returned);
  // Its rows are made when they are written, from the jumps themselves.
  static Table table_of(std::vector<const Spike*> spikes, const ReadResult& result);

 private:
  // A jump whose memory has not come back yet.
  struct Open {
    double return_mb = 0;
    std::size_t spike = 0;
    bool operator<(const Open& other) const { return return_mb < other.return_mb; }
  };
  // The lowest reading since a jump and before the next one.
  struct Low {
    std::size_t spike = 0;
    double mb = kMissing;
  };
  struct Life {
    Timestamp time;
    double rss_mb = kMissing;
    NameId task = kNoName;
    std::priority_queue<Open> open;
    std::vector<Low> lows;
  };

  Life& life(ProcessId process);
  void read(const Event& event, const Slice& slice);
  void look_for_returns(Life& life, const Event& event);
  void end(Life& life);

  Options options_;
  int debug_log_;
  std::vector<Life> lives_;        // by process
  std::vector<Spike> spikes_;
  std::uint64_t not_kept_ = 0;
};

}  // namespace memlog
