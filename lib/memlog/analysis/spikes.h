#pragma once

#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/found_spikes.h"
#include "memlog/event/process_table.h"

namespace memlog {

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
  const FoundSpikes& finish();
  const FoundSpikes& found() const { return spikes_; }

  static Value value_of(const Spike& spike, const ReadResult& result);
  // Of how many jumps the memory came back, behind their number.
  static std::string returned_text(std::size_t spikes, std::size_t returned);
  // Of some of them, by their places. Its rows are made when they are written, from the jumps themselves.
  static Table table_of(const FoundSpikes& found, std::vector<std::uint32_t> spikes, const ReadResult& result);

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
  FoundSpikes spikes_;
  std::uint64_t not_kept_ = 0;
};

}  // namespace memlog
