#include "memlog/format/quick.h"

#include <algorithm>
#include <string_view>

#include "memlog/base/swar.h"
#include "memlog/base/time.h"

namespace memlog {

bool QuickState::day(const char* p, std::int64_t& ns) {
  const std::uint64_t first = swar::load8(p);
  const std::uint32_t last = swar::load4(p + 6);
  if (first != day_first_ || last != day_last_) {
    std::string_view text(p, 10);
    const auto days = take_date(text);
    if (!days) return false;
    day_first_ = first;
    day_last_ = last;
    day_ns_ = *days * kNanosPerDay;
  }
  ns = day_ns_;
  return true;
}

QuickState::Name* QuickState::name(const char* begin, const char* end) {
  const auto length = static_cast<std::uint32_t>(end - begin);
  if (length == 0) return nullptr;
  // The last eight bytes may begin before a short name: that costs a second entry, no more.
  const std::uint64_t first = swar::load8(begin) & (length < 8 ? swar::first_bytes(static_cast<int>(length)) : ~std::uint64_t{0});
  const std::uint64_t last = swar::load8(end - 8);
  const std::uint64_t mixed = (first ^ (last << 7 | last >> 57) ^ length) * 0x9E3779B97F4A7C15ULL;
  Name& known = names_[mixed >> 58];
  if (known.length == length && known.first == first && known.last == last &&
      (length <= 16 || std::memcmp(known.text + 8, begin + 8, length - 16) == 0)) {
    return &known;
  }
  for (const char* p = begin; p != end; ++p) {
    if (static_cast<unsigned char>(*p) >= 0x80 || static_cast<unsigned char>(*p) < 0x20) return nullptr;
  }
  known = Name{};
  known.text = begin;
  known.first = first;
  known.last = last;
  known.length = length;
  known.id = batch_.names.intern({begin, length});
  return &known;
}

bool QuickState::hold(NameId process, const char* line) {
  for (Held& held : held_) {
    if (held.process != process) continue;
    held.line = line;
    held.number = number;
    held.format = format;
    return true;
  }
  if (held_.size() == kMaxHeld) return false;
  held_.push_back({process, line, number, format});
  return true;
}

}  // namespace memlog
