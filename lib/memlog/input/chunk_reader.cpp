#include "memlog/input/chunk_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "memlog/base/error.h"

namespace memlog {

namespace {

// Grows the chunk's buffer to hold `capacity` bytes; the text in front is kept.
void reserve(Chunk& chunk, std::size_t capacity, std::size_t used) {
  if (chunk.capacity >= capacity) return;
  capacity = std::max(capacity, chunk.capacity + chunk.capacity / 2);
  std::unique_ptr<char[]> larger(new char[capacity]);
  if (used > 0) std::memcpy(larger.get(), chunk.buffer.get(), used);
  chunk.buffer = std::move(larger);
  chunk.capacity = capacity;
}

std::uint64_t count_newlines(std::string_view text) { return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')); }

// Brings every line back that had gone through a wrong encoding. Line numbers stay.
void repair(Chunk& chunk) {
  std::string out;
  out.reserve(chunk.text().size());
  std::string_view rest = chunk.text();
  while (!rest.empty()) {
    const auto newline = rest.find('\n');
    const std::string_view line = rest.substr(0, newline == std::string_view::npos ? rest.size() : newline + 1);
    chunk.repaired |= repair_mojibake(line, out);
    rest.remove_prefix(line.size());
  }
  chunk.begin = 0;
  chunk.end = out.size();
  reserve(chunk, out.size(), 0);
  std::memcpy(chunk.buffer.get(), out.data(), out.size());
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
}

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
      return to;
    }
    std::string raw(chunk_size_, '\0');
    const std::size_t n = source_->read(raw.data(), raw.size());
    at_end_ = n == 0;
    std::string text;
    decoder_.convert({raw.data(), n}, text);
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

// A log that was truncated under its writer begins with a hole of zeros, which are no line. Drops them.
bool ChunkReader::drop_zeros(Chunk& chunk, std::size_t& used) {
  std::size_t zeros = 0;
  while (zeros < used && chunk.buffer[zeros] == '\0') ++zeros;
  if (zeros == 0) return false;
  used -= zeros;
  std::memmove(chunk.buffer.get(), chunk.buffer.get() + zeros, used);
  return true;
}

// The line in [0, used) is too long: its rest is read and dropped, what follows it is kept.
void ChunkReader::skip_long_line(Chunk& chunk, std::size_t& used) {
  ++chunk.skipped_lines;
  ++next_line_;
  used = 0;
  while (!at_end_) {
    const std::size_t end = fill(chunk, 0);
    const std::string_view text(chunk.buffer.get(), end);
    const auto newline = text.find('\n');
    if (newline == std::string_view::npos) continue;
    used = end - newline - 1;
    std::memmove(chunk.buffer.get(), chunk.buffer.get() + newline + 1, used);
    return;
  }
}

bool ChunkReader::next(Chunk& chunk) {
  chunk.begin = 0;
  chunk.end = 0;
  chunk.skipped_lines = 0;
  chunk.repaired = false;
  // A line that once needed a large buffer must not keep it for the rest of the input.
  if (chunk.capacity > 2 * (chunk_size_ + carry_.size()) + (64 << 10)) {
    chunk.buffer.reset();
    chunk.capacity = 0;
  }
  std::size_t used = carry_.size();
  reserve(chunk, used + chunk_size_, 0);
  if (used > 0) std::memcpy(chunk.buffer.get(), carry_.data(), used);
  carry_.clear();

  std::size_t whole = 0;     // end of the last whole line
  std::size_t searched = 0;  // no newline before this but those counted
  for (;;) {
    if (!at_end_) used = fill(chunk, used);
    const auto newline = std::string_view(chunk.buffer.get() + searched, used - searched).rfind('\n');
    if (newline != std::string_view::npos) whole = searched + newline + 1;
    searched = used;
    if (at_end_) {
      whole = used;
      break;
    }
    if (whole > 0) break;
    if (used > kLongestLine && drop_zeros(chunk, used)) {
      searched = 0;
    } else if (used > kLongestLine) {
      skip_long_line(chunk, used);
      searched = 0;
    }
  }
  carry_.assign(chunk.buffer.get() + whole, used - whole);
  chunk.end = whole;
  chunk.first_line = next_line_;
  if (whole == 0 && chunk.skipped_lines == 0) {
    if (!failed_.empty()) throw Error(std::exchange(failed_, {}), failed_help_);
    return false;
  }
  const std::string_view text = chunk.text();
  next_line_ += count_newlines(text) + (!text.empty() && text.back() != '\n' ? 1 : 0);
  // Where one line went through a wrong encoding all did, those without a tell-tale emoji too.
  mojibake_ = mojibake_ || has_mojibake(text);
  if (mojibake_) repair(chunk);
  return true;
}

}  // namespace memlog
