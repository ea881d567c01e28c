#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "memlog/assemble/runs.h"

// Readings of several processes come in any order, and what each of them is to its run as well: asked one after the other,
// every other question would be guessed wrong. So what most are is done without a branch: a start where no run is open, a
// reading, an end of the run's own task. Ends are told in their order once all are known; anything else is folded alone.
namespace memlog {

template <typename Besides>
void RunTracker::fold_rows(std::span<const BareReading> all, std::uint64_t line_offset, Besides besides) {
  ++round_;
  in_round_.clear();
  if (ends_.size() <= all.size()) ends_.resize(all.size() + 1);
  RowEnd* end = ends_.data();
  const std::uint32_t round = round_;
  Row* rows = rows_.data();
  std::size_t known = rows_.size();
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const BareReading& reading = all[i];
    besides(i);
    const auto alone = [&] {
      tell_ends(end, all, line_offset);
      end = ends_.data();
      fold_alone(i, all, line_offset);
    };
    if (reading.process >= known || rows[reading.process].round != round) {
      const bool taken = take_row(reading.process);
      rows = rows_.data();
      known = rows_.size();
      if (!taken) {
        alone();
        continue;
      }
    }
    Row& row = rows[reading.process];
    const Row before = row;
    // All ones where it is so.
    const auto ones = [](bool is) { return 0 - static_cast<std::uint32_t>(is); };
    const std::uint32_t started = ones(reading.kind == EventKind::task_start);
    const std::uint32_t ended = ones(reading.kind == EventKind::task_end);
    const std::uint32_t own = ones(reading.task == before.task);
    if (((started & ones(before.task != kNoRun)) | (ended & ~own)) != 0) [[unlikely]] {
      alone();
      continue;
    }
    const std::uint32_t peaked = own & ones(reading.peak != BareReading::kNone);
    const std::uint32_t high = std::max(std::max(before.high & ~started, reading.rss), reading.peak & peaked);
    const std::uint32_t start = (before.start & ~started) | (i & started);
    row.task = (before.task & ~started) | (reading.task & started) | ended;  // kNoRun are ones
    row.high = high;
    row.start = start;
    row.last = i;
    *end = {i, start, high};
    end += ended & 1;
  }
  tell_ends(end, all, line_offset);
  for (const ProcessId process : in_round_) give_row(process, all, line_offset);
}

}  // namespace memlog
