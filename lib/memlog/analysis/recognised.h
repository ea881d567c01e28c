#pragma once

#include <array>
#include <cstdint>

#include "memlog/analysis/analysis.h"

namespace memlog {

// What memlog understood of its inputs: lines, records and samples by format, records by kind, the lines that it could
// not read and why. The question behind `memlog formats FILE`.
class Recognised : public Analysis {
 public:
  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;

 private:
  static constexpr std::size_t kKinds = static_cast<std::size_t>(EventKind::part) + 1;
  std::array<std::uint64_t, kKinds> by_kind_{};
  std::array<std::uint64_t, kMaxFormats> samples_{};
  std::array<std::uint64_t, kMaxFormats> records_{};
};

// The formats that memlog reads, each with an example line: `memlog formats` without a file.
Report known_formats();

}  // namespace memlog
