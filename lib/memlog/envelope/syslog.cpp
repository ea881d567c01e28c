#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"
#include "memlog/envelope/months.h"

// Syslog in its two forms, what journalctl prints, and Render's dashboard, which writes the same kind of time.
namespace memlog::envelope {

namespace {

constexpr std::string_view kMachinePrograms[] = {"kernel", "systemd", "systemd-oomd", "dockerd", "containerd", "kubelet"};

Level level_of_severity(std::int64_t priority) {
  switch (priority % 8) {
    case 0:
    case 1:
    case 2: return Level::critical;
    case 3: return Level::error;
    case 4: return Level::warning;
    case 5:
    case 6: return Level::info;
    default: return Level::debug;
  }
}

// `Nov 16 08:30:00[.123456][ AM]`, the month in any of the languages that locales print. No year.
std::optional<Timestamp> take_month_time(std::string_view& s) {
  std::string_view rest = s;
  const unsigned month = take_month(rest);
  if (month == 0 || !consume(rest, " ")) return std::nullopt;
  consume(rest, " ");
  const auto day = take_integer(rest);
  if (!day || *day < 1 || *day > 31 || !consume(rest, " ")) return std::nullopt;
  Timestamp time;
  auto of_day = take_time_of_day(rest, time.digits);
  if (!of_day) return std::nullopt;
  apply_am_pm(rest, *of_day);
  // A leap year, so that 29 February exists; the assembler puts the right one in.
  time.ns = days_from_civil(Timestamp::kYearUnknown, month, static_cast<unsigned>(*day)) * kNanosPerDay + *of_day;
  time.dated = false;
  time.yearless = true;
  s = rest;
  return time;
}

std::string_view take_word(std::string_view& s) { return take_until(s, " "); }

// `[exampleSDID@32473 iut="3"]`; `[2025-11-16 08:30:00]` and `[INFO] ` are messages.
bool is_structured_data(std::string_view s) {
  if (!consume(s, "[")) return false;
  const auto end = s.find_first_of(" ]=\"");
  if (end == std::string_view::npos || end == 0 || end > 32 || (s[end] != ' ' && s[end] != ']')) return false;
  if (s[end] == ']') return s.substr(0, end).find('@') != std::string_view::npos;
  s = s.substr(end + 1);
  const auto equals = s.find_first_of(" ]=\"");
  return equals != std::string_view::npos && equals > 0 && s.substr(equals).starts_with("=\"");
}

// The message of RFC 5424 behind its structured data, which Heroku's drains leave out.
void skip_structured_data(std::string_view& s) {
  if (s.starts_with("- ")) {
    s.remove_prefix(2);
  } else if (s == "-") {
    s = {};
  } else if (is_structured_data(s)) {
    while (is_structured_data(s)) {
      bool quoted = false;
      std::size_t at = 1;
      for (; at < s.size(); ++at) {
        if (s[at] == '\\' && quoted) ++at;
        else if (s[at] == '"') quoted = !quoted;
        else if (s[at] == ']' && !quoted) break;
      }
      if (at >= s.size()) return;
      s.remove_prefix(at + 1);
    }
    consume(s, " ");
  }
  consume(s, "\xef\xbb\xbf");
}

}  // namespace

bool take_syslog_tag(std::string_view& s, std::string_view& host) {
  // `host tag[pid]: ` or `tag[pid]: `. The host's part ends before the pid, so that a restart is no other program.
  const std::string_view all = s;
  const auto colon = s.find(": ");
  const bool ends = colon == std::string_view::npos && s.ends_with(':');
  constexpr std::size_t kLongest = 200;
  const std::size_t end = ends ? s.size() - 1 : colon;
  if (end == std::string_view::npos || end > kLongest || end == 0) return false;
  std::string_view head = s.substr(0, end);
  bool pid = false;
  if (head.ends_with(']')) {
    const auto open = head.rfind('[');
    if (open == std::string_view::npos || open == 0) return false;
    for (const char c : head.substr(open + 1, head.size() - open - 2)) {
      if (!is_digit(c)) return false;
    }
    head = head.substr(0, open);
    pid = true;
  }
  std::size_t blanks = 0;
  for (const char c : head) {
    if (c == ' ') ++blanks;
    else if (!is_alnum(c) && c != '-' && c != '_' && c != '.' && c != '/' && c != '@' && c != '(' && c != ')') return false;
  }
  // One word alone is a tag only with its pid: `Total: 3` is none.
  if (blanks > 1 || (blanks == 0 && !pid) || head.front() == ' ' || head.back() == ' ') return false;
  // The machine's own programs speak about others: they are no container around them.
  for (const std::string_view own : kMachinePrograms) {
    if (head.substr(head.find(' ') + 1) == own) head = blanks == 1 ? head.substr(0, head.find(' ')) : std::string_view{};
  }
  host = head;
  s = all.substr(std::min(all.size(), end + (ends ? 1 : 2)));
  return true;
}

bool take_machine_tag(std::string_view& s, std::string_view& host) {
  const auto blank = s.find(' ');
  constexpr std::size_t kLongest = 64;
  if (blank == std::string_view::npos || blank == 0 || blank > kLongest) return false;
  for (const char c : s.substr(0, blank)) {
    if (!is_alnum(c) && c != '-' && c != '_' && c != '.') return false;
  }
  for (const std::string_view own : kMachinePrograms) {
    std::string_view rest = s.substr(blank + 1);
    if (!consume(rest, own)) continue;
    if (consume(rest, "[") && (!take_integer(rest) || !consume(rest, "]"))) continue;
    if (rest != ":" && !rest.starts_with(": ")) continue;
    host = s.substr(0, blank);
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 2));
    s = rest;
    return true;
  }
  return false;
}

// `Nov 16 08:30:00 host python[42]: …` (RFC 3164, rsyslog's files, journalctl), and Render's dashboard:
// `Nov 16 08:30:00 AM  …`.
bool syslog(Line& line) {
  std::string_view s = line.message;
  // Most lines that begin with a word are somebody's message: a day and a colon soon behind the word come first.
  const auto blank = s.substr(0, 16).find(' ');
  if (blank == std::string_view::npos || blank < 3 || s.substr(blank, 8).find(':') == std::string_view::npos) return false;
  const auto time = take_month_time(s);
  if (!time || !consume(s, " ")) return false;
  std::string_view host;
  if (std::string_view tagged = s; !s.starts_with(' ') && take_syslog_tag(tagged, host)) {
    line.host = host;
    s = tagged;
  } else if (!s.empty() && !s.starts_with(' ') && !s.starts_with("==>") && !s.starts_with("Ran out of memory (used over ") && !s.starts_with('[') && !s.starts_with('{') && !is_digit(s.front())) {
    return false;
  }
  set_time(line, *time, true);
  line.message = trim_left(s);
  return true;
}

// `<30>1 2025-11-16T08:30:00Z host app 42 - - …` (RFC 5424) and `<30>Nov 16 08:30:00 host app[42]: …`, with or without
// the octet count of a stream in front.
bool syslog_priority(Line& line) {
  std::string_view s = line.message;
  if (is_digit(s.front())) {
    const auto octets = take_integer(s);
    if (!octets || !consume(s, " ")) return false;
  }
  if (!consume(s, "<")) return false;
  const auto priority = take_integer(s);
  if (!priority || *priority > 191 || !consume(s, ">")) return false;
  if (consume(s, "1 ")) {
    const std::string_view nil = s;
    const auto time = take_timestamp(s);
    if (time ? !consume(s, " ") : !consume(s, "- ")) return false;
    const std::string_view machine = take_word(s);
    const std::string_view app = take_word(s);
    std::string_view process = take_word(s);
    const std::string_view before_id = s;
    const std::string_view id = take_word(s);
    // The id is a dash or one short word; Heroku leaves out the structured data behind it.
    if (id.empty() || machine.empty() || app.empty()) s = before_id;
    if (nil.empty()) return false;
    if (time) set_time(line, *time, true);
    // Host and program stand side by side. Heroku's program is `app` or `heroku`, its process the dyno.
    // A dyno is no number: a machine may be called `host`.
    const bool heroku = machine == "host" && (app == "app" || app == "heroku") && !process.empty() && is_alpha(process.front());
    if (heroku) line.host = process;
    else if (app == "-" || app == "kernel") line.host = machine == "-" ? std::string_view{} : machine;
    else line.host = {machine.data(), static_cast<std::size_t>(app.data() + app.size() - machine.data())};
    if (!heroku) skip_structured_data(s);
  } else {
    line.message = s;
    if (!s.empty() && s.front() == '[') {
      if (!kernel(line)) return false;
    } else if (s.empty() || !syslog(line)) {
      return false;
    }
    s = line.message;
  }
  if (line.level == Level::none) line.level = level_of_severity(*priority);
  line.message = s;
  return true;
}

// `Sun 2025-11-16 08:30:00 CET host python[42]: …`, journalctl -o short-full, and `1763281800.123456 host …`, -o
// short-unix.
bool journal_short(Line& line) {
  std::string_view s = line.message;
  Timestamp time;
  if (is_digit(s.front())) {
    const auto seconds = take_integer(s);
    if (!seconds || *seconds < 1'000'000'000 || *seconds > 9'000'000'000 || !consume(s, ".")) return false;
    const std::size_t before = s.size();
    const auto micros = take_integer(s);
    if (!micros || before - s.size() != 6 || !consume(s, " ")) return false;
    time.ns = *seconds * kNanosPerSecond + *micros * 1000;
    time.zone_minutes = 0;
    time.digits = 6;
  } else {
    const auto blank = s.find(' ');
    if (blank == std::string_view::npos || blank < 2 || blank > 8) return false;
    s.remove_prefix(blank + 1);
    const auto local = take_timestamp(s);
    if (!local || !consume(s, " ")) return false;
    time = *local;
    const std::string_view zone = take_word(s);
    if (zone.empty() || !is_alpha(zone.front())) return false;
    if (zone == "UTC" || zone == "GMT") time.zone_minutes = 0;
  }
  std::string_view host;
  if (!take_syslog_tag(s, host)) return false;
  set_time(line, time, true);
  line.host = host;
  line.message = s;
  return true;
}

}  // namespace memlog::envelope
