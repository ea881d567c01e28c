#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "memlog/analysis/advice.h"
#include "memlog/analysis/zones.h"
#include "memlog/base/scratch_file.h"
#include "memlog/report/pack.h"
#include "memlog/report/report.h"

namespace memlog {

// What a window of a report, or the whole, said of itself, before deaths, jumps and gaps are added.
struct ToldWindow {
  // The time is one of the window; without windows every time is.
  bool holds(const Timestamp& time) const;
  // Tells it again with a limit that was stated only after it.
  void set_limit(const Limit& limit, const Zones& zones);

  // All but the times, and back.
  void pack(Packer& to) const;
  static ToldWindow unpack(Unpacker& from);

  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  bool windowed = false;
  Value::Object fields;
  std::vector<Block> usage;
  ZoneTimes times;               // grows until the last reading of the window holds no more
  bool zoned = false;
  bool early = false;            // no limit was stated yet: a later line may state one
  std::vector<Block> tasks;
  std::vector<Block> leaks;
  std::vector<Block> counters;
  std::vector<Block> stated;
  std::string gc;
  AdviceInput advice;
};

// The windows of a log, in order. Years of days are more than memory should hold, and what is said of a day does not
// change any more but for the time that its last readings held: windows are put aside, only those times are held while
// they may still grow.
class ToldWindows {
 public:
  static constexpr std::size_t kLate = 1;       // windows to which time is being added

  void add(const ToldWindow& told);
  std::size_t size() const { return from_.size(); }
  std::int64_t from_ns(std::size_t i) const { return from_[i]; }
  // The first window that begins at `ns` or later.
  std::size_t first_from(std::int64_t ns) const;
  void hold(std::size_t i, const Held& held);
  ToldWindow window(std::size_t i) const;

  std::size_t in_memory() const { return late_.size(); }

 private:
  struct Place {
    std::uint64_t at = 0;
    std::size_t size = 0;
  };
  struct Packed {
    Place told;
    Place times;
    std::size_t room = 0;        // of the times, which may grow
  };
  struct Late {
    std::size_t window = 0;
    ZoneTimes times;
  };
  void put_times(Packed& packed, const ZoneTimes& times);
  ZoneTimes& add_late(std::size_t i, ZoneTimes times);
  ZoneTimes times_of(const Packed& packed) const;

  std::vector<std::int64_t> from_;
  std::vector<Packed> packed_;
  std::deque<Late> late_;            // the newest of them last
  ScratchFile file_{1 << 16};        // the log is being read, memory is wanted elsewhere
};

}  // namespace memlog
