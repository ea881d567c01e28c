#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "memlog/input/chunk.h"
#include "memlog/input/encoding.h"
#include "memlog/input/source.h"

namespace memlog {

// Cuts a source into chunks of whole lines, UTF-8.
class ChunkReader {
 public:
  static constexpr std::size_t kDefaultChunk = 1 << 20;
  // A line longer than this is not held: it is skipped and counted as malformed.
  static constexpr std::size_t kLongestLine = 4 << 20;

  ChunkReader(std::unique_ptr<Source> source, std::size_t chunk_size = kDefaultChunk);

  // Fills `chunk`, reusing its buffer. False at the end of the input. Throws Error when the input cannot be read on;
  // the lines before that place have been handed out by then.
  bool next(Chunk& chunk);

  const std::string& encoding() const { return decoder_.encoding(); }
  std::string compression() const { return source_->compression(); }
  std::uint64_t bytes_read() const { return source_->bytes_read(); }

 private:
  std::size_t fill(Chunk& chunk, std::size_t from);
  bool drop_zeros(Chunk& chunk, std::size_t& used);
  void skip_long_line(Chunk& chunk, std::size_t& used);

  std::unique_ptr<Source> source_;
  Decoder decoder_;
  std::size_t chunk_size_;
  std::string carry_;              // the begun line behind the last chunk
  std::uint64_t next_line_ = 1;
  bool at_end_ = false;
  bool mojibake_ = false;          // seen in this input
  std::string failed_;             // why the source cannot be read on, told after what it gave
  std::string failed_help_;
};

}  // namespace memlog
