#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "memlog/base/decimal.h"
#include "memlog/base/scratch_file.h"
#include "memlog/base/time.h"
#include "memlog/event/names.h"
#include "memlog/event/process_table.h"

namespace memlog {

// What numbers say of a jump.
struct SpikeFigures {
  Timestamp time;                  // of the reading after the jump
  ProcessId process = 0;
  NameId task = kNoName;
  NameId previous_task = kNoName;  // of the reading before
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

// A sudden jump of a process' memory from one reading to the next.
struct Spike : SpikeFigures {
  std::string context;
};

// The jumps of a log, in the order in which they were found, put aside: twenty thousand of them take three MiB, for as
// long as the log is read and for a change or two of each.
class FoundSpikes {
 public:
  void add(const Spike& spike);
  // All but its context may have changed.
  void change(std::size_t i, const Spike& spike);
  Spike operator[](std::size_t i) const;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  // As it lies in the file: its context is elsewhere.
  struct Row {
    SpikeFigures figures;
    std::uint64_t context_at = 0;
    std::uint64_t context_size = 0;
  };
  // Rows are mostly asked for one after the other: some are read at once.
  static constexpr std::size_t kBlock = 32;
  static constexpr std::size_t kInMemory = 1 << 15;

  Row row(std::size_t i) const;

  std::size_t size_ = 0;
  ScratchFile rows_{kInMemory};
  ScratchFile contexts_{kInMemory};
  mutable std::string block_;
  mutable std::size_t block_begin_ = 0;   // of the rows in it
};

}  // namespace memlog
