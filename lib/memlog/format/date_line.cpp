#include "memlog/format/date_line.h"

#include <algorithm>

#include "memlog/envelope/months.h"
#include "memlog/event/part.h"
#include "memlog/format/words.h"

namespace memlog::detail {

namespace {

constexpr std::int64_t kHour = 3600 * kNanosPerSecond;
constexpr std::int64_t kFirstYear = 1970;
constexpr std::int64_t kLastYear = 2250;

// The words of a date in whatever order: languages and `date -R` differ by it.
struct DateWords {
  std::int64_t year = 0;
  std::int64_t day = 0;
  unsigned month = 0;
  std::optional<std::int64_t> of_day;
  std::uint8_t digits = 0;
  bool morning = false;
  bool evening = false;
  std::int16_t zone = Timestamp::kNoZone;
  int named_zones = 0;
  int others = 0;

  bool looks_like_one() const { return year != 0 && day != 0 && of_day; }
  bool complete() const {
    const bool hour = !(morning || evening) || (of_day && *of_day >= kHour && *of_day < 13 * kHour);
    return looks_like_one() && month != 0 && others == 0 && named_zones <= 1 && hour;
  }
};

unsigned month_of(std::string_view word) {
  char text[24];
  if (word.size() + 2 > sizeof text) return 0;
  char* end = std::copy(word.begin(), word.end(), text);
  *end++ = ' ';
  *end++ = ' ';
  std::string_view s(text, static_cast<std::size_t>(end - text));
  const unsigned month = envelope::take_month(s);
  return trim_left(s).empty() ? month : 0;
}

bool take_zone_word(std::string_view word, DateWords& out) {
  if (word == "UTC" || word == "GMT" || word == "Z") {
    out.zone = 0;
    ++out.named_zones;
    return true;
  }
  if (word.size() >= 3 && (word.front() == '+' || word.front() == '-')) {
    // `+03` is what zones without a name are called.
    char text[8] = {};
    if (word.size() > 6) return false;
    std::copy(word.begin(), word.end(), text);
    std::string_view s(text, word.size());
    if (word.size() == 3) {
      text[3] = text[4] = '0';
      s = {text, 5};
    }
    const auto zone = take_zone(s);
    if (!zone || !s.empty()) return false;
    out.zone = *zone;
    ++out.named_zones;
    return true;
  }
  const bool name = word.size() >= 2 && word.size() <= 5 && std::all_of(word.begin(), word.end(), is_upper);
  out.named_zones += name ? 1 : 0;
  return name;
}

bool take_number(std::string_view word, DateWords& out) {
  const auto number = take_integer(word);
  if (!number || *number < 0) return false;
  if (word == "年" || word == "년") word = {};
  if (word == "日" || word == "일") word = {};
  if (!word.empty()) return false;
  if (*number >= kFirstYear && *number <= kLastYear && out.year == 0) {
    out.year = *number;
    return true;
  }
  if (*number < 1 || *number > 99 || out.day != 0) return false;
  out.day = *number;
  return true;
}

void take_word(std::string_view word, DateWords& out) {
  if (word.find(':') != std::string_view::npos && is_digit(word.front())) {
    std::string_view clock = word;
    const auto of_day = take_time_of_day(clock, out.digits);
    if (of_day && clock.empty() && !out.of_day) out.of_day = of_day;
    else ++out.others;
    return;
  }
  if (out.month == 0) {
    out.month = month_of(word);
    if (out.month != 0) return;
  }
  if (is_digit(word.front())) {
    if (!take_number(word, out)) ++out.others;
    return;
  }
  if (word == "AM" || word == "am" || word == "오전") out.morning = true;
  else if (word == "PM" || word == "pm" || word == "오후") out.evening = true;
  else if (!take_zone_word(word, out)) ++out.others;
}

std::int64_t days_in(std::int64_t year, unsigned month) {
  return (month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, month + 1, 1)) - days_from_civil(year, month, 1);
}

// Unknown where the words are not all of a date.
Timestamp time_of(const DateWords& words) {
  Timestamp time;
  if (!words.complete() || words.day > days_in(words.year, words.month)) return time;
  std::int64_t of_day = *words.of_day;
  if (words.morning && of_day >= 12 * kHour) of_day -= 12 * kHour;
  if (words.evening && of_day < 12 * kHour) of_day += 12 * kHour;
  time.digits = words.digits;
  time.zone_minutes = words.zone;
  time.ns = days_from_civil(words.year, words.month, static_cast<unsigned>(words.day)) * kNanosPerDay + of_day;
  if (words.zone != Timestamp::kNoZone) time.ns -= words.zone * 60 * kNanosPerSecond;
  return time;
}

Parsed tell(const Line& line, const Timestamp& time, EventBatch& out) {
  Event event = part_from(line, Part::time_line, out);
  event.time = time;
  event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kPlatformTime);
  return add(event, out, Parsed::note);
}

}  // namespace

std::optional<Timestamp> epoch_time(std::string_view s) {
  const auto whole = take_integer(s);
  if (!whole || *whole < 100'000'000 || *whole > 9'000'000'000) return std::nullopt;
  Timestamp time;
  time.ns = *whole * kNanosPerSecond;
  time.zone_minutes = 0;
  if (consume(s, ".")) {
    std::int64_t unit = kNanosPerSecond;
    for (; !s.empty() && is_digit(s.front()) && unit > 1; s.remove_prefix(1)) {
      unit /= 10;
      time.ns += (s.front() - '0') * unit;
      ++time.digits;
    }
  }
  if (!s.empty()) return std::nullopt;
  return time;
}

Parsed parse_date_line(const Line& line, std::string_view s, EventBatch& out) {
  constexpr std::size_t kShortest = 10;
  constexpr std::size_t kLongest = 72;
  s = trim(s);
  if (s.size() < kShortest || s.size() > kLongest) return Parsed::nothing;
  if (is_digit(s.front())) {
    std::string_view rest = s;
    if (const auto time = take_timestamp(rest); time && rest.empty()) return tell(line, *time, out);
    if (const auto time = epoch_time(s)) return tell(line, *time, out);
  }
  const auto colon = s.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_digit(s[colon - 1])) return Parsed::nothing;
  std::array<std::string_view, 9> words;
  const std::size_t n = split_words(s, words);
  if (n < 5 || n >= words.size()) return Parsed::nothing;
  DateWords date;
  bool day_of_week = false;
  // Korean: `2026. 01. 05. (월) 10:03:00 KST`
  const bool points = words[0].size() == 5 && words[0].ends_with('.') && words[1].ends_with('.') && words[2].ends_with('.');
  for (std::size_t i = 0; i < n; ++i) {
    std::string_view word = words[i];
    while (!word.empty() && (word.back() == ',' || word.back() == '.')) word.remove_suffix(1);
    if (word.empty()) return Parsed::nothing;
    // It begins the line, or stands behind the numbers where these end in words of their own; it may look like a month.
    const bool letters = std::none_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == ':' || c == '=' || c == '[' || c == '+'; });
    if (!day_of_week && letters && (i == 0 || (i == 3 && is_digit(words[0].front())))) {
      day_of_week = true;
      constexpr std::size_t kLongestDay = 21;
      if (word.size() > kLongestDay) return Parsed::nothing;
      continue;
    }
    if (points && i == 1) {
      const auto month = take_integer(word);
      if (!month || *month < 1 || *month > 12 || !word.empty()) return Parsed::nothing;
      date.month = static_cast<unsigned>(*month);
      continue;
    }
    take_word(word, date);
  }
  // A word that is not known may be a month of another language, two are somebody's text.
  if (!day_of_week || !date.looks_like_one() || date.others > 1) return Parsed::nothing;
  return tell(line, time_of(date), out);
}

}  // namespace memlog::detail
