#include "memlog/envelope/app_json.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/envelope/json_text.h"
#include "memlog/envelope/layers.h"

namespace memlog::envelope {

namespace {

enum class Field : std::uint8_t { none, message, time, level, number, error, process, task_id, inner };

struct Known {
  std::string_view key;
  Field field;
};
// The nearer to the front, the better: an object may have several of a kind.
constexpr Known kKnown[] = {
    {"message", Field::message},   {"msg", Field::message},       {"event", Field::message},       {"@m", Field::message},           {"@mt", Field::message},          {"textpayload", Field::message},
    {"timestamp", Field::time},    {"@timestamp", Field::time},   {"time", Field::time},           {"asctime", Field::time},         {"ts", Field::time},
    {"lasttimestamp", Field::time}, {"eventtime", Field::time}, {"firsttimestamp", Field::time},  // events of Kubernetes
    {"datetime", Field::time},     {"@t", Field::time},           {"created", Field::time},        {"level", Field::level},          {"levelname", Field::level},
    {"severity", Field::level},    {"log_level", Field::level},   {"loglevel", Field::level},      {"log.level", Field::level},      {"lvl", Field::level},
    {"@l", Field::level},          {"levelno", Field::number},    {"exc_info", Field::error},      {"exc_text", Field::error},       {"exception", Field::error},
    {"error", Field::error},       {"err", Field::error},         {"stack_info", Field::error},    {"stack", Field::error},          {"stack_trace", Field::error},
    {"stacktrace", Field::error},  {"traceback", Field::error},   {"error.message", Field::error}, {"error.stack_trace", Field::error}, {"@x", Field::error},
    {"processname", Field::process}, {"process_name", Field::process}, {"process.name", Field::process}, {"process", Field::process},
    {"task_id", Field::task_id},     {"taskid", Field::task_id},
    {"record", Field::inner},      {"log", Field::inner},
};

constexpr int kMostErrors = 8;

bool same_word(std::string_view word, std::string_view lower) {
  return word.size() == lower.size() && std::equal(word.begin(), word.end(), lower.begin(), [](char a, char b) { return to_lower(a) == b; });
}

// Epochs by their size: seconds, milliseconds, microseconds or nanoseconds since 1970.
std::optional<Timestamp> epoch(std::string_view s) {
  constexpr std::size_t kNanoDigits = 19;
  if (s.size() == kNanoDigits && s.find('.') == std::string_view::npos) s.remove_suffix(3);  // what a number holds
  const auto whole = take_integer(s);
  constexpr std::int64_t kLeast = 100'000'000;  // 1973: less is a time since a start
  if (!whole || *whole < kLeast) return std::nullopt;
  std::int64_t unit = kNanosPerSecond;
  for (std::int64_t most = 100'000'000'000; unit > 1 && *whole >= most; most *= 1000) unit /= 1000;
  Timestamp time;
  time.zone_minutes = 0;
  time.digits = 3;
  time.ns = *whole * unit;
  if (consume(s, ".")) {
    for (std::int64_t place = unit / 10; place > 0 && !s.empty() && is_digit(s.front()); place /= 10, s.remove_prefix(1)) time.ns += (s.front() - '0') * place;
  }
  return time;
}

// pino counts in tens up to 60, syslog from 7 down to 0.
Level level_of_number(std::string_view s) {
  const auto number = take_integer(s);
  if (!number) return Level::none;
  if (*number <= 7) return *number <= 2 ? Level::critical : *number == 3 ? Level::error : *number == 4 ? Level::warning : *number == 7 ? Level::debug : Level::info;
  return *number >= 60 ? Level::critical : *number >= 50 ? Level::error : *number >= 40 ? Level::warning : *number >= 30 ? Level::info : Level::debug;
}

Level level_of(std::string_view word) {
  if (!word.empty() && is_digit(word.front())) return level_of_number(word);
  if (const Level level = level_of_word(word); level != Level::none) return level;
  struct Name {
    std::string_view text;
    Level level;
  };
  constexpr Name kMore[] = {{"err", Level::error},      {"e", Level::error},         {"severe", Level::error},  {"crit", Level::critical},  {"emerg", Level::critical}, {"emergency", Level::critical},
                            {"alert", Level::critical}, {"panic", Level::critical},  {"dpanic", Level::critical}, {"f", Level::critical},   {"c", Level::critical},     {"w", Level::warning},
                            {"information", Level::info}, {"i", Level::info},        {"verbose", Level::debug}, {"d", Level::debug}};
  const auto name = std::find_if(std::begin(kMore), std::end(kMore), [&](const Name& one) { return same_word(word, one.text); });
  return name == std::end(kMore) ? Level::none : name->level;
}

// A member of an object by its name; nothing else.
std::string_view member_of(std::string_view object, std::string_view key) {
  if (!consume(object, "{")) return {};
  while (const auto member = next_json_member(object)) {
    if (member->key == key) return member->value;
  }
  return {};
}

// Exporters make an object of each line: a tree's branches belong to the line before.
bool is_further_line(std::string_view message) {
  return message.starts_with(' ') || message.starts_with("├") || message.starts_with("└") || message.starts_with("│") || message.starts_with("\\u25");
}

class Reading {
 public:
  explicit Reading(TextArena& arena) : arena_(arena) {}

  // Objects in objects are looked into once: Loguru's `record`, ECS' `log`.
  void read(std::string_view object, bool outer) {
    if (!consume(object, "{")) return;
    while (const auto member = next_json_member(object)) {
      const auto known = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& one) { return same_word(member->key, one.key); });
      if (known == std::end(kKnown)) continue;
      const auto rank = static_cast<int>(known - std::begin(kKnown));
      take(known->field, *member, rank, outer);
    }
  }

  bool put_into(Line& line) {
    if ((message_.empty() && error_.empty()) || (!time_ && level_ == Level::none)) return false;
    // Without a level it is no logger's record but a line that somebody exported, and the time is theirs.
    const bool by_logger = level_ != Level::none;
    if (time_) set_time(line, *time_, !by_logger);
    if (level_ != Level::none) line.level = level_;
    if (!process_.empty()) line.process = process_;
    if (!task_id_.empty()) line.task_id = task_id_;
    line.message = error_.empty() ? message_ : joined(message_, error_);
    line.several = line.message.find('\n') != std::string_view::npos;
    line.prefixed = by_logger && !is_further_line(message_);
    return true;
  }

 private:
  void take(Field field, const JsonMember& member, int rank, bool outer) {
    const std::string_view value = member.value;
    const bool object = !member.text && value.starts_with('{');
    switch (field) {
      case Field::message:
        if (!member.text || rank >= message_rank_) return;
        message_ = unescape_json(value, arena_);
        message_rank_ = rank;
        return;
      case Field::time: {
        // Loguru's time is an object.
        std::string_view text = object ? member_of(value, "repr") : value;
        std::string_view rest = text;
        auto time = take_timestamp(rest);
        if (!time) time = epoch(text);
        if (!time || rank >= time_rank_) return;
        time_ = time;
        time_rank_ = rank;
        return;
      }
      case Field::level: {
        const Level level = level_of(object ? member_of(value, "name") : value);
        if (level == Level::none || rank >= level_rank_) return;
        level_ = level;
        level_rank_ = rank;
        return;
      }
      case Field::number: {
        // Python's numbers: 40 is an error.
        std::string_view text = value;
        const auto number = take_integer(text);
        if (number && level_ == Level::none) level_ = *number >= 50 ? Level::critical : *number >= 40 ? Level::error : *number >= 30 ? Level::warning : Level::info;
        return;
      }
      case Field::error:
        // A hostile line may have as many as it has room for.
        if (value.empty() || value == "null" || value == "false" || value == "true" || ++errors_ > kMostErrors) return;
        if (const std::string_view text = unescape_json(value, arena_); error_.empty()) error_ = text;
        else error_ = joined(error_, text);
        return;
      case Field::process: {
        // `process` is a pid, or an object: Loguru's, ECS'.
        const std::string_view name = object ? member_of(value, "name") : member.text && !same_word(member.key, "process") ? value : std::string_view{};
        if (!name.empty() && process_.empty()) process_ = unescape_json(name, arena_);
        return;
      }
      case Field::task_id:
        if (member.text && task_id_.empty()) task_id_ = value;
        return;
      case Field::inner:
        if (object && outer) read(value, false);
        return;
      case Field::none: return;
    }
  }

  std::string_view joined(std::string_view a, std::string_view b) {
    char* const begin = arena_.allocate(a.size() + b.size() + 1);
    char* end = std::copy(a.begin(), a.end(), begin);
    *end++ = '\n';
    end = std::copy(b.begin(), b.end(), end);
    return {begin, static_cast<std::size_t>(end - begin)};
  }

  TextArena& arena_;
  std::string_view message_;
  std::string_view error_;
  std::string_view process_;
  std::string_view task_id_;
  int errors_ = 0;
  std::optional<Timestamp> time_;
  Level level_ = Level::none;
  int message_rank_ = static_cast<int>(std::size(kKnown));
  int time_rank_ = static_cast<int>(std::size(kKnown));
  int level_rank_ = static_cast<int>(std::size(kKnown));
};

}  // namespace

bool app_json(Line& line, TextArena& arena) {
  if (!line.message.starts_with('{')) return false;
  Reading reading(arena);
  reading.read(line.message, true);
  return reading.put_into(line);
}

}  // namespace memlog::envelope
