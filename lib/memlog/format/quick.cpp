#include "memlog/format/quick.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "memlog/base/time.h"

namespace memlog {

bool QuickState::another_day(const char* p, std::int64_t& ns) {
  std::string_view text(p, 10);
  const auto days = take_date(text);
  if (!days) return false;
  day_first_ = swar::load8(p);
  day_last_ = swar::load4(p + 6);
  ns = day_ns_ = *days * kNanosPerDay;
  return true;
}

QuickState::Name* QuickState::another_name(Name& entry, const char* begin, std::uint32_t length, std::uint64_t first, std::uint64_t last) {
  if (length == 0) return nullptr;
  // Two names of one place take turns: the one before stands next to it.
  Name& other = names_[static_cast<std::size_t>(&entry - names_.data()) ^ 1];
  if (other.length == length && std::memcmp(other.text, begin, length) == 0) {
    std::swap(entry, other);
    return &entry;
  }
  for (const char c : std::string_view(begin, length)) {
    if (static_cast<unsigned char>(c) >= 0x80 || static_cast<unsigned char>(c) < 0x20) return nullptr;
  }
  if (entry.length != 0) other = entry;
  entry = Name{};
  entry.text = begin;
  entry.first = first;
  entry.last = last;
  entry.length = length;
  std::memcpy(entry.bytes, begin, std::min<std::size_t>(length, sizeof entry.bytes));
  entry.id = batch_.names.intern({begin, length});
  return &entry;
}

void QuickState::Shape::place_number(std::size_t number, const char* from, const char* begin, bool high) {
  const auto width = static_cast<std::size_t>(static_cast<const char*>(std::memchr(begin, '.', 16)) - begin);
  at[number] = static_cast<std::uint8_t>(begin - from);
  std::memset(digits[number], 0x80, sizeof digits[number]);
  unsigned char* const first = digits[number] + (high ? 8 : 0);
  for (std::size_t i = 0; i < width; ++i) first[7 - width + i] = static_cast<unsigned char>(i);
  first[7] = static_cast<unsigned char>(width + 1);
}

void QuickState::Shape::no_number(std::size_t number) {
  at[number] = 0;
  std::memset(digits[number], 0x80, sizeof digits[number]);
}

std::vector<QuickState::Held> QuickState::take_held(bool all_recent) {
  std::vector<Held> all;
  all.swap(held_);
  const std::size_t recent = std::min(recent_count_, kRecent);
  for (std::size_t i = all_recent ? 0 : recent - std::min<std::size_t>(recent, 1); i < recent; ++i) {
    Held& held = recent_[(recent_count_ - recent + i) % kRecent];
    if (held.line != nullptr) all.push_back(held);
    held.line = nullptr;
  }
  if (all_recent) recent_count_ = 0;
  std::sort(all.begin(), all.end(), [](const Held& a, const Held& b) { return a.number < b.number; });
  return all;
}

}  // namespace memlog
