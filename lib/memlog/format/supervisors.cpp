#include <algorithm>
#include <array>

#include "memlog/format/words.h"

// What those who start programs say of them: systemd, supervisord, runners of Procfiles, Docker, shells. That one was
// killed, that it was told to stop, that it started.
namespace memlog::detail {

namespace {

// What a supervisor calls a program: `bot`, `group:bot`, `web.1`.
bool is_name(std::string_view s) {
  constexpr std::size_t kLongest = 128;
  return !s.empty() && s.size() <= kLongest && s.find_first_of(" \t\"'|(") == std::string_view::npos;
}

Parsed tell_kill(const Line& line, EventKind kind, std::string_view name, EventBatch& out) {
  Event event = death(line, kind, out);
  if (!name.empty()) event.process = out.names.intern(name);
  out.events.push_back(event);
  return Parsed::event;
}

Parsed tell_service(const Line& line, EventKind kind, std::string_view name, EventBatch& out) {
  Event event = event_from(line, kind, out);
  event.process = name.empty() ? kNoName : out.names.intern(name);
  event.context = out.add_text(line.message);
  return add(event, out, Parsed::note);
}

// A kill of a process that is not named: it counts where the log then stops or starts anew.
Parsed tell_hint(const Line& line, bool record, EventBatch& out) {
  Event event = event_from(line, EventKind::kill_hint, out);
  event.context = out.add_text(line.message);
  return add(event, out, record ? Parsed::event : Parsed::note);
}

// `web.1`, of a runner of Procfiles: a name and a number.
bool is_procfile_name(std::string_view s) {
  const auto dot = s.rfind('.');
  return is_name(s) && dot != std::string_view::npos && dot > 0 && is_integer(s.substr(dot + 1));
}

// The envelopes in front of the message; empty where the message is a copy.
std::string_view in_front(const Line& line) {
  const char* begin = line.text.data();
  if (line.message.data() < begin || line.message.data() > begin + line.text.size()) return {};
  return line.text.substr(0, static_cast<std::size_t>(line.message.data() - begin));
}

// `2025-11-16 08:30:00,123 WARN exited: bot (terminated by SIGKILL; not expected)`: supervisord has its level right
// behind the time, and nothing else.
Parsed parse_supervisord(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view front = in_front(line);
  if (!front.empty() && !front.ends_with(" INFO ") && !front.ends_with(" WARN ") && !front.ends_with(" CRIT ")) return Parsed::nothing;
  if (front.find(" - ") != std::string_view::npos || front.find(" | ") != std::string_view::npos) return Parsed::nothing;
  const auto name_after = [&](std::string_view words, std::string_view behind) -> std::string_view {
    std::string_view rest = s;
    if (!consume(rest, words)) return {};
    const auto end = rest.find(behind);
    if (end == std::string_view::npos || !is_name(rest.substr(0, end))) return {};
    const std::string_view name = rest.substr(0, end);
    s = rest.substr(end + behind.size());
    return name;
  };
  if (const auto name = name_after("exited: ", " ("); !name.empty()) {
    if (s == "terminated by SIGKILL; not expected)" || s == "exit status 137; not expected)") return tell_kill(line, EventKind::kill, name, out);
    return s == "exit status 0; expected)" ? tell_service(line, EventKind::service_stopped, name, out) : Parsed::nothing;
  }
  if (const auto name = name_after("stopped: ", " ("); !name.empty()) return tell_service(line, EventKind::service_stopped, name, out);
  if (const auto name = name_after("killing '", "' ("); !name.empty()) return tell_service(line, EventKind::service_stopped, name, out);
  if (const auto name = name_after("spawned: '", "' with pid "); !name.empty()) return tell_service(line, EventKind::service_started, name, out);
  if (const auto name = name_after("waiting for ", " to "); !name.empty() && (s == "stop" || s == "die")) {
    return tell_service(line, EventKind::service_stopped, name, out);
  }
  return Parsed::nothing;
}

// systemd about a unit, by name: `web.service: Failed with result 'oom-kill'.`
Parsed parse_unit(const Line& line, std::string_view s, EventBatch& out) {
  const auto colon = s.find(": ");
  if (colon == std::string_view::npos || colon == 0 || colon > 200) return Parsed::nothing;
  const std::string_view unit = s.substr(0, colon);
  if (unit.find(' ') != std::string_view::npos || unit.find('.') == std::string_view::npos) return Parsed::nothing;
  const std::string_view words = s.substr(colon + 2);
  if (words.starts_with("A process of this unit has been killed by the OOM killer") || words.starts_with("Failed with result 'oom-kill'")) {
    return tell_kill(line, EventKind::oom_kill, unit, out);
  }
  if (words.starts_with("systemd-oomd killed ")) return tell_kill(line, EventKind::pressure_kill, unit, out);
  if (words.starts_with("Main process exited, code=killed, status=9/KILL") || words.starts_with("Main process exited, code=exited, status=137/")) {
    return tell_kill(line, EventKind::kill, unit, out);
  }
  const bool stopped = words.starts_with("Deactivated successfully.") || words.starts_with("Succeeded.") || words.starts_with("State 'stop-sigterm' timed out.") ||
                       words.starts_with("Main process exited, code=killed, status=15/TERM");
  return stopped && unit.ends_with(".service") ? tell_service(line, EventKind::service_stopped, unit, out) : Parsed::nothing;
}

// `Stopping bot.service - My bot...`, and `Stopping My bot...` of systemd before 250, which tells the unit's description: too
// many in a machine's log to be names.
Parsed parse_job(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view front = in_front(line);
  const bool of_systemd = front.find("systemd[") != std::string_view::npos || (front.empty() && line.text.find("\"systemd\"") != std::string_view::npos);
  if (!of_systemd) return Parsed::nothing;
  const bool starts = consume(s, "Started ");
  if (!starts && !consume(s, "Stopping ") && !consume(s, "Stopped ")) return Parsed::nothing;
  const std::string_view unit = s.substr(0, s.find(" - "));
  const bool named = unit.size() < s.size() && is_name(unit) && unit.find('.') != std::string_view::npos;
  if (named && !unit.ends_with(".service")) return Parsed::nothing;
  return tell_service(line, starts ? EventKind::service_started : EventKind::service_stopped, named ? unit : std::string_view{}, out);
}

// What a runner of Procfiles says of `web.1`.
struct RunnerWord {
  std::string_view name;
  EventKind kind = EventKind::part;  // nothing
};

// foreman's `web.1  | exited with code 137`, honcho's `system | web.1 stopped (rc=-9)`.
RunnerWord runner_word(std::string_view s) {
  const std::string_view teller = trim(take_until(s, "|"));
  s = trim(s);
  if (teller != "system") {
    if (!is_procfile_name(teller)) return {};
    if (s == "exited with code 137" || s == "Exited with code 137" || s == "terminated by SIGKILL") return {teller, EventKind::kill};
    if (s == "terminated by SIGTERM" || s == "exited with code 0" || s == "exited with code 143") return {teller, EventKind::service_stopped};
    return {teller, s.starts_with("started with pid ") ? EventKind::service_started : EventKind::part};
  }
  const bool told = consume(s, "sending SIGTERM to ");
  const std::string_view name = take_until(s, " ");
  if (!is_procfile_name(name)) return {};
  if (told || s == "stopped (rc=-15)" || s == "stopped (rc=0)") return {name, EventKind::service_stopped};
  if (s == "stopped (rc=-9)" || s == "stopped (rc=137)") return {name, EventKind::kill};
  return {name, s.starts_with("started (pid=") ? EventKind::service_started : EventKind::part};
}

Parsed parse_procfile(const Line& line, std::string_view s, EventBatch& out) {
  // The runner's own clock is a time of day.
  Line timed = line;
  std::uint8_t digits = 0;
  std::string_view rest = s;
  if (const auto ns = take_time_of_day(rest, digits); ns && consume(rest, " ")) {
    s = rest;
    if (!line.time.known()) {
      timed.time.ns = *ns;
      timed.time.digits = digits;
      timed.time.dated = false;
    }
  }
  const RunnerWord word = runner_word(s);
  if (word.kind == EventKind::part) return Parsed::nothing;
  return word.kind == EventKind::kill ? tell_kill(timed, word.kind, word.name, out) : tell_service(timed, word.kind, word.name, out);
}

// `docker events`: `2025-11-16T08:30:00.123456789Z container die 3f2a… (exitCode=137, image=bot, name=bot)`; and
// dockerd, which kills what does not stop in time.
Parsed parse_docker(const Line& line, std::string_view s, EventBatch& out) {
  if (s.find(" of signal 15 - using the force") != std::string_view::npos) return tell_service(line, EventKind::service_stopped, {}, out);
  // compose's own words: `Container bot-1  Stopping`, and Ctrl+C, which stops all.
  if (s.starts_with("Gracefully stopping...")) return tell_service(line, EventKind::service_stopped, {}, out);
  if (consume(s, "Container ")) {
    const std::string_view name = take_until(s, " ");
    s = trim_left(s);
    return is_name(name) && (s.starts_with("Stopping") || s.starts_with("Stopped")) ? tell_service(line, EventKind::service_stopped, name, out) : Parsed::nothing;
  }
  if (!consume(s, "container ")) return Parsed::nothing;
  const std::string_view what = take_until(s, " ");
  const auto open = s.find(" (");
  if (open == std::string_view::npos || !s.ends_with(")")) return Parsed::nothing;
  const auto field = [&](std::string_view key) -> std::string_view {
    const auto at = s.find(key, open);
    if (at == std::string_view::npos) return {};
    const std::string_view value = s.substr(at + key.size());
    return value.substr(0, value.find_first_of(",)"));
  };
  const std::string_view name = field("name=");
  if (name.empty()) return Parsed::nothing;
  if (what == "oom") return tell_kill(line, EventKind::oom_kill, name, out);
  if (what == "die" && field("exitCode=") == "137") return tell_kill(line, EventKind::kill, name, out);
  // A user's `docker kill` is as deliberate as a stop.
  if (what == "stop" || (what == "kill" && (field("signal=") == "15" || field("signal=") == "9"))) return tell_service(line, EventKind::service_stopped, name, out);
  return what == "start" ? tell_service(line, EventKind::service_started, name, out) : Parsed::nothing;
}

// `App [bot:0] exited with code [0] via signal [SIGKILL]`, behind pm2's `PM2 log: `.
Parsed parse_pm2_exit(const Line& line, std::string_view s, EventBatch& out) {
  if (const auto stop = s.find("Stopping app:"); stop != std::string_view::npos) {
    std::string_view rest = s.substr(stop + 13);
    return tell_service(line, EventKind::service_stopped, take_until(rest, " "), out);
  }
  const auto at = s.find("App [");
  if (at == std::string_view::npos) return Parsed::nothing;
  std::string_view rest = s.substr(at + 5);
  std::string_view app = take_until(rest, "]");
  const std::string_view name = take_until(app, ":");
  if (!is_name(name)) return Parsed::nothing;
  if (rest.find("exited with code [") == std::string_view::npos) return Parsed::nothing;
  const bool killed = rest.find("via signal [SIGKILL]") != std::string_view::npos || rest.find("exited with code [137]") != std::string_view::npos;
  return killed ? tell_kill(line, EventKind::kill, name, out) : Parsed::nothing;
}

// Whether the application itself wrote the line: its logger's time stands in front.
bool by_logger(const Line& line) {
  for (std::uint64_t layers = line.layers; layers != 0; layers >>= kLayerBits) {
    const auto layer = static_cast<Layer>(layers & ((1U << kLayerBits) - 1));
    if (layer == Layer::celery || layer == Layer::python_logging) return true;
  }
  return false;
}

// Behind a pid or a job's mark: `Killed                  python bot.py`. The blanks fill a column.
bool says_killed(std::string_view s) {
  s = trim_left(s);
  if (!consume(s, "Killed") && !consume(s, "killed")) return false;
  consume(s, ": 9");
  if (!s.starts_with("  ")) return false;
  const std::string_view command = trim(s);
  return !command.empty();
}

// What a shell prints of a child that a signal ended:
//
//   /start.sh: line 12:  4242 Killed                  python bot.py
//   [1]+  Killed                  python bot.py
//   [1]  + 4242 killed     python bot.py
//   Killed
Parsed parse_shell(const Line& line, std::string_view s, EventBatch& out) {
  if (by_logger(line)) return Parsed::nothing;
  const std::string_view all = trim(s);
  if (all == "Killed" || all == "Killed: 9") return tell_hint(line, false, out);
  if (consume(s, "[")) {
    if (!take_integer(s) || !consume(s, "]")) return Parsed::nothing;
    const bool marked = consume(s, "+") || consume(s, "-") || consume(s, "  + ") || consume(s, "  - ") || consume(s, "    ");
    if (!marked) return Parsed::nothing;
    s = trim_left(s);
    take_integer(s);  // zsh and `jobs -l` have the pid
    return says_killed(s) ? tell_hint(line, true, out) : Parsed::nothing;
  }
  const auto at = s.find(": line ");
  if (at == std::string_view::npos || at == 0 || s.substr(0, at).find(' ') != std::string_view::npos) return Parsed::nothing;
  s.remove_prefix(at + 7);
  if (!take_integer(s) || !consume(s, ": ")) return Parsed::nothing;
  s = trim_left(s);
  if (!take_integer(s) || !consume(s, " ")) return Parsed::nothing;
  return says_killed(s) ? tell_hint(line, true, out) : Parsed::nothing;
}

// `Process exited with code 137`, `exit status 137`, `command terminated with exit code 137.`: a line of nothing but
// these words, as whoever waited for the process prints it.
Parsed parse_exit_code(const Line& line, std::string_view s, EventBatch& out) {
  // Fly's own word of a machine's only process.
  if (s.starts_with("Main child exited with signal (with signal 'SIGKILL'")) return tell_kill(line, EventKind::kill, {}, out);
  if (by_logger(line)) return Parsed::nothing;
  if (s.ends_with(".")) s.remove_suffix(1);
  if (!s.ends_with(" 137")) return Parsed::nothing;
  std::array<std::string_view, 10> words;
  const std::size_t n = split_words(s, words);
  if (n < 3 || n > words.size()) return Parsed::nothing;
  constexpr std::string_view kKnown[] = {"exit",      "exited", "terminated", "completed", "failed", "finished", "with", "code",  "code:",   "status", "status:", "process", "container",
                                         "main",      "child",  "command",    "service",   "program", "app",     "task", "error", "error:", "the",    "a",       "non-zero", "has", "was", "returned"};
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const auto known = [&](std::string_view word) {
      return word.size() == words[i].size() && std::equal(word.begin(), word.end(), words[i].begin(), [](char a, char b) { return a == to_lower(b); });
    };
    if (std::none_of(std::begin(kKnown), std::end(kKnown), known)) return Parsed::nothing;
  }
  return tell_hint(line, true, out);
}

}  // namespace

bool by_program(const Line& line) {
  for (std::uint64_t layers = line.layers; layers != 0; layers >>= kLayerBits) {
    switch (static_cast<Layer>(layers & ((1U << kLayerBits) - 1))) {
      case Layer::celery:
      case Layer::python_logging:
      case Layer::docker_compose:
      case Layer::docker_json:
      case Layer::cri:
      case Layer::kubectl_prefix:
      case Layer::logplex:
      case Layer::pm2_name: return true;
      default: break;
    }
  }
  return false;
}

Parsed parse_supervisor(const Line& line, std::string_view s, EventBatch& out) {
  s = trim(s);
  constexpr std::size_t kLongest = 400;
  if (s.size() < 6 || s.size() > kLongest) return Parsed::nothing;
  Parsed parsed = Parsed::nothing;
  // Behind a logger's time only supervisord is heard, which has one of its own.
  const bool logged = by_logger(line);
  if (logged && s.front() != 'e' && s.front() != 'k' && s.front() != 's' && s.front() != 'w') return Parsed::nothing;
  switch (s.front()) {
    case 'e':
      if (s.starts_with("exited: ")) return parse_supervisord(line, s, out);
      break;
    case 'k':
    case 's':
    case 'w':
      if (s.starts_with("killing '") || s.starts_with("stopped: ") || s.starts_with("spawned: '") || s.starts_with("waiting for ")) parsed = parse_supervisord(line, s, out);
      break;
    case 'c':
    case 'C':
    case 't':
      if (s.starts_with("container ") || s.starts_with("Container ") || s.starts_with("time=")) parsed = parse_docker(line, s, out);
      break;
    case 'S':
      if (s.starts_with("St")) parsed = parse_job(line, s, out);
      break;
    case '[':
    case 'K': return parse_shell(line, s, out);
    case 'G':
      if (s.starts_with("Gracefully stopping...")) return parse_docker(line, s, out);
      break;
    case '\xe2':  // compose's tick
      if (const std::string_view rest = skip_decoration(s); rest.starts_with("Container ")) return parse_docker(line, rest, out);
      break;
    default: break;
  }
  if (parsed != Parsed::nothing || logged) return parsed;
  // What may begin with any name is told by its end, or by a word in it.
  const char last = s.back();
  if (last == '.' || last == 'L' || last == 'M' || last == 'a') parsed = parse_unit(line, s, out);
  const bool status = last == '7' || last == '.' || s.starts_with("Main child ");
  const bool runner = last == 'L' || last == 'M' || last == ')' || is_digit(last);
  if (parsed == Parsed::nothing && runner && s.find('|') != std::string_view::npos) parsed = parse_procfile(line, s, out);
  if (parsed == Parsed::nothing && status) parsed = parse_exit_code(line, s, out);
  if (parsed == Parsed::nothing && s.find(": line ") != std::string_view::npos) parsed = parse_shell(line, s, out);
  return parsed;
}

Parsed parse_pm2_app(const Line& line, std::string_view s, EventBatch& out) { return parse_pm2_exit(line, s, out); }

}  // namespace memlog::detail
