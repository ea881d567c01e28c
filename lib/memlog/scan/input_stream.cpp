#include "memlog/scan/input_stream.h"

#include "memlog/base/error.h"

namespace memlog {

InputStream::InputStream(const InputPath& path, std::uint16_t index, RunNames& names, const Options& options) : parse_(options.parse) {
  summary_.path = path.path;
  try {
    reader_ = std::make_unique<ChunkReader>(open_source(path, options.expansion), options.chunk_size);
    assembler_ = std::make_unique<Assembler>(names, Assembler::Options{index, path.date, options.parse.keep_raw, path.modified, options.parse});
  } catch (const Error& error) {
    summary_.error = error.what();
    finished_ = true;
  }
}

EventBatch* InputStream::next() {
  while (!finished_) {
    batch_.clear();
    bool more = false;
    try {
      more = reader_->next(batch_.chunk);
    } catch (const Error& error) {
      summary_.error = error.what();
      batch_.chunk.begin = batch_.chunk.end = 0;
    }
    if (more) {
      parse_chunk(batch_, parse_);
      assembler_->assemble(batch_);
    } else {
      finished_ = true;
      batch_.chunk.begin = batch_.chunk.end = 0;
      assembler_->finish(batch_);
      summary_.encoding = reader_->encoding();
      summary_.compression = reader_->compression();
    }
    account(batch_);
    if (finished_) reader_.reset();
    if (!batch_.events.empty()) return &batch_;
  }
  return nullptr;
}

void InputStream::account(const EventBatch& batch) {
  summary_.lines.add(batch.counts);
  summary_.bytes = reader_->bytes_read();
  summary_.repaired |= batch.chunk.repaired;
  for (std::size_t i = 0; i < kMaxFormats; ++i) summary_.format_lines[i] += batch.format_lines[i];
  for (const Problem& problem : batch.problems) {
    if (summary_.problems.size() == kMaxShownProblems) break;
    constexpr std::size_t kLongestShown = 400;
    summary_.problems.push_back({problem.line, problem.column, std::string(problem.expected), std::string(problem.text.substr(0, kLongestShown)), problem.format});
  }
}

}  // namespace memlog
