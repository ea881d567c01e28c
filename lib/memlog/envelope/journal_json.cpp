#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/envelope/json_text.h"
#include "memlog/envelope/layers.h"

// journalctl -o json: one object a line, all values text. A message with bytes that are no UTF-8 or with colours is an
// array of byte values.
namespace memlog::envelope {

namespace {

std::string_view bytes_of(std::string_view array, TextArena& arena) {
  char* const begin = arena.allocate(array.size());
  std::size_t n = 0;
  consume(array, "[");
  while (!array.empty()) {
    const auto value = take_integer(array);
    if (value && *value < 256) begin[n++] = static_cast<char>(static_cast<unsigned char>(*value));
    if (!array.empty()) array.remove_prefix(1);
  }
  return {begin, n};
}

}  // namespace

bool journal_json(Line& line, TextArena& arena) {
  std::string_view s = line.message;
  if (!s.starts_with("{\"") || s.find("\"MESSAGE\"") == std::string_view::npos) return false;
  consume(s, "{");
  Line taken = line;
  bool message = false;
  while (const auto member = next_json_member(s)) {
    if (member->key == "MESSAGE") {
      taken.message = member->text ? unescape_json(member->value, arena) : member->value.starts_with('[') ? bytes_of(member->value, arena) : std::string_view{};
      message = true;
    } else if (member->key == "__REALTIME_TIMESTAMP") {
      std::string_view value = member->value;
      if (const auto micros = take_integer(value); micros && *micros < 9'000'000'000'000'000) {
        Timestamp time;
        time.ns = *micros * 1000;
        time.digits = 6;
        time.zone_minutes = 0;
        set_time(taken, time, true);
      }
    } else if (member->key == "SYSLOG_IDENTIFIER" && taken.host.empty()) {
      taken.host = member->value == "kernel" ? std::string_view{} : member->value;
    } else if (member->key == "PRIORITY" && taken.level == Level::none) {
      constexpr Level kLevels[] = {Level::critical, Level::critical, Level::critical, Level::error, Level::warning, Level::info, Level::info, Level::debug};
      const char c = member->value.empty() ? 'x' : member->value.front();
      if (c >= '0' && c <= '7') taken.level = kLevels[c - '0'];
    }
  }
  if (!message) return false;
  while (!taken.message.empty() && (is_space(taken.message.back()) || taken.message.back() == '\n')) taken.message.remove_suffix(1);
  taken.several = taken.message.find('\n') != std::string_view::npos;
  line = taken;
  return true;
}

}  // namespace memlog::envelope
