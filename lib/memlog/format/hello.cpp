#include <algorithm>
#include <iterator>

#include "memlog/format/words.h"

// What a program with a plain logger says when it starts, or seems to:
//
//   2025-10-27 14:46:02 - __main__ - INFO - Bot started
//   2025-10-27 14:46:02 - telegram.ext.Application - INFO - Application started
//   2025-10-27 14:46:03 - discord.client - INFO - logging in using static token
//   2025-10-27 14:46:05 - __main__ - INFO - Logged in as helper#1234
//
// Parts of a program say the same, and a bot that connects anew: alone it is no restart.
namespace memlog::detail {

namespace {

struct Hello {
  std::string_view words;
  bool again = false;  // said whenever it connects, too
};

// In lower letters; longer words before those that they begin with.
constexpr Hello kHellos[] = {
    {"bot has started"},         {"bot is starting"},       {"bot started"},            {"bot starting"},          {"the bot has started"},
    {"the bot is starting"},     {"starting bot"},          {"starting the bot"},       {"starting up"},           {"starting application"},
    {"starting the application"}, {"application started"},  {"application startup complete"}, {"application is starting"},
    {"logging in using static token"},
    {"bot is now running", true}, {"bot is running", true}, {"bot is online", true},    {"bot is ready", true},    {"bot is now online", true},
    {"bot online", true},        {"bot ready", true},       {"started polling", true},  {"start polling", true},   {"starting polling", true},
    {"polling started", true},
};

bool begins_with(std::string_view s, std::string_view lower) {
  return s.size() >= lower.size() && std::equal(lower.begin(), lower.end(), s.begin(), [](char a, char b) { return a == to_lower(b); });
}

// Marks, pictures and what stands behind them; `successfully`, `as @helper_bot`, `v1.2`, no more: `Bot started by user 5`
// tells of something else.
bool ends_here(std::string_view s) {
  for (const std::string_view more : {" successfully", " polling"}) {
    if (begins_with(s, more)) s.remove_prefix(more.size());
  }
  if (begins_with(s, " as @")) return s.substr(5).find(' ') == std::string_view::npos;
  if (s.starts_with(" v") && s.size() > 2 && is_digit(s[2])) return s.substr(2).find(' ') == std::string_view::npos;
  if (s.size() > 1 && std::string_view(",.!").find(s.front()) != std::string_view::npos) return true;
  return std::none_of(s.begin(), s.end(), [](char c) { return is_alnum(c) || c == '('; });
}

// A name and nothing more, or a number behind it.
bool is_login(std::string_view s) {
  for (const std::string_view words : {"logged in as ", "logged in as: ", "we have logged in as "}) {
    if (begins_with(s, words) && s.size() > words.size()) return true;
  }
  return false;
}

bool says_hello(std::string_view s, bool& again) {
  const auto known = std::find_if(std::begin(kHellos), std::end(kHellos), [&](const Hello& hello) { return begins_with(s, hello.words) && ends_here(s.substr(hello.words.size())); });
  again = known == std::end(kHellos) || known->again;
  if (known != std::end(kHellos) || is_login(s)) return true;
  // uvicorn's, gunicorn's, aiogram's.
  again = false;
  if (consume(s, "Started server process [")) return take_integer(s) && s == "]";
  if (consume(s, "Starting gunicorn ")) return !s.empty() && is_digit(s.front());
  again = true;
  return s.starts_with("Run polling for bot @");
}

}  // namespace

Parsed parse_hello(const Line& line, EventBatch& out) {
  constexpr std::size_t kLongest = 120;
  const std::string_view s = skip_decoration(trim(line.message));
  if (!line.time.known() || s.empty() || s.size() > kLongest) return Parsed::nothing;
  if (std::string_view("blastrw").find(to_lower(s.front())) == std::string_view::npos && to_lower(s.front()) != 'p') return Parsed::nothing;
  bool again = false;
  if (!says_hello(s, again)) return Parsed::nothing;
  Event event = event_from(line, EventKind::said_start, out);
  if (!again) event.flags |= flag::kHigh;
  event.context = out.add_text(line.message);
  return add(event, out, Parsed::note);
}

}  // namespace memlog::detail
