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
//
// Plain files are cut into regions of equal size, which can be read in any order and on any thread: load() fills
// one. A region's lines are those that begin behind the first line break in it, so no region needs to
// know another. Everything else is read in order with next(); so can plain files be, but not both ways.
class ChunkReader {
 public:
  // Blocks of 256 KiB fit the second-level cache together with their events; larger ones measured slower.
  static constexpr std::size_t kDefaultChunk = 256 << 10;
  // A line longer than this need not be held: it is skipped and counted.
  static constexpr std::size_t kLongestLine = Chunk::kLongestLine;

  ChunkReader(std::unique_ptr<Source> source, std::size_t chunk_size = kDefaultChunk);

  // Fills `chunk`, reusing its buffer. False at the end of the input. Throws Error when the input cannot be read on;
  // the lines before that place have been handed out by then.
  bool next(Chunk& chunk);

  // The input can be read by regions.
  bool by_region() const { return file_ >= 0; }
  // Fills `chunk` with the lines of a region. False when the input ends in it or before it; there may be lines all the
  // same. Safe on several threads at once. Throws Error when the region cannot be read.
  bool load(std::uint64_t region, Chunk& chunk) const;

  // Gives the file's descriptor back until resume(); no thread may read meanwhile. resume() throws Error where the file is
  // not to be had any more.
  void park() {
    if (by_region()) carry_ = std::string();
    source_->park();
  }
  void resume() {
    if (by_region()) file_ = source_->plain_file();
  }

  const std::string& encoding() const { return decoder_.encoding(); }
  std::string compression() const { return source_->compression(); }
  // On disk, up to the end of what next() gave.
  std::uint64_t bytes_read() const { return source_->bytes_read(); }

 private:
  std::size_t fill(Chunk& chunk, std::size_t from);
  void skip_long_line(Chunk& chunk, std::size_t from, std::size_t& used);
  std::size_t read_at(char* to, std::size_t n, std::uint64_t offset) const;
  bool finish_line(Chunk& chunk, std::uint64_t region_end) const;
  void drop_half_break(Chunk& chunk) const;
  void remember_last(std::string_view read);

  std::unique_ptr<Source> source_;
  Decoder decoder_;
  std::size_t chunk_size_;
  int file_ = -1;                  // by regions: the descriptor
  std::string carry_;              // the begun line behind the last chunk
  std::string last_;               // a few bytes, as they were read
  bool at_end_ = false;
  std::string failed_;             // why the source cannot be read on, told after what it gave
  std::string failed_help_;
};

}  // namespace memlog
