#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "memlog/base/time.h"
#include "memlog/report/kept_text.h"

namespace memlog {

// Text that is written piece by piece, millions of times: a buffer that is filled by plain stores and emptied by its
// owner. Numbers and times look exactly as append_json_number() and append_time() write them.
class LineWriter {
 public:
  LineWriter() = default;
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  std::string_view text() const { return {bytes_, size_}; }
  std::size_t size() const { return size_; }
  // Begins anew, in memory of its own or, as far as it goes, in `room`, which is not looked at behind the next clear().
  void clear(std::span<char> room = {});

  // The next place, with room for `n` bytes: for several pieces in a row, without a question before each. end() is told
  // where they end.
  char* begin(std::size_t n) {
    room(n);
    return bytes_ + size_;
  }
  void end(const char* place) { size_ = static_cast<std::size_t>(place - bytes_); }

  template <std::size_t N>
  void literal(const char (&text)[N]) {
    room(N);
    std::memcpy(bytes_ + size_, text, N - 1);
    size_ += N - 1;
  }
  void put(char c) {
    room(1);
    bytes_[size_++] = c;
  }
  void put(std::string_view text) {
    room(text.size());
    if (!text.empty()) std::memcpy(bytes_ + size_, text.data(), text.size());
    size_ += text.size();
  }
  // The same of text that `Size` bytes may be read of: one copy without a call.
  template <std::size_t Size>
  void put_within(const char* text, std::size_t length) {
    room(Size);
    std::memcpy(bytes_ + size_, text, Size);
    size_ += length;
  }

  // The first `length` bytes of a word that is stored as it lies in memory.
  void put_word(std::uint64_t text, std::size_t length) { put_within<8>(reinterpret_cast<const char*>(&text), length); }

  // `null` for NaN, as JSON has it.
  void number(double value);
  // A value that was read from `tenths / 10.0`.
  void tenths(std::uint32_t tenths);
  void integer(std::uint64_t n);
  // A JSON string with its quotes.
  void json_string(std::string_view text);
  // Unknown times write nothing.
  void time(const Timestamp& time);

  // What times and numbers share with those written before, to go on from at a place of begin().
  const KeptHour& hour() const { return hour_; }
  const KeptTen& ten() const { return ten_; }

 private:
  void room(std::size_t n) {
    if (capacity_ - size_ < n) grow(n);
  }
  // Not here: it happens a few times, and room() stands in a hundred places.
  void grow(std::size_t n);

  char* bytes_ = nullptr;          // of `own_` or lent
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::vector<char> own_;
  KeptHour hour_;
  KeptTen ten_;
};

// Whether `value` is exactly tenths / 10.0, as nearly all numbers of logs are; below 100,000.
inline bool as_tenths(double value, std::uint32_t& tenths) {
  if (!(value >= 0.0 && value < 99'999.0)) return false;
  tenths = static_cast<std::uint32_t>(value * 10.0 + 0.5);
  return tenths / 10.0 == value;
}

}  // namespace memlog
