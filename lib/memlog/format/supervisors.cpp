#include <algorithm>
#include <array>

#include "memlog/format/words.h"

// What those who start programs say of them: systemd, supervisord, runners of Procfiles, Docker, shells. That one was
// killed, that it was told to stop, that it started.
namespace memlog::detail {

namespace {

// `web.1`, of a runner of Procfiles: a name and a number.
bool is_procfile_name(std::string_view s) {
  const auto dot = s.rfind('.');
  return is_program_name(s) && dot != std::string_view::npos && dot > 0 && is_integer(s.substr(dot + 1));
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
    if (end == std::string_view::npos || !is_program_name(rest.substr(0, end))) return {};
    const std::string_view name = rest.substr(0, end);
    s = rest.substr(end + behind.size());
    return name;
  };
  if (const auto name = name_after("exited: ", " ("); !name.empty()) {
    if (!s.ends_with("expected)")) return Parsed::nothing;
    if (consume(s, "exit status ")) return tell_ending(line, ending_of_status(take_until(s, ";")), name, out);
    if (!consume(s, "terminated by ")) return Parsed::nothing;
    return tell_ending(line, ending_of_signal(s.substr(0, s.find_first_of("; "))), name, out);
  }
  if (const auto name = name_after("stopped: ", " ("); !name.empty()) return tell_service(line, EventKind::service_stopped, name, out);
  if (const auto name = name_after("killing '", "' ("); !name.empty()) return tell_service(line, EventKind::service_stopped, name, out);
  if (const auto name = name_after("spawned: '", "' with pid "); !name.empty()) return tell_service(line, EventKind::service_started, name, out);
  if (const auto name = name_after("waiting for ", " to "); !name.empty() && (s == "stop" || s == "die")) {
    return tell_service(line, EventKind::service_stopped, name, out);
  }
  return Parsed::nothing;
}

// What a runner of Procfiles says of `web.1`.
struct RunnerWord {
  std::string_view name;
  EventKind kind = EventKind::part;  // nothing
};

EventKind kind_of(Ending ending) {
  switch (ending) {
    case Ending::killed: return EventKind::kill;
    case Ending::stopped: return EventKind::service_stopped;
    case Ending::failed: return EventKind::service_ended;
    case Ending::none: break;
  }
  return EventKind::part;
}

// foreman's `web.1  | exited with code 137`, honcho's `system | web.1 stopped (rc=-9)`.
RunnerWord runner_word(std::string_view s) {
  const std::string_view teller = trim(take_until(s, "|"));
  s = trim(s);
  if (teller != "system") {
    if (!is_procfile_name(teller)) return {};
    if (consume(s, "exited with code ") || consume(s, "Exited with code ")) return {teller, kind_of(ending_of_status(s))};
    if (consume(s, "terminated by ")) return {teller, kind_of(ending_of_signal(s))};
    return {teller, s.starts_with("started with pid ") ? EventKind::service_started : EventKind::part};
  }
  const bool told = consume(s, "sending SIGTERM to ");
  const std::string_view name = take_until(s, " ");
  if (!is_procfile_name(name)) return {};
  if (told) return {name, EventKind::service_stopped};
  if (consume(s, "stopped (rc=") && s.ends_with(")")) {
    s.remove_suffix(1);
    return {name, kind_of(consume(s, "-") ? ending_of_signal(s) : ending_of_status(s))};
  }
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
    return is_program_name(name) && (s.starts_with("Stopping") || s.starts_with("Stopped")) ? tell_service(line, EventKind::service_stopped, name, out) : Parsed::nothing;
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
  if (what == "die") return tell_ending(line, ending_of_status(field("exitCode=")), name, out);
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
  if (!is_program_name(name)) return Parsed::nothing;
  const auto code = rest.find("exited with code [");
  if (code == std::string_view::npos) return Parsed::nothing;
  const Ending status = ending_of_status(rest.substr(code + 18, rest.find(']', code) - code - 18));
  // It says SIGINT where it knows of no signal.
  const auto signal = rest.find("via signal [");
  const std::string_view name_of_signal = signal == std::string_view::npos ? std::string_view{} : rest.substr(signal + 12, rest.find(']', signal) - signal - 12);
  if (name_of_signal.empty() || name_of_signal == "SIGINT" || status == Ending::killed) return tell_ending(line, status, name, out);
  return tell_ending(line, ending_of_signal(name_of_signal), name, out);
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
    case 'R':
    case 'L':
      if (s.starts_with("Reached target ") || s.starts_with("Linux version ")) parsed = parse_systemd(line, s, out);
      break;
    case 'S':
    case 'T':
      if (s.starts_with("Segmentation fault")) return parse_shell(line, s, out);
      if (s.starts_with("St") || s.starts_with("Sy") || s.starts_with("Sen") || s.starts_with("The system ")) parsed = parse_systemd(line, s, out);
      else if (s.starts_with("Terminated")) return parse_shell(line, s, out);
      break;
    case '[':
    case 'A':
    case 'B':
    case 'F':
    case 'I':
    case 'K':
      if (s.front() != 'I' || !s.starts_with("INFO ")) parsed = parse_shell(line, s, out);
      if (parsed != Parsed::nothing || s.front() == '[') return parsed;
      break;
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
  parsed = parse_systemd(line, s, out);
  const char last = s.back();
  const bool status = is_digit(last) || last == '.' || last == 'e' || is_of_fly(s);
  const bool runner = is_upper(last) || last == ')' || is_digit(last);
  if (parsed == Parsed::nothing && runner && s.find('|') != std::string_view::npos) parsed = parse_procfile(line, s, out);
  if (parsed == Parsed::nothing && status) parsed = parse_exit_code(line, s, out);
  if (parsed == Parsed::nothing && s.find(": line ") != std::string_view::npos) parsed = parse_shell(line, s, out);
  return parsed;
}

Parsed parse_pm2_app(const Line& line, std::string_view s, EventBatch& out) { return parse_pm2_exit(line, s, out); }

}  // namespace memlog::detail
