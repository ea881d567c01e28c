#include "memlog/scan/input_stream.h"

#include <algorithm>
#include <utility>

#include "memlog/assemble/platform_clock.h"
#include "memlog/base/error.h"

namespace memlog {

namespace {

Assembler::Options assembling(const InputPath& path, std::uint16_t index, const InputStream::Options& options) {
  return {index, path.date, options.parse.keep_raw, path.modified, options.parse, options.tasks};
}

}  // namespace

InputStream::InputStream(const InputPath& path, std::uint16_t index, RunNames& names, const Options& options)
    : options_(options), index_(index), assembler_(std::make_unique<Assembler>(names, assembling(path, index, options))) {
  open(path);
}

void InputStream::open(const InputPath& path) {
  summary_ = {};
  shift_ns_ = path.shift_ns;
  summary_.path = path.path;
  try {
    reader_ = std::make_unique<ChunkReader>(open_source(path, options_.expansion), options_.chunk_size);
    chunks_ = std::make_unique<ChunkQueue>(*reader_, options_.parse, ChunkQueue::Options{options_.pool, options_.ahead, options_.memories, options_.parks});
    if (repairing_) chunks_->start_repairing();
    ended_ = false;
  } catch (const Error& error) {
    summary_.error = error.what();
    ended_ = true;
  }
}

void InputStream::go_on(const InputPath& path, std::uint16_t index, std::uint64_t repeated_lines, const TimeWindow& window) {
  index_ = index;
  options_.parse.window = window;
  repeated_lines_ = repeated_lines;
  assembler_->next_input(assembling(path, index, options_), lines_);
  open(path);
}

// The next chunk as it was parsed. The first lines of a log wait for those that tell the difference of its clocks, if any of
// them needs it. They are counted in lines, so that the answer does not depend on where the log was cut into chunks.
EventBatch* InputStream::next_parsed() {
  bool waiting = false;
  std::uint64_t lines = lines_;
  while (held_.empty() || waiting) {
    EventBatch* batch = nullptr;
    try {
      if (!held_end_) batch = chunks_->next();
    } catch (const Error&) {
      if (held_.empty()) throw;
      held_error_ = std::current_exception();  // told behind what it stands behind
    }
    if (batch == nullptr) {
      held_end_ = true;
      break;
    }
    if (lines >= assemble::PlatformClock::kLookAhead && held_.empty()) return batch;
    if (batch->wrongly_encoded) chunks_->start_repairing();
    batch->line_offset = lines;
    assembler_->look_ahead(*batch);
    lines += static_cast<std::uint64_t>(batch->counts.lines);
    waiting |= std::any_of(batch->events.begin(), batch->events.end(), [](const Event& event) { return event.is(flag::kPlatformTime); });
    waiting &= lines < assemble::PlatformClock::kLookAhead;
    if (held_.empty() && !waiting) return batch;
    held_.push_back(std::move(*batch));
    *batch = EventBatch{};
  }
  if (held_.empty()) {
    if (held_error_) std::rethrow_exception(std::exchange(held_error_, nullptr));
    return nullptr;
  }
  released_ = std::make_unique<EventBatch>(std::move(held_.front()));
  held_.pop_front();
  return released_.get();
}

EventBatch* InputStream::next() {
  while (!ended_) {
    EventBatch* batch = nullptr;
    try {
      batch = next_parsed();
    } catch (const Error& error) {
      summary_.error = error.what();
    }
    if (batch == nullptr) {
      ended_ = true;
      held_end_ = false;
      summary_.encoding = reader_->encoding();
      summary_.compression = reader_->compression();
      if (!reader_->by_region()) summary_.bytes = reader_->bytes_read();
      chunks_.reset();
      reader_.reset();
      return nullptr;
    }
    batch->line_offset = lines_;
    lines_ += static_cast<std::uint64_t>(batch->counts.lines);
    if (batch->wrongly_encoded && !repairing_) {
      repairing_ = true;
      chunks_->start_repairing();
    }
    summary_.bytes = batch->chunk.file_end;
    if (repeated_lines_ > 0) drop_repeated(*batch);
    assembler_->assemble(*batch);
    account(*batch);
    if (shift_ns_ != 0) shift(*batch);
    if (options_.survey != nullptr) options_.survey->fold(*batch, index_, assembler_->place(lines_).line - static_cast<std::uint64_t>(batch->counts.lines));
    if (!batch->events.empty() || !batch->stretches.empty()) return batch;
  }
  return nullptr;
}

EventBatch* InputStream::finish() {
  last_ = std::make_unique<EventBatch>();
  last_->line_offset = lines_;
  assembler_->finish(*last_);
  if (shift_ns_ != 0) shift(*last_);
  account(*last_);
  return last_->events.empty() ? nullptr : last_.get();
}

std::int64_t InputStream::last_time() const {
  const std::int64_t ns = assembler_->last_time();
  return ns == Timestamp::kNone ? ns : ns + shift_ns_;
}

void InputStream::raise_wanted_above(double mb) {
  if (chunks_ != nullptr) chunks_->raise_wanted_above(mb);
}

// Its lines stay what they are; only their events have been told.
void InputStream::drop_repeated(EventBatch& batch) {
  const auto is_repeated = [&](const Event& event) { return event.line <= repeated_lines_; };
  const auto first = std::find_if_not(batch.events.begin(), batch.events.end(), is_repeated);
  summary_.repeated += static_cast<std::uint64_t>(std::count_if(batch.events.begin(), first, [](const Event& event) { return event.is(flag::kRecord); }));
  batch.events.erase(batch.events.begin(), first);
  repeated_lines_ -= std::min(repeated_lines_, static_cast<std::uint64_t>(batch.counts.lines));
}

void InputStream::shift(EventBatch& batch) const {
  for (Event& event : batch.events) {
    if (event.time.known() && event.time.dated) event.time.ns += shift_ns_;
  }
  for (BareReading& reading : batch.readings) reading.ns += shift_ns_;
  for (ReadingColumns::Row& row : batch.columns.rows) row.ns += shift_ns_;
}

void InputStream::account(const EventBatch& batch) {
  summary_.lines.add(batch.counts);
  summary_.repaired |= batch.chunk.repaired;
  for (const ClockCorrection& more : batch.clock_corrections) {
    const auto known = std::find_if(summary_.clock_corrections.begin(), summary_.clock_corrections.end(), [&](const ClockCorrection& one) { return one.shown_ns == more.shown_ns; });
    if (known != summary_.clock_corrections.end()) known->records += more.records;
    else summary_.clock_corrections.push_back(more);
  }
  for (std::size_t i = 0; i < kMaxFormats; ++i) summary_.format_lines[i] += batch.format_lines[i];
  for (const EarlierCounts& earlier : batch.earlier_counts) late_.push_back({earlier.input, earlier.counts, {}});
  for (const Problem& problem : batch.problems) {
    constexpr std::size_t kLongestShown = 400;
    const Assembler::Place at = assembler_->place(batch.line_offset + problem.line);
    ShownProblem shown{at.line, problem.column, std::string(problem.expected), std::string(problem.text.substr(0, kLongestShown)), problem.format};
    if (at.input != index_) late_.push_back({at.input, {}, {std::move(shown)}});
    else if (summary_.problems.size() < kMaxShownProblems) summary_.problems.push_back(std::move(shown));
  }
}

}  // namespace memlog
