#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "memlog/assemble/runs.h"

namespace memlog {

template <typename Readings, typename Whole>
std::size_t RunTracker::fold_row(const Readings& row, std::span<const RunMark> marks, std::uint32_t high, std::uint64_t line_offset, Whole whole) {
  std::vector<Run>& open = runs(row.process());
  std::size_t marked = marks.size();
  std::size_t begin = 0;
  const auto pass = [&](std::size_t end, std::uint32_t highest) {
    if (open.empty() || end == begin) return;
    marked += end - begin;
    note_row(open, row[end - 1], highest / 10.0);
  };
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const RunMark& mark = marks[i];
    // Most runs start and end here, and need not stand open in between.
    if (open.empty() && row.kind(mark.at) == EventKind::task_start && i + 1 < marks.size()) {
      const RunMark& next = marks[i + 1];
      if (ends_run(row.kind(next.at)) && (row.format() == daily_ || row.task(mark.at) == row.task(next.at))) {
        marked += next.at - mark.at - 1;
        const std::uint32_t highest = std::max({row.rss(mark.at), next.high, row.rss(next.at)});
        if (!whole(mark.at, next.at, highest)) {
          Run run = started(row[mark.at], line_offset);
          finish(run, row[next.at], highest, line_offset);
        }
        begin = next.at + 1;
        ++i;
        continue;
      }
    }
    pass(mark.at, mark.high);
    const BareReading& reading = row[mark.at];  // of its own in columns
    if (reading.kind == EventKind::task_start) {
      start(open, reading, line_offset);
    } else if (!open.empty()) {
      note_row(open, reading, reading.rss_mb());
      end(open, reading, line_offset);
    }
    begin = mark.at + 1;
  }
  pass(row.size(), high);
  return marked;
}

// Readings of several processes come in any order, and what each of them is to its run as well: asked one after the other,
// every other question would be guessed wrong. So what most are is done without a branch: a start where no run is open, a
// reading, an end of the run's own task. Ends are told in their order once all are known; anything else is folded alone.
template <typename Besides, typename Whole>
void RunTracker::fold_rows(std::span<const BareReading> all, std::uint64_t line_offset, Besides besides, Whole whole) {
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
      tell_ends(end, all, line_offset, whole);
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
    const std::uint32_t ended = ones(ends_run(reading.kind));
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
  tell_ends(end, all, line_offset, whole);
  for (const ProcessId process : in_round_) give_row(process, all, line_offset);
}

// All before `end`, in their order.
template <typename Whole>
void RunTracker::tell_ends(const RowEnd* end, std::span<const BareReading> all, std::uint64_t line_offset, Whole whole) {
  for (const RowEnd* at = ends_.data(); at != end; ++at) {
    if (at->start != kBefore && whole(at->start, at->at, at->high)) continue;
    const BareReading& reading = all[at->at];
    Run run = at->start == kBefore ? open_[reading.process].front() : started(all[at->start], line_offset);
    finish(run, reading, at->high, line_offset);
  }
}

}  // namespace memlog
