#include "memlog/input/chunk_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "memlog/base/error.h"

namespace memlog {

namespace {

// The kernel copies to page-aligned memory twice as fast as to any other. One page more than the text needs gives quick
// readers room behind it.
constexpr std::size_t kPage = 4096;

std::size_t page_up(std::size_t n) { return (n + kPage - 1) & ~(kPage - 1); }

// Grows the chunk's buffer to hold `capacity` bytes; the text in front is kept. The buffer begins at a page, unless it is
// one of the small ones of many logs, which would leave half of their pages empty.
void reserve(Chunk& chunk, std::size_t capacity, std::size_t used) {
  if (chunk.capacity >= capacity) return;
  constexpr std::size_t kSmall = 4 * kPage;
  constexpr std::size_t kLine = 64;  // of the cache
  capacity = std::max(capacity, chunk.capacity + chunk.capacity / 2);
  const std::size_t aligned = capacity > kSmall ? kPage : kLine;
  capacity = (capacity + aligned - 1) & ~(aligned - 1);
  Chunk::Buffer larger(static_cast<char*>(std::aligned_alloc(aligned, capacity)));
  if (larger == nullptr) throw std::bad_alloc();
  if (used > 0) std::memcpy(larger.get(), chunk.buffer.get(), used);
  chunk.buffer = std::move(larger);
  chunk.capacity = capacity;
}

// The end of UTF-16, little endian, that was appended to a log of UTF-8: the zero behind the line break's byte is no line.
constexpr std::string_view kHalfBreak("\0\n\0", 3);

// A line that once needed a large buffer must not keep it for the rest of the input.
void give_back(Chunk& chunk, std::size_t needed) {
  if (chunk.capacity <= 2 * needed + (64 << 10)) return;
  chunk.buffer.reset();
  chunk.capacity = 0;
}

// A log that was truncated under its writer begins with a hole of zeros. They are no part of the line behind them: its
// text begins here.
std::size_t behind_zeros(const Chunk& chunk, std::size_t from, std::size_t to) {
  while (from < to && chunk.buffer[from] == '\0') ++from;
  return from;
}

// Drops the zeros at `from` but one, so that a line of nothing else stays one. Returns the new end of the text.
std::size_t drop_zeros(Chunk& chunk, std::size_t from, std::size_t to) {
  const std::size_t behind = behind_zeros(chunk, from, to);
  if (behind <= from + 1) return to;
  std::memmove(chunk.buffer.get() + from + 1, chunk.buffer.get() + behind, to - behind);
  return to - (behind - from - 1);
}

void clear(Chunk& chunk) {
  chunk.begin = 0;
  chunk.end = 0;
  chunk.skipped_lines = 0;
  chunk.skipped_after = 0;
  chunk.repaired = false;
}

}  // namespace

ChunkReader::ChunkReader(std::unique_ptr<Source> source, std::size_t chunk_size)
    : source_(std::move(source)), chunk_size_(std::max<std::size_t>(chunk_size, 1)) {
  char head[512];
  std::size_t got = 0;
  try {
    while (got < sizeof head) {
      const std::size_t n = source_->read(head + got, sizeof head - got);
      if (n == 0) break;
      got += n;
    }
  } catch (const Error& error) {
    at_end_ = true;
    failed_ = error.what();
    failed_help_ = error.help();
  }
  decoder_.detect({head, got});
  const std::string_view rest = std::string_view(head, got).substr(decoder_.mark_size());
  if (decoder_.is_utf16()) decoder_.convert(rest, carry_);
  else carry_ = rest;
  remember_last(carry_);
  if (!decoder_.is_utf16()) file_ = source_->plain_file();
}

// ---- by regions ----------------------------------------------------------------------------------------------------

std::size_t ChunkReader::read_at(char* to, std::size_t n, std::uint64_t offset) const {
  std::size_t got = 0;
  while (got < n) {
    const ssize_t k = ::pread(file_, to + got, n - got, static_cast<off_t>(offset + got));
    if (k == 0) break;
    if (k < 0) {
      if (errno == EINTR) continue;
      throw Error(std::string("cannot read on: ") + std::strerror(errno));
    }
    got += static_cast<std::size_t>(k);
  }
  return got;
}

// Reads on until the last line of the region has its end. False at the end of the file.
bool ChunkReader::finish_line(Chunk& chunk, std::uint64_t region_end) const {
  constexpr std::size_t kFirstStep = 1024;
  constexpr std::size_t kLargestStep = 1 << 20;
  std::size_t step = std::min(kFirstStep, chunk_size_ + 64);
  const auto last = std::string_view(chunk.buffer.get() + chunk.begin, chunk.end - chunk.begin).rfind('\n');
  const std::size_t line = last == std::string_view::npos ? chunk.begin : chunk.begin + last + 1;
  for (std::uint64_t offset = region_end;;) {
    reserve(chunk, chunk.end + step, chunk.end);
    char* const to = chunk.buffer.get() + chunk.end;
    const std::size_t got = read_at(to, step, offset);
    const void* const newline = std::memchr(to, '\n', got);
    const std::size_t more = newline != nullptr ? static_cast<std::size_t>(static_cast<const char*>(newline) - to) + 1 : got;
    chunk.end = drop_zeros(chunk, line, chunk.end + more);
    const bool whole = newline != nullptr;
    if (chunk.end - line - (whole ? 1 : 0) > kLongestLine) {
      chunk.end = line;
      ++chunk.skipped_after;
      // Behind it there may be other lines: their regions have them.
      return true;
    }
    if (whole) return true;
    offset += got;
    if (got < step) {
      chunk.file_end = offset;
      drop_half_break(chunk);
      return false;
    }
    step = std::min(2 * step, kLargestStep);
  }
}

void ChunkReader::drop_half_break(Chunk& chunk) const {
  char last[kHalfBreak.size()];
  if (chunk.end == chunk.begin || chunk.buffer[chunk.end - 1] != '\0' || chunk.file_end < sizeof last) return;
  if (read_at(last, sizeof last, chunk.file_end - sizeof last) == sizeof last && std::string_view(last, sizeof last) == kHalfBreak) --chunk.end;
}

bool ChunkReader::load(std::uint64_t region, Chunk& chunk) const {
  clear(chunk);
  give_back(chunk, chunk_size_);
  // The margin spares most regions a second, larger buffer.
  reserve(chunk, chunk_size_ + std::min(kPage, chunk_size_), 0);
  const std::uint64_t offset = region * chunk_size_;
  const std::size_t got = read_at(chunk.buffer.get(), chunk_size_, offset);
  chunk.end = got;
  chunk.file_end = offset + got;
  if (region == 0) {
    chunk.begin = std::min(decoder_.mark_size(), got);
  } else {
    // The line that a region begins in belongs to the one before it, even if it begins exactly here.
    const void* const newline = std::memchr(chunk.buffer.get(), '\n', got);
    chunk.begin = newline != nullptr ? static_cast<std::size_t>(static_cast<const char*>(newline) - chunk.buffer.get()) + 1 : got;
    if (newline == nullptr) {
      chunk.end = chunk.begin;
      return got == chunk_size_;
    }
  }
  if (got < chunk_size_) {
    const auto last = chunk.text().rfind('\n');
    const std::size_t line = last == std::string_view::npos ? chunk.begin : chunk.begin + last + 1;
    if (chunk.end - behind_zeros(chunk, line, chunk.end) > kLongestLine) {
      chunk.end = line;
      ++chunk.skipped_after;
    }
    drop_half_break(chunk);
    return false;
  }
  return finish_line(chunk, offset + got);
}

// ---- in order ------------------------------------------------------------------------------------------------------

// Reads one block behind `from`; returns the new end of the text.
std::size_t ChunkReader::fill(Chunk& chunk, std::size_t from) {
  std::size_t to = from;
  try {
    if (!decoder_.is_utf16()) {
      reserve(chunk, from + chunk_size_, from);
      while (to < from + chunk_size_) {
        const std::size_t n = source_->read(chunk.buffer.get() + to, from + chunk_size_ - to);
        if (n == 0) {
          at_end_ = true;
          break;
        }
        to += n;
      }
      remember_last({chunk.buffer.get() + from, to - from});
      return to;
    }
    std::string raw(chunk_size_, '\0');
    const std::size_t n = source_->read(raw.data(), raw.size());
    at_end_ = n == 0;
    std::string text;
    decoder_.convert({raw.data(), n}, text);
    if (at_end_) decoder_.finish(text);
    remember_last(text);  // what is behind a change of the encoding is not converted
    reserve(chunk, from + text.size(), from);
    if (!text.empty()) std::memcpy(chunk.buffer.get() + from, text.data(), text.size());
    return from + text.size();
  } catch (const Error& error) {
    at_end_ = true;
    failed_ = error.what();
    failed_help_ = error.help();
    return to;  // what was read before the place of the damage is good
  }
}

void ChunkReader::remember_last(std::string_view read) {
  last_ += read.substr(read.size() - std::min(read.size(), kHalfBreak.size()));
  last_.erase(0, last_.size() - std::min(last_.size(), kHalfBreak.size()));
}

// The line in [from, used) is too long: its rest is read and dropped, what follows it is kept.
void ChunkReader::skip_long_line(Chunk& chunk, std::size_t from, std::size_t& used) {
  ++chunk.skipped_lines;
  used = from;
  while (!at_end_) {
    const std::size_t end = fill(chunk, from);
    const std::string_view text(chunk.buffer.get() + from, end - from);
    const auto newline = text.find('\n');
    if (newline == std::string_view::npos) continue;
    used = end - newline - 1;
    std::memmove(chunk.buffer.get() + from, chunk.buffer.get() + from + newline + 1, used - from);
    return;
  }
}

bool ChunkReader::next(Chunk& chunk) {
  clear(chunk);
  give_back(chunk, chunk_size_ + carry_.size());
  // The begun line stands just before a page, so that blocks are read to whole pages.
  const std::size_t page = page_up(carry_.size());
  chunk.begin = page - carry_.size();
  reserve(chunk, page + chunk_size_ + kPage, 0);
  if (!carry_.empty()) std::memcpy(chunk.buffer.get() + chunk.begin, carry_.data(), carry_.size());
  carry_.clear();
  std::size_t used = page;

  std::size_t whole = chunk.begin;     // end of the last whole line
  std::size_t searched = chunk.begin;  // no newline before this but those counted
  for (;;) {
    if (!at_end_) used = fill(chunk, used);
    const auto newline = std::string_view(chunk.buffer.get() + searched, used - searched).rfind('\n');
    if (newline != std::string_view::npos) whole = searched + newline + 1;
    searched = used;
    if (at_end_) {
      whole = used;
      break;
    }
    if (whole > chunk.begin) break;
    if (used - chunk.begin > kLongestLine) {
      used = drop_zeros(chunk, chunk.begin, used);
      if (used - chunk.begin > kLongestLine) skip_long_line(chunk, chunk.begin, used);
      searched = chunk.begin;
    }
  }
  carry_.assign(chunk.buffer.get() + whole, used - whole);
  chunk.end = whole;
  // Only the first line can have grown over several blocks.
  if (chunk.end - chunk.begin > kLongestLine) {
    const std::size_t text = behind_zeros(chunk, chunk.begin, chunk.end);
    const auto* newline = static_cast<const char*>(std::memchr(chunk.buffer.get() + text, '\n', chunk.end - text));
    const std::size_t end = newline != nullptr ? static_cast<std::size_t>(newline - chunk.buffer.get()) : chunk.end;
    if (end - text > kLongestLine) {
      chunk.begin = newline == nullptr ? chunk.end : end + 1;
      ++chunk.skipped_lines;
    }
  }
  if (whole == chunk.begin && chunk.skipped_lines == 0) {
    if (!failed_.empty()) throw Error(std::exchange(failed_, {}), failed_help_);
    return false;
  }
  if (at_end_ && chunk.end > chunk.begin && last_ == kHalfBreak) --chunk.end;
  chunk.file_end = source_->bytes_read();
  return true;
}

}  // namespace memlog
