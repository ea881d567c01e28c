#include "memlog/envelope/months.h"

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/base/time.h"

namespace memlog::envelope {

namespace {

constexpr std::string_view kEnglish[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Month {
  std::string_view name;  // lower case
  unsigned number;
};

// Abbreviations of glibc's locales that are not the English ones: German, French, Spanish, Italian, Portuguese, Dutch,
// Swedish, Danish, Norwegian, Polish, Czech, Russian.
constexpr Month kOthers[] = {
    {"jän", 1},  {"janv", 1}, {"ene", 1},  {"gen", 1},  {"sty", 1},   {"led", 1},   {"янв", 1},  {"févr", 2}, {"fev", 2},  {"lut", 2},  {"úno", 2},
    {"фев", 2},  {"mär", 3},  {"märz", 3},  {"juni", 6}, {"juli", 7},  {"mars", 3}, {"mrt", 3},  {"maart", 3}, {"bře", 3},   {"мар", 3},  {"avril", 4}, {"avr", 4},  {"abr", 4},  {"kwi", 4},
    {"dub", 4},  {"апр", 4},  {"mai", 5},  {"maj", 5},  {"mag", 5},   {"mei", 5},   {"kvě", 5},  {"мая", 5},  {"май", 5},  {"juin", 6}, {"giu", 6},
    {"cze", 6},  {"čen", 6},  {"июн", 6},  {"juil", 7}, {"lug", 7},   {"lip", 7},   {"čec", 7},  {"июл", 7},  {"août", 8}, {"ago", 8},  {"sie", 8},
    {"srp", 8},  {"авг", 8},  {"sept", 9}, {"set", 9},  {"wrz", 9},   {"zář", 9},   {"сен", 9},  {"okt", 10}, {"ott", 10}, {"out", 10}, {"paź", 10},
    {"říj", 10}, {"окт", 10}, {"lis", 11}, {"lis", 11}, {"ноя", 11},  {"dez", 12},  {"déc", 12}, {"dic", 12}, {"gru", 12}, {"pro", 12}, {"дек", 12},
    {"des", 12},
};

// The word at the front of `s` is `name` whatever the case of its first letter.
bool begins_with(std::string_view s, std::string_view name) {
  return s.size() > name.size() && to_lower(s.front()) == name.front() && s.substr(1).starts_with(name.substr(1));
}

// `10月`, `10월`: Chinese, Japanese and Korean number their months.
unsigned take_numbered_month(std::string_view& s) {
  std::string_view rest = s;
  const auto number = take_integer(rest);
  if (!number || *number < 1 || *number > 12 || (!consume(rest, "月") && !consume(rest, "월")) || !rest.starts_with(' ')) return 0;
  s = rest;
  return static_cast<unsigned>(*number);
}

}  // namespace

unsigned take_month(std::string_view& s) {
  if (s.size() < 5) return 0;
  if (is_digit(s.front())) return take_numbered_month(s);
  for (unsigned i = 0; i < 12; ++i) {
    const std::string_view name = kEnglish[i];
    if (to_lower(s[0]) != to_lower(name[0]) || s[1] != name[1] || s[2] != name[2]) continue;
    if (s[3] == '.' || s[3] == ' ') {
      s.remove_prefix(s[3] == '.' ? 4 : 3);
      return i + 1;
    }
  }
  for (const Month& month : kOthers) {
    if (!begins_with(s, month.name)) continue;
    std::string_view rest = s.substr(month.name.size());
    if (rest.front() != '.' && rest.front() != ' ') continue;
    consume(rest, ".");
    s = rest;
    return month.number;
  }
  return 0;
}

void apply_am_pm(std::string_view& s, std::int64_t& of_day) {
  constexpr std::int64_t kHour = 3600 * kNanosPerSecond;
  const std::int64_t hour = of_day / kHour;
  if (hour > 12) return;
  if (consume(s, " AM")) {
    if (hour == 12) of_day -= 12 * kHour;
  } else if (consume(s, " PM")) {
    if (hour < 12) of_day += 12 * kHour;
  }
}

}  // namespace memlog::envelope
