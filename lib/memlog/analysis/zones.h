#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memlog/analysis/held_readings.h"
#include "memlog/analysis/limit.h"
#include "memlog/report/pack.h"
#include "memlog/report/report.h"
#include "memlog/stats/step_sums.h"

namespace memlog {

// A range of memory with a name, from `from_mb` on.
struct Zone {
  std::string name;
  double from_mb = 0;
  Tone tone = Tone::plain;
};

// The zones that a period is divided into, and when the system itself is short of memory.
struct Zones {
  std::string source;               // `render-512`, `host-2gb`, `limit`
  std::vector<Zone> zones;          // ascending; the first begins at 0
  double available_mb = kMissing;   // the system is short below this
  double free_percent = kMissing;   // or below this
};

// The presets of the guides; throws Error for another name.
Zones preset_zones(const std::string& name);

// 70, 90 and 97 % of the limit; no zones without one.
Zones limit_zones(const Limit& limit);

// Amounts are counted by tenths.
std::int64_t tenths(double value);

// How long the memory was in each zone. Time can be added after a period is over: a reading may hold until long after.
class ZoneTimes {
 public:
  ZoneTimes() = default;
  explicit ZoneTimes(Zones zones);

  // Keeps what it is told, so that it can be divided again.
  void keep() { keeps_ = true; }
  ZoneTimes divided_again(Zones zones) const;

  void hold(const Held& held);
  void hold_rss(std::int64_t key, std::int64_t ns);
  void hold_available(std::int64_t key, std::int64_t ns);
  void hold_free(std::int64_t key, std::int64_t ns);

  Value value() const;
  Table table() const;

  void pack(Packer& to) const;
  static ZoneTimes unpack(Unpacker& from);

 private:
  // Of the time in which the system was known, how long it was short.
  struct System {
    std::int64_t low_ns = 0;
    std::int64_t all_ns = 0;
    bool known = false;
  };
  struct Share {
    std::string name;
    double from_mb = 0;
    double to_mb = kMissing;
    double seconds = 0;
    double share = kMissing;
    Tone tone = Tone::plain;
  };
  std::vector<Share> shares() const;

  Zones zones_;
  std::vector<std::int64_t> ends_;     // of each zone but the last, in tenths
  std::vector<std::int64_t> ns_;       // by zone
  System available_;
  System free_;
  bool keeps_ = false;
  stats::StepSums kept_;               // nanoseconds by tenth of a MB
};

}  // namespace memlog
