#include <algorithm>
#include <array>

#include "memlog/format/words.h"

// systemd about the units that it starts and stops, and about the machine.
namespace memlog::detail {

namespace {

// `bot.service: ` in front of what systemd says of a unit, without a blank in it; removed.
std::string_view take_unit(std::string_view& s) {
  const auto blank = s.find(' ');
  if (blank == std::string_view::npos || blank < 2 || blank > 200 || s[blank - 1] != ':') return {};
  const std::string_view unit = s.substr(0, blank - 1);
  if (unit.find('.') == std::string_view::npos) return {};
  s.remove_prefix(blank + 1);
  return unit;
}

// `code=exited, status=1/FAILURE`, `code=dumped, status=11/SEGV`: a status, or a signal.
Ending ending_of(std::string_view s) {
  const bool exited = consume(s, "code=exited, status=");
  if (!exited && !consume(s, "code=killed, status=") && !consume(s, "code=dumped, status=")) return Ending::none;
  const std::string_view number = s.substr(0, s.find('/'));
  return exited ? ending_of_status(number) : ending_of_signal(number);
}

// systemd about a unit, by name: `web.service: Failed with result 'oom-kill'.`
Parsed parse_unit(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view unit = take_unit(s);
  if (unit.empty()) return Parsed::nothing;
  if (s.starts_with("A process of this unit has been killed by the OOM killer") || s.starts_with("Failed with result 'oom-kill'")) {
    return tell_kill(line, EventKind::oom_kill, unit, out);
  }
  if (s.starts_with("systemd-oomd killed ")) return tell_kill(line, EventKind::pressure_kill, unit, out);
  std::string_view rest = s;
  if (consume(rest, "Main process exited, ")) {
    const Ending ending = ending_of(rest);
    return ending == Ending::killed || unit.ends_with(".service") ? tell_ending(line, ending, unit, out) : Parsed::nothing;
  }
  if (!unit.ends_with(".service")) return Parsed::nothing;
  if (s.starts_with("Deactivated successfully.") || s.starts_with("Succeeded.") || s.starts_with("State 'stop-sigterm' timed out.") ||
      s.starts_with("Service reached runtime time limit.") || s.starts_with("Stopping timed out.")) {
    return tell_service(line, EventKind::service_stopped, unit, out);
  }
  // The result `signal` is that of a SIGKILL, too.
  constexpr std::string_view kResults[] = {"Failed with result 'exit-code'", "Failed with result 'core-dump'", "Failed with result 'watchdog'", "Failed with result 'timeout'",
                                           "Watchdog timeout (limit "};
  const bool failed = std::any_of(std::begin(kResults), std::end(kResults), [&](std::string_view words) { return s.starts_with(words); });
  return failed ? tell_service(line, EventKind::service_ended, unit, out) : Parsed::nothing;
}

// Whether the journal says that systemd, or a part of it, wrote the line.
bool of_systemd(const Line& line, std::string_view part) {
  const std::string_view front = in_front(line);
  if (const auto at = front.find(part); at != std::string_view::npos) return front.substr(at + part.size()).starts_with("[");
  return front.empty() && line.text.find(part) != std::string_view::npos;
}

// `Stopping bot.service - My bot...`, and `Stopping My bot...` of systemd before 250, which tells the unit's description: too
// many in a machine's log to be names.
Parsed parse_job(const Line& line, std::string_view s, EventBatch& out) {
  if (!of_systemd(line, "systemd")) return Parsed::nothing;
  const bool starts = consume(s, "Started ");
  if (!starts && !consume(s, "Stopping ") && !consume(s, "Stopped ")) return Parsed::nothing;
  const std::string_view unit = s.substr(0, s.find(" - "));
  const bool named = unit.size() < s.size() && is_program_name(unit) && unit.find('.') != std::string_view::npos;
  if (named && !unit.ends_with(".service")) return Parsed::nothing;
  return tell_service(line, starts ? EventKind::service_started : EventKind::service_stopped, named ? unit : std::string_view{}, out);
}

// The machine goes down with all that runs on it, because somebody asked for it; or its kernel starts, and nobody says why.
Parsed parse_machine(const Line& line, std::string_view s, EventBatch& out) {
  const bool starts = s.starts_with("Linux version ") && s.find(" (") != std::string_view::npos;
  if (starts) {
    if (in_front(line).find("kernel") == std::string_view::npos && line.text.find("kernel") == std::string_view::npos) return Parsed::nothing;
  } else if (s.starts_with("System is rebooting") || s.starts_with("System is powering down") || s.starts_with("The system will reboot") || s.starts_with("The system will power off")) {
    if (!of_systemd(line, "systemd-logind")) return Parsed::nothing;
  } else if (s.starts_with("Sending SIGTERM to remaining processes")) {
    if (!of_systemd(line, "systemd-shutdown")) return Parsed::nothing;
  } else {
    constexpr std::string_view kTargets[] = {"Reached target reboot.target", "Reached target System Reboot", "Reached target Reboot", "Reached target poweroff.target",
                                             "Reached target System Power Off", "Reached target Power-Off", "Reached target System Shutdown", "Reached target shutdown.target"};
    const bool target = std::any_of(std::begin(kTargets), std::end(kTargets), [&](std::string_view words) { return s.starts_with(words); });
    if (!target || !of_systemd(line, "systemd")) return Parsed::nothing;
  }
  if (!line.time.known()) return Parsed::nothing;
  Event event = event_from(line, EventKind::machine_stopped, out);
  event.process = kNoName;
  if (!starts) event.flags |= flag::kOrderly;
  constexpr std::size_t kShown = 120;
  event.context = out.add_text(line.message.size() > kShown ? line.message.substr(0, kShown) : line.message);
  return add(event, out, Parsed::note);
}

}  // namespace

Parsed parse_systemd(const Line& line, std::string_view s, EventBatch& out) {
  switch (s.front()) {
    case 'S':
    case 'T':
    case 'R':
    case 'L':
      if (s.starts_with("St")) return parse_job(line, s, out);
      if (s.starts_with("System is ") || s.starts_with("Sending SIGTERM ") || s.starts_with("The system will ") || s.starts_with("Reached target ") || s.starts_with("Linux version ")) {
        return parse_machine(line, s, out);
      }
      break;
    default: break;
  }
  return parse_unit(line, s, out);
}

// `-- Logs begin at Mon 2024-11-11 08:00:00 UTC, end at Sat 2024-11-16 09:00:00 UTC. --`, later `-- Journal begins at …, ends
// at …`: the years of the lines behind it, which have none.
Parsed parse_journal_head(const Line& line, std::string_view s, EventBatch& out) {
  if (!consume(s, "-- Logs begin at ") && !consume(s, "-- Journal begins at ")) return Parsed::nothing;
  const auto end = s.find(", end");
  if (end == std::string_view::npos) return Parsed::nothing;
  const auto day = date_in_name(s.substr(end));
  if (!day) return Parsed::nothing;
  Event event = part_from(line, Part::journal_head, out);
  event.time = {};
  event.delta_mb = static_cast<double>(*day);
  return add(event, out, Parsed::note);
}

}  // namespace memlog::detail
