#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "memlog/format/words.h"

// What a program says in its own log when it is asked to stop:
//
//   2025-10-27 14:45:10 - bot - INFO - Received SIGTERM, shutting down
//   2025-10-27 14:45:11 - bot - INFO - Bot Shutting Down
//   2025-10-27 14:45:11 - bot - INFO - Signal 15 received, exiting
//   2025-10-27 14:45:11 - pyrogram - INFO - Stop signal received (SIGTERM). Exiting...
namespace memlog::detail {

namespace {

bool consume_any_case(std::string_view& s, std::string_view lower) {
  if (s.size() < lower.size()) return false;
  if (!std::equal(lower.begin(), lower.end(), s.begin(), [](char a, char b) { return a == to_lower(b); })) return false;
  s.remove_prefix(lower.size());
  return true;
}

// Nothing more, or a mark and what explains it. `Bot shutting down session 5` is about something else.
bool ends_here(std::string_view s) {
  s = trim_left(s);
  return s.empty() || std::string_view(",.;:!-(").find(s.front()) != std::string_view::npos || static_cast<unsigned char>(s.front()) >= 0x80;
}

bool consume_one_of(std::string_view& s, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return consume_any_case(s, word); });
}

// `SIGTERM`, `signal 15 (SIGTERM)`, gunicorn's `signal: term`: somebody asks a program to stop. Longer words first.
bool consume_stop_signal(std::string_view& s) {
  const bool numbered = consume_one_of(s, {"signal: ", "signal "});
  if (consume_one_of(s, {"sigterm", "sigint"})) return true;
  return numbered && (consume_one_of(s, {"15", "term", "int"}) || (s.starts_with('2') && !(s.size() > 1 && is_digit(s[1])) && consume(s, "2")));
}

// `Stop signal received (SIGTERM). Exiting...`, `Received stop signal SIGTERM`: libraries that run bots.
bool says_stop_signal(std::string_view s) {
  const bool first = consume_any_case(s, "received ");
  if (!consume_any_case(s, "stop signal")) return false;
  if (!first && !consume_any_case(s, " received")) return false;
  if (std::string_view named = s; consume(named, " ") && (consume_stop_signal(named) || (consume(named, "(") && consume_stop_signal(named)))) return true;
  return ends_here(s);
}

// aiogram's `Polling stopped`, discord.py's `Received signal to terminate bot and event loop.`, python-telegram-bot's `Application is stopping. This might take a moment.` and
// `Application.stop() complete`, and what programs write themselves: the whole message, as parts stop too.
bool says_stopped(std::string_view s) {
  if (s.starts_with("Polling stopped for bot @")) return true;
  if (!consume_one_of(s, {"received signal to terminate bot and event loop", "received shutdown signal", "shutdown signal received", "graceful shutdown initiated", "shutdown complete", "application shutdown complete",
                          "bot shutdown complete", "exiting gracefully", "stopped by user", "stopped by the user", "restarting bot", "restarting the bot", "the bot stopped", "the bot has stopped", "bot stopped", "bot has stopped", "bot is stopping", "stopping bot", "stopping the bot", "application stopped", "application is stopping. this might take a moment",
                          "application is stopping", "application.stop() complete", "polling stopped", "scheduler has been shut down", "shutting down: master", "cleaning up tasks",
                          "warm shut down requested", "stopping worker process", "shutting down...", "graceful shutdown complete", "received termination signal", "bot was stopped", "the bot was stopped", "exiting..."})) {
    return false;
  }
  consume_one_of(s, {" gracefully", " successfully", " by user (ctrl+c)", " by user", " by the user", " (ctrl+c)", " by keyboardinterrupt"});
  // A mark, a picture.
  return std::none_of(s.begin(), s.end(), [](char c) { return is_alnum(c) || c == '(' || c == ':'; });
}

// `downloader.pool`: a part of a program by its own name, whose short words are about itself.
bool is_of_part(std::string_view logger) {
  constexpr std::string_view kParts[] = {"pool",  "workers", "executor", "downloader", "uploader", "session", "sessions", "connection", "connections", "queue",
                                         "cache", "db",      "database", "redis",      "browser",  "player",  "voice",    "converter",  "processor"};
  const auto dot = logger.rfind('.');
  const std::string_view name = dot == std::string_view::npos ? logger : logger.substr(dot + 1);
  return std::find(std::begin(kParts), std::end(kParts), name) != std::end(kParts);
}

// `Shutting down...`, `Exiting...`: of what, the message does not say.
bool says_bare_goodbye(std::string_view s) {
  return consume_one_of(s, {"shutting down...", "exiting...", "shutting down gracefully", "shutdown complete", "graceful shutdown complete", "graceful shutdown initiated", "exiting gracefully"});
}

// The whole program, not one of its parts.
bool says_shutting_down(std::string_view s, std::string_view logger) {
  if (consume_one_of(s, {"bot ", "application ", "app "})) {
    consume_any_case(s, "is ");
    consume_any_case(s, "gracefully ");
    return consume_any_case(s, "shutting down") && (consume_any_case(s, " gracefully"), ends_here(s));
  }
  if (!consume_any_case(s, "shutting down")) return false;
  const bool whole = consume_one_of(s, {" gracefully", " bot", " the bot", " application", " the application"});
  return (whole || logger.starts_with("uvicorn")) && ends_here(s);
}

// A server that loads itself anew since its files have changed: `WatchFiles detected changes in 'bot.py'. Reloading...`,
// `/app/bot.py changed, reloading.`; uvicorn's `Finished server process [1]`.
bool says_ended(std::string_view s) {
  if (consume(s, "Finished server process [")) return take_integer(s) && s == "]";
  if (s.ends_with("'. Reloading...")) return s.starts_with("WatchFiles detected changes in '") || s.starts_with("StatReload detected changes in '");
  return s.ends_with(".py changed, reloading.") && s.find(' ') == s.size() - std::string_view(" changed, reloading.").size();
}

bool says_goodbye(std::string_view s, std::string_view logger) {
  if (consume(s, "[")) {  // a label, as in the daily log
    const std::string_view label = take_until(s, "]");
    return says_shutting_down(label, {}) && (s.empty() || s.starts_with(" | "));
  }
  if (is_of_part(logger) && says_bare_goodbye(s)) return false;
  if (says_stop_signal(s) || says_stopped(s) || says_ended(s)) return true;
  if (consume_one_of(s, {"received ", "caught ", "got ", "handling ", "terminating on ", "exiting on ", "stopping on ", "shutting down on ", "shutdown on ", "exiting gracefully upon receiving ", "signal handler called with "})) {
    if (!consume_stop_signal(s)) return false;
    consume_any_case(s, " signal");
    return ends_here(s);
  }
  if (std::string_view rest = s; consume_stop_signal(rest)) {
    consume_any_case(rest, " signal");
    return consume_any_case(rest, " received") && ends_here(rest);
  }
  if (s == "KeyboardInterrupt") return true;
  return says_shutting_down(s, logger);
}

}  // namespace

Parsed parse_goodbye(const Line& line, EventBatch& out) {
  std::string_view s = line.message;
  while (!s.empty() && (static_cast<unsigned char>(s.front()) >= 0x80 || s.front() == ' ')) s.remove_prefix(1);
  if (!line.time.known() || !says_goodbye(s, line.logger)) return Parsed::nothing;
  Event event = event_from(line, EventKind::worker_exited, out);
  event.flags |= flag::kOrderly | flag::kShutdown;
  event.context = out.add_text(line.message);
  return add(event, out, Parsed::note);
}

}  // namespace memlog::detail
