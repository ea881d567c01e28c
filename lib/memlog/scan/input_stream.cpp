#include "memlog/scan/input_stream.h"

#include <algorithm>

#include "memlog/base/error.h"

namespace memlog {

namespace {

Assembler::Options assembling(const InputPath& path, std::uint16_t index, const ParseOptions& parse) {
  return {index, path.date, parse.keep_raw, path.modified, parse};
}

}  // namespace

InputStream::InputStream(const InputPath& path, std::uint16_t index, RunNames& names, const Options& options)
    : options_(options), index_(index), assembler_(std::make_unique<Assembler>(names, assembling(path, index, options.parse))) {
  open(path);
}

void InputStream::open(const InputPath& path) {
  summary_ = {};
  shift_ns_ = path.shift_ns;
  summary_.path = path.path;
  try {
    reader_ = std::make_unique<ChunkReader>(open_source(path, options_.expansion), options_.chunk_size);
    chunks_ = std::make_unique<ChunkQueue>(*reader_, options_.parse, options_.pool, options_.ahead);
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
  assembler_->next_input(assembling(path, index, options_.parse), lines_);
  open(path);
}

EventBatch* InputStream::next() {
  while (!ended_) {
    EventBatch* batch = nullptr;
    try {
      batch = chunks_->next();
    } catch (const Error& error) {
      summary_.error = error.what();
    }
    if (batch == nullptr) {
      ended_ = true;
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
    if (!batch->events.empty() || !batch->readings.empty()) return batch;
  }
  return nullptr;
}

EventBatch* InputStream::finish() {
  last_.clear();
  last_.line_offset = lines_;
  assembler_->finish(last_);
  if (shift_ns_ != 0) shift(last_);
  account(last_);
  return last_.events.empty() ? nullptr : &last_;
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
}

void InputStream::account(const EventBatch& batch) {
  summary_.lines.add(batch.counts);
  summary_.repaired |= batch.chunk.repaired;
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
