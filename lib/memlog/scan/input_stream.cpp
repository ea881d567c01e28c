#include "memlog/scan/input_stream.h"

#include "memlog/base/error.h"

namespace memlog {

InputStream::InputStream(const InputPath& path, std::uint16_t index, RunNames& names, const Options& options) : shift_ns_(options.shift_ns) {
  summary_.path = path.path;
  try {
    reader_ = std::make_unique<ChunkReader>(open_source(path, options.expansion), options.chunk_size);
    chunks_ = std::make_unique<ChunkQueue>(*reader_, options.parse, options.pool, options.ahead);
    assembler_ = std::make_unique<Assembler>(names, Assembler::Options{index, path.date, options.parse.keep_raw, path.modified, options.parse});
  } catch (const Error& error) {
    summary_.error = error.what();
    finished_ = true;
  }
}

EventBatch* InputStream::next() {
  while (!finished_) {
    EventBatch* batch = nullptr;
    try {
      batch = chunks_->next();
    } catch (const Error& error) {
      summary_.error = error.what();
    }
    if (batch != nullptr) {
      batch->line_offset = lines_;
      lines_ += static_cast<std::uint64_t>(batch->counts.lines);
      if (batch->wrongly_encoded) chunks_->start_repairing();
      summary_.bytes = batch->chunk.file_end;
      assembler_->assemble(*batch);
    } else {
      finished_ = true;
      batch = &last_;
      assembler_->finish(last_);
      summary_.encoding = reader_->encoding();
      summary_.compression = reader_->compression();
      if (!reader_->by_region()) summary_.bytes = reader_->bytes_read();
      chunks_.reset();
    }
    account(*batch);
    if (shift_ns_ != 0) shift(*batch);
    if (finished_) reader_.reset();
    if (!batch->events.empty() || !batch->readings.empty()) return batch;
  }
  return nullptr;
}

void InputStream::raise_wanted_above(double mb) {
  if (chunks_ != nullptr) chunks_->raise_wanted_above(mb);
}

void InputStream::shift(EventBatch& batch) const {
  for (Event& event : batch.events) {
    if (event.time.known() && event.time.dated) event.time.ns += shift_ns_;
  }
}

void InputStream::account(const EventBatch& batch) {
  summary_.lines.add(batch.counts);
  summary_.repaired |= batch.chunk.repaired;
  for (std::size_t i = 0; i < kMaxFormats; ++i) summary_.format_lines[i] += batch.format_lines[i];
  for (const Problem& problem : batch.problems) {
    if (summary_.problems.size() == kMaxShownProblems) break;
    constexpr std::size_t kLongestShown = 400;
    summary_.problems.push_back(
        {batch.line_offset + problem.line, problem.column, std::string(problem.expected), std::string(problem.text.substr(0, kLongestShown)), problem.format});
  }
}

}  // namespace memlog
