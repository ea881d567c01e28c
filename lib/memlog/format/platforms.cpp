#include <array>
#include <charconv>

#include "memlog/format/words.h"

// One line each in which a platform or a process manager says that it, or the kernel, killed a process: Render, Fly,
// Docker, Kubernetes, gunicorn, pm2, systemd.
namespace memlog {

namespace {

Parsed tell(const Event& event, EventBatch& out) {
  out.events.push_back(event);
  return Parsed::event;
}

Parsed plain_death(const Line& line, EventKind kind, EventBatch& out) { return tell(detail::death(line, kind, out), out); }

// `==> Out of memory (used over 512Mi)`, `Ran out of memory (used over 512MB) while running your code.`
Parsed parse_render(const Line& line, std::string_view s, EventBatch& out) {
  const auto at = s.find("(used over ");
  if (at == std::string_view::npos) return Parsed::nothing;
  s.remove_prefix(at + 11);
  const std::string_view size = s;
  const auto limit = detail::take_size_mb(s);
  if (!limit) return detail::malformed(line, size, "a size after 'used over'", out);
  Event event = detail::death(line, EventKind::oom_kill, out);
  event.limit_mb = *limit;
  return tell(event, out);
}

// `Exited with status 134`: Node aborts itself at its own heap limit; 137 is a SIGKILL.
Parsed parse_exit_status(const Line& line, std::string_view s, EventBatch& out) {
  const auto status = take_integer(s);
  if (!status || !(s.empty() || s.front() == ' ' || s.front() == '.') || *status < 0 || *status > 255) return Parsed::nothing;
  if (*status == 134) return plain_death(line, EventKind::heap_limit, out);
  char digits[4];
  const auto end = std::to_chars(digits, digits + sizeof digits, *status).ptr;
  return detail::tell_ending(line, detail::ending_of_status({digits, static_cast<std::size_t>(end - digits)}), {}, out);
}

// gunicorn's `[56] [CRITICAL] WORKER TIMEOUT (pid:74)`, the rest of its prefix in front.
Parsed parse_gunicorn(const Line& line, std::string_view s, EventBatch& out) {
  if (consume(s, "[")) {
    if (!take_integer(s) || !consume(s, "] [")) return Parsed::nothing;
    take_until(s, "] ");
  }
  const auto pid_after = [&](std::string_view words) -> std::optional<double> {
    std::string_view rest = s;
    if (!consume(rest, words)) return std::nullopt;
    const auto pid = take_integer(rest);
    if (!pid) return std::nullopt;
    s = rest;
    return static_cast<double>(*pid);
  };
  if (const auto pid = pid_after("WORKER TIMEOUT (pid:")) {
    Event event = detail::event_from(line, EventKind::time_limit, out);
    event.context = out.add_text(line.message);
    out.add_metric(event, name::kPid, *pid);
    return detail::add(event, out, Parsed::note);
  }
  if (const auto pid = pid_after("Worker exiting (pid: ")) {
    Event event = detail::event_from(line, EventKind::worker_exited, out);
    event.flags |= flag::kOrderly;
    event.context = out.add_text(line.message);
    out.add_metric(event, name::kPid, *pid);
    return detail::add(event, out, Parsed::note);
  }
  if (pid_after("Booting worker with pid: ")) {
    Event event = detail::event_from(line, EventKind::said_start, out);
    event.flags |= flag::kRepeats;
    event.context = out.add_text(line.message);
    return detail::add(event, out, Parsed::note);
  }
  auto pid = pid_after("Worker (pid:");
  const bool sent = pid && s.starts_with(") was sent SIGKILL!");
  if (pid && !sent) {
    if (consume(s, ") was sent ")) return detail::tell_ending(line, detail::ending_of_signal(take_until(s, "!")), {}, out);
    if (consume(s, ") exited with code ")) return detail::tell_ending(line, detail::ending_of_status(s.substr(0, s.find_first_of(". "))), {}, out);
    return Parsed::nothing;
  }
  if (!sent) {
    pid = pid_after("Worker with pid ");
    if (!pid || !s.starts_with(" was terminated due to signal 9")) return Parsed::nothing;
  }
  Event event = detail::death(line, EventKind::kill, out);
  out.add_metric(event, name::kPid, *pid);
  return tell(event, out);
}

// `Process 0 restarted because it exceeds --max-memory-restart value (current_memory=… max_memory_limit=… [octets])`
Parsed parse_pm2(const Line& line, std::string_view s, EventBatch& out) {
  const auto current = s.find("current_memory=");
  const auto limit = s.find("max_memory_limit=");
  if (current == std::string_view::npos || limit == std::string_view::npos) return detail::parse_pm2_app(line, s, out);
  std::string_view number = s.substr(current + 15);
  const auto bytes = take_decimal(number);
  if (!bytes) return detail::malformed(line, s.substr(current + 15), "a number of octets after 'current_memory='", out);
  Event event = detail::death(line, EventKind::oom_kill, out);
  event.flags |= flag::kOrderly;
  constexpr double kMb = 1024.0 * 1024;
  event.rss_mb = *bytes / kMb;
  number = s.substr(limit + 17);
  if (const auto most = take_decimal(number)) event.limit_mb = *most / kMb;
  if (const auto at = s.find("Process "); at != std::string_view::npos) {
    std::string_view rest = s.substr(at + 8);
    event.process = out.names.intern(take_until(rest, " "));
  }
  return tell(event, out);
}

// `Killed /user.slice/…/app.scope due to memory pressure for /user.slice being 51.07% > 50.00% for > 20s …`
Parsed parse_oomd(const Line& line, std::string_view s, EventBatch& out) {
  const auto end = s.find(" due to ");
  if (end == std::string_view::npos) return Parsed::nothing;
  const std::string_view why = s.substr(end + 8);
  if (!why.starts_with("memory ") && !why.starts_with("swap ")) return Parsed::nothing;
  const std::string_view group = s.substr(0, end);
  Event event = detail::death(line, EventKind::pressure_kill, out);
  event.process = out.names.intern(group.substr(group.rfind('/') + 1));
  return tell(event, out);
}

// earlyoom's `sending SIGKILL to process 4242 uid 1000 "python3": badness 961, VmRSS 490 MiB`, behind SIGTERM perhaps: the machine
// had no memory left.
Parsed parse_earlyoom(const Line& line, std::string_view s, EventBatch& out) {
  const auto pid = take_integer(s);
  const auto open = s.find(" \"");
  const auto close = s.find("\": ");
  if (!pid || !s.starts_with(" uid ") || open == std::string_view::npos || close == std::string_view::npos || close < open + 2 || detail::by_program(line)) return Parsed::nothing;
  Event event = detail::death(line, EventKind::oom_kill, out);
  event.process = out.names.intern(s.substr(open + 2, close - open - 2));
  out.add_metric(event, name::kPid, static_cast<double>(*pid));
  if (const auto at = s.find("VmRSS ", close); at != std::string_view::npos) {
    std::string_view size = s.substr(at + 6);
    if (const auto mb = detail::take_size_mb(size)) event.rss_mb = *mb;
  }
  return tell(event, out);
}

// `FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory`: V8's own limit, the machine may
// have memory left.
Parsed parse_heap_limit(const Line& line, std::string_view s, EventBatch& out) {
  if (s.find("heap out of memory") == std::string_view::npos) return Parsed::nothing;
  return plain_death(line, EventKind::heap_limit, out);
}

// docker compose's `celery-worker-1 exited with code 137`: a name and no more.
Parsed parse_container_exit(const Line& line, std::string_view s, EventBatch& out) {
  constexpr std::string_view kWords = " exited with code ";
  const auto at = s.find(kWords);
  if (at == std::string_view::npos || detail::by_program(line)) return Parsed::nothing;
  const std::string_view name = s.substr(0, at);
  const std::string_view code = s.substr(at + kWords.size());
  if (name.empty() || name.size() > 128 || name.find_first_of(" \t\"'") != std::string_view::npos) return Parsed::nothing;
  if (code != "137") return detail::tell_ending(line, detail::ending_of_status(code), name, out);
  Event event = detail::death(line, EventKind::kill, out);
  event.host = out.names.intern(name);
  return tell(event, out);
}

// Nothing but a time in front: the dashboard's lines, copied. A logger's have its level or its name as well.
bool is_behind_time_alone(const Line& line) {
  const std::string_view front = detail::in_front(line);
  return !front.empty() && line.level == Level::none && line.logger.empty() && front.find_first_not_of("0123456789-:., TZ") == std::string_view::npos;
}

// `==> Deploying...`: the new instance starts, and the old one is stopped; one that ran out of memory is only started again.
// So does a restart that somebody asked for.
bool is_render_deploy(std::string_view s) { return s.starts_with("Build successful") || s.starts_with("Deploying...") || s.starts_with("Service restarted by "); }
// It is over: the old instance is stopped about a minute after the new one is live, or goes on where none came.
bool is_render_deploy_over(std::string_view s) {
  return s.starts_with("Your service is live") || s.starts_with("Timed out") || s.starts_with("Deploy failed") || s.starts_with("Deploy cancelled") || s.starts_with("Build failed");
}

Parsed parse(const Line& line, EventBatch& out) {
  std::string_view s = trim_left(line.message);
  if (s.empty()) return Parsed::nothing;
  switch (s.front()) {
    case '=':
      if ((detail::by_program(line) && !is_behind_time_alone(line)) || !consume(s, "==> ")) return Parsed::nothing;
      if (is_render_deploy(s)) return detail::tell_service(line, EventKind::service_stopped, {}, out);
      if (is_render_deploy_over(s)) return detail::tell_service(line, EventKind::service_started, {}, out);
      if (s.starts_with("Out of memory (used over ") || s.starts_with("Ran out of memory (used over ")) return parse_render(line, s, out);
      if (consume(s, "Exited with status ")) return parse_exit_status(line, s, out);
      return Parsed::nothing;
    case '-':
      if (s.starts_with("-- ")) return detail::parse_journal_head(line, s, out);
      break;
    case '[':
      if (s.starts_with("[PM2]")) return parse_pm2(line, s, out);
      if (const Parsed parsed = parse_gunicorn(line, s, out); parsed != Parsed::nothing) return parsed;
      break;
    case 'B':
      if (s.starts_with("Booting worker with pid: ")) return parse_gunicorn(line, s, out);
      break;
    case 'W':
      if (s.starts_with("WORKER TIMEOUT") || s.starts_with("Worker ")) return parse_gunicorn(line, s, out);
      break;
    case 'T':
      // The JVM's, with -XX:+ExitOnOutOfMemoryError; a thread that the system refuses is no matter of its heap.
      if (s.starts_with("Terminating due to java.lang.OutOfMemoryError") && s.find("native thread") == std::string_view::npos && !detail::by_logger(line)) {
        return plain_death(line, EventKind::heap_limit, out);
      }
      break;
    case 'F':
      if (s.starts_with("FATAL ERROR: ") && s.find("heap out of memory") != std::string_view::npos) return parse_heap_limit(line, s, out);
      break;
    case 'E':
      // Behind a time alone, FATAL was taken for the line's level.
      if (line.level == Level::critical && s.starts_with("ERROR: ")) return parse_heap_limit(line, s, out);
      break;
    case 'R':
    case 'I':
      // The dashboard's event, in one line or two.
      if ((s.starts_with("Ran out of memory (used over ") || (s.starts_with("Instance failed:") && s.find(" Ran out of memory (used over ") != std::string_view::npos)) && !detail::by_program(line)) {
        return parse_render(line, s, out);
      }
      // Behind the dashboard's time.
      if (s.starts_with("Ran out of memory (used over ") && s.ends_with("while running your code.") && is_behind_time_alone(line)) return parse_render(line, s, out);
      if (s.starts_with("INFO Process appears to have been OOM killed")) return plain_death(line, EventKind::oom_kill, out);
      break;
    case 'P':
      if (s.starts_with("Process appears to have been OOM killed")) return plain_death(line, EventKind::oom_kill, out);
      if (s.starts_with("PM2 ")) return parse_pm2(line, s, out);
      break;
    case 's':
      if (consume(s, "sending SIGKILL to process ") || consume(s, "sending SIGTERM to process ")) return parse_earlyoom(line, s, out);
      break;
    case 'K':
      if (consume(s, "Killed /")) return parse_oomd(line, s, out);
      break;
    default: break;
  }
  // What may begin with any name is told by its end.
  constexpr std::size_t kLongest = 400;
  if (s.size() > kLongest && s.front() != '{' && s.front() != '[') return Parsed::nothing;
  if (const Parsed parsed = detail::parse_container_state(line, s, out); parsed != Parsed::nothing) return parsed;
  // compose, where the restart policy has it start again.
  if (constexpr std::string_view kRestarting = " (restarting)"; s.ends_with(kRestarting) && s.find(" exited with code ") != std::string_view::npos) s.remove_suffix(kRestarting.size());
  const char last = s.back();
  if (const Parsed parsed = detail::parse_supervisor(line, s, out); parsed != Parsed::nothing) return parsed;
  if (is_digit(last)) {
    const Parsed parsed = parse_container_exit(line, s, out);
    if (parsed != Parsed::nothing) return parsed;
  }
  if (const Parsed parsed = detail::parse_traceback(line, out); parsed != Parsed::nothing) return parsed;
  if (const Parsed parsed = detail::parse_goodbye(line, out); parsed != Parsed::nothing) return parsed;
  return detail::parse_hello(line, out);
}

}  // namespace

extern const Format platforms = {"platforms", "deaths as Render, Fly, Docker, Kubernetes, gunicorn, pm2, systemd, supervisord and shells tell them", "",
                                 "[2026-05-26 19:50:07 +0200] [56] [ERROR] Worker (pid:74) was sent SIGKILL! Perhaps out of memory?", parse};

}  // namespace memlog
