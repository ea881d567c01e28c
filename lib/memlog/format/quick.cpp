#include "memlog/format/quick.h"

#include <algorithm>
#include <cstring>
#include <string_view>

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
  for (const char c : std::string_view(begin, length)) {
    if (static_cast<unsigned char>(c) >= 0x80 || static_cast<unsigned char>(c) < 0x20) return nullptr;
  }
  entry = Name{};
  entry.text = begin;
  entry.first = first;
  entry.last = last;
  entry.length = length;
  std::memcpy(entry.bytes, begin, std::min<std::size_t>(length, sizeof entry.bytes));
  entry.id = batch_.names.intern({begin, length});
  return &entry;
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
