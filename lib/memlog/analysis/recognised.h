#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/format/user_format.h"
#include "memlog/scan/survey.h"

namespace memlog {

// What memlog understood of its inputs: lines, records and samples by format, what stood around the messages, records by
// kind, the lines that it could not read and why, and what most of the ignored ones look like. The question behind
// `memlog formats FILE`.
class Recognised : public Analysis {
 public:
  // `survey` is told of all lines while they are read.
  explicit Recognised(const Survey& survey) : survey_(survey) {}

  void fold(const Slice& slice) override;
  Report report(const ReadResult& result) override;

 private:
  static constexpr std::size_t kKinds = static_cast<std::size_t>(EventKind::part) + 1;
  std::array<std::uint64_t, kKinds> by_kind_{};
  std::array<std::uint64_t, kMaxFormats> samples_{};
  std::array<std::uint64_t, kMaxFormats> records_{};
  std::array<Timestamp, kMaxFormats> first_time_{};
  std::array<Timestamp, kMaxFormats> last_time_{};
  const Survey& survey_;
};

// The formats that memlog reads and those that the user defines, each with an example line: `memlog formats` without a
// file.
Report known_formats(const std::vector<UserFormat>& user);

}  // namespace memlog
