#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "memlog/event/batch.h"

namespace memlog {

// The kernel's log, the platform's and the manager's each tell the same death in their words. Within one log the
// assembler knows that; here are the deaths that other logs have told. Remembers the last ones.
class ToldDeaths {
 public:
  ToldDeaths();

  // `event` is a death that another log than `log` has told: it is no record. Any other event is remembered or passed.
  bool knows(const Event& event, const EventBatch& batch, std::size_t log);

 private:
  struct Told {
    std::int64_t ns = 0;
    double pid = kMissing;
    NameId host = kNoName;
    std::uint8_t format = 0;
    std::size_t log = 0;
  };
  static bool same(const Told& a, const Told& b);

  std::vector<Told> told_;
  std::uint64_t formats_ = 0;   // bits of those that speak about deaths
};

}  // namespace memlog
