#include <algorithm>
#include <array>

#include "memlog/envelope/months.h"
#include "memlog/format/words.h"

// What kubectl and docker print of the state of a container that was killed:
//
//   Reason:       OOMKilled                      describe, the exit code and the time in the lines behind it
//   worker-7d9c   0/1   OOMKilled   3   12h      get pods
//   2m   Warning  OOMKilled  pod/worker  …       get events
//   "reason": "OOMKilled",                       -o json, -o yaml without the quotes; its time in front of it
//   "OOMKilled": true,                           docker inspect, the exit code and the time in the lines behind it
//   2m   Normal   Killing    pod/worker  Stopping container worker     get events, of one that was not
namespace memlog::detail {

namespace {

bool says_oom_killed(std::string_view s) {
  const auto at = s.find("OOMKilled");
  if (at == std::string_view::npos) return false;
  if (s.starts_with("Reason:") || s.starts_with("reason:")) return trim(s.substr(7)) == "OOMKilled";
  const bool object = s.starts_with("{") || s.starts_with("[{") || s.starts_with("\"State\":");
  if (object || s.starts_with("\"reason\":") || s.starts_with("\"OOMKilled\":")) {
    std::string_view rest = s.substr(at + 9);
    if (!consume(rest, "\"")) return false;
    if (consume(rest, ":")) return trim_left(rest).starts_with("true");
    const std::string_view key = trim_right(s.substr(0, at - 1));
    return key.ends_with("\"reason\":") && (!object || s.find("\"terminated\":") < at);
  }
  std::array<std::string_view, 4> words;
  split_words(s, words);
  // With -A the namespace stands in front.
  const bool all = words[3] == "OOMKilled";
  if (!all && words[2] != "OOMKilled") return false;
  if (!all && (words[1] == "Warning" || words[1] == "Normal")) return is_digit(words[0].front());
  std::string_view ready = words[all ? 2 : 1];
  return take_integer(ready) && consume(ready, "/") && take_integer(ready) && ready.empty();
}

// The value of a member of a line of JSON or YAML, or of a line of `kubectl describe`, without quotes and comma.
std::string_view value_behind(std::string_view s, std::string_view key) {
  if (!consume(s, key)) return {};
  s = trim(s);
  if (s.ends_with(",")) s.remove_suffix(1);
  if (s.size() >= 2 && s.front() == '"' && s.back() == '"') s = s.substr(1, s.size() - 2);
  return s;
}

// A member of an object that is all on one line.
std::string_view member(std::string_view s, std::string_view key) {
  const auto at = s.find(key);
  if (at == std::string_view::npos) return {};
  s = trim_left(s.substr(at + key.size()));
  return s.starts_with('"') ? s.substr(1, s.substr(1).find('"')) : s.substr(0, s.find_first_of(",} "));
}

// `Sun, 16 Nov 2025 09:00:30 +0000`
std::optional<Timestamp> take_describe_time(std::string_view s) {
  take_until(s, ", ");
  const auto day = take_integer(s);
  if (!day || !consume(s, " ")) return std::nullopt;
  const unsigned month = envelope::take_month(s);
  if (month == 0 || !consume(s, " ")) return std::nullopt;
  const auto year = take_integer(s);
  if (!year || !consume(s, " ") || *day < 1 || *day > 31 || *year < 1970 || *year > 2200) return std::nullopt;
  Timestamp time;
  const auto of_day = take_time_of_day(s, time.digits);
  if (!of_day || !consume(s, " ")) return std::nullopt;
  const auto zone = take_zone(s);
  if (!zone) return std::nullopt;
  time.ns = days_from_civil(*year, month, static_cast<unsigned>(*day)) * kNanosPerDay + *of_day - *zone * 60 * kNanosPerSecond;
  time.zone_minutes = *zone;
  time.dated = true;
  return time;
}

// Of a container that never stopped Docker says the year 1.
std::optional<Timestamp> take_state_time(std::string_view s) {
  auto time = take_timestamp(s);
  return time && s.empty() && time->dated && time->ns > 0 ? time : std::nullopt;
}

Parsed tell_time(const Line& line, const std::optional<Timestamp>& time, Part part, EventBatch& out) {
  if (!time) return Parsed::nothing;
  Event event = part_from(line, part, out);
  event.time = *time;
  event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kPlatformTime);
  return add(event, out, Parsed::note);
}

// Of `get pods` and `get events` the pod that the line is of.
std::string_view pod_of(std::string_view s) {
  std::array<std::string_view, 4> words;
  split_words(s, words);
  // With -A the namespace stands in front.
  if (words[3] == "OOMKilled") return is_program_name(words[1]) ? words[1] : std::string_view{};
  if (words[2] != "OOMKilled") return {};
  const bool event = words[1] == "Warning" || words[1] == "Normal";
  std::string_view pod = event ? words[3] : words[0];
  if (event && !consume(pod, "pod/")) return {};
  return is_program_name(pod) ? pod : std::string_view{};
}

// A state of several lines: its time comes with another of them.
Parsed tell_state(const Line& line, EventKind kind, EventBatch& out) {
  Event event = death(line, kind, out);
  if (!event.time.known()) event.part = static_cast<std::uint8_t>(Part::state_time_behind);
  if (const std::string_view pod = pod_of(line.message); !pod.empty()) event.process = out.names.intern(pod);
  out.events.push_back(event);
  return Parsed::event;
}

// A container that ended otherwise: known when its time is, since one that runs has a code as well.
Parsed tell_code(const Line& line, Ending ending, EventBatch& out) {
  if (ending == Ending::killed) return tell_state(line, EventKind::kill, out);
  if (ending == Ending::none) return Parsed::nothing;
  Event event = event_from(line, ending == Ending::stopped ? EventKind::service_stopped : EventKind::service_ended, out);
  event.process = kNoName;
  event.context = out.add_text(line.message);
  event.part = static_cast<std::uint8_t>(Part::state_time_behind);
  out.has_parts = true;
  return add(event, out, Parsed::note);
}

// It runs, or never did: what was told of its end does not count.
Parsed tell_no_end(const Line& line, EventBatch& out) {
  Event event = part_from(line, Part::state_time_before, out);
  event.time = {};
  return add(event, out, Parsed::note);
}

// `Stopping container bot`, `Container bot failed liveness probe, will be restarted`: what the kubelet does, as `get events` has it.
Parsed parse_killing(const Line& line, std::string_view s, EventBatch& out) {
  std::array<std::string_view, 6> words;
  split_words(s, words);
  if (words[0] != "Normal" && words[1] != "Normal") return Parsed::nothing;
  std::string_view rest = s.substr(s.find(" Killing ") + 9);
  const auto stopping = rest.find("Stopping container ");
  const bool stops = stopping != std::string_view::npos;
  if (!stops && rest.find(" probe, will be restarted") == std::string_view::npos) return Parsed::nothing;
  const auto container = stops ? stopping + 19 : rest.find("Container ") + 10;
  rest.remove_prefix(std::min(container, rest.size()));
  return tell_service(line, stops ? EventKind::service_stopped : EventKind::service_ended, take_until(rest, " "), out);
}

// One that ended otherwise, of the only container that the line tells of.
Parsed tell_end(const Line& line, std::string_view s, Ending ending, EventBatch& out) {
  const auto time = take_state_time(member(s, "\"FinishedAt\":"));
  const auto first = s.find("\"ExitCode\":");
  if (!time || s.find("\"ExitCode\":", first + 1) != std::string_view::npos) return Parsed::nothing;
  Event event = event_from(line, ending == Ending::stopped ? EventKind::service_stopped : EventKind::service_ended, out);
  event.process = kNoName;
  event.time = *time;
  event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kPlatformTime);
  constexpr std::size_t kShown = 120;
  const auto flag_at = s.rfind("\"OOMKilled\":", first);
  event.context = out.add_text(s.substr(flag_at == std::string_view::npos ? first : flag_at, kShown));
  return add(event, out, Parsed::note);
}

// The whole state on one line, which may be long.
Parsed parse_object(const Line& line, std::string_view s, EventBatch& out) {
  if (parse_pod_json(line, s, out) == Parsed::event) return Parsed::event;
  // Of several containers the one that was killed.
  for (const std::string_view words : {"\"OOMKilled\":true", "\"OOMKilled\": true"}) {
    if (const auto at = s.find(words); at != std::string_view::npos) s = s.substr(at);
  }
  const bool for_memory = s.front() == '"' || says_oom_killed(s);
  const bool ended = !for_memory && member(s, "\"OOMKilled\":") == "false" && member(s, "\"Running\":") != "true" && s.find("\"FinishedAt\":") != std::string_view::npos;
  const Ending ending = ended ? ending_of_status(member(s, "\"ExitCode\":")) : Ending::none;
  if (ending == Ending::stopped || ending == Ending::failed) return tell_end(line, s, ending, out);
  const bool killed = ending == Ending::killed;
  if (!for_memory && !killed) return Parsed::nothing;
  Event event = death(line, for_memory ? EventKind::oom_kill : EventKind::kill, out);
  for (const std::string_view key : {"\"FinishedAt\":", "\"finishedAt\":"}) {
    const auto time = take_state_time(member(s, key));
    if (!time) continue;
    event.time = *time;
    event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kPlatformTime);
  }
  constexpr std::size_t kShown = 200;
  if (line.message.size() > 2 * kShown) event.context = out.add_text(s.substr(0, kShown));
  // The state of a whole container names it.
  std::string_view name = member(s, "\"Name\":");
  if (consume(name, "/")) event.process = out.names.intern(name);
  // Kubernetes' state of one container.
  const auto first = line.message.find("\"name\":");
  if (line.message.find("\"terminated\":") != std::string_view::npos && first != std::string_view::npos && line.message.find("\"name\":", first + 1) == std::string_view::npos) {
    event.process = out.names.intern(member(line.message, "\"name\":"));
  }
  out.events.push_back(event);
  return Parsed::event;
}

// A node that is short of memory evicts pods, whatever they have: `kubectl describe` and `get events` say of what, the kubelet's
// eviction manager when it begins to.
bool says_evicted(std::string_view s) {
  // Every line that nobody else reads comes here: what is rare is looked for first.
  if (s.starts_with("Message:") || s.starts_with("message:") || s.starts_with("\"message\":") || s.find("Evicted ") != std::string_view::npos) {
    return s.find("low on resource: memory") != std::string_view::npos;
  }
  const bool logged = s.size() > 1 && (s.front() == 'I' || s.front() == 'W') && is_digit(s[1]);  // klog's level and day
  if (!logged && !s.starts_with("eviction manager: ") && !s.starts_with("Eviction manager: ")) return false;
  const auto manager = s.find("viction manager: attempting to reclaim");
  if (manager == std::string_view::npos) return false;
  s.remove_prefix(manager + 38);
  return s == " memory" || s.find("resourceName=\"memory\"") != std::string_view::npos;
}

}  // namespace

Parsed parse_container_state(const Line& line, std::string_view s, EventBatch& out) {
  if (by_program(line)) return Parsed::nothing;
  if (says_evicted(s)) return tell_state(line, EventKind::pressure_kill, out);
  const char first = s.front();
  if (first == '{' || s.starts_with("[{") || s.starts_with("\"State\": {\"") || s.starts_with("\"State\":{\"")) return parse_object(line, s, out);
  if (first == '"' || first == 'e' || first == 'E' || first == 'f' || first == 'F') {
    for (const std::string_view key : {"\"ExitCode\":", "\"exitCode\":", "exitCode:", "Exit Code:"}) {
      if (const auto code = value_behind(s, key); !code.empty()) return tell_code(line, ending_of_status(code), out);
    }
    if (const auto running = value_behind(s, "\"Running\":"); running == "true") return tell_no_end(line, out);
    if (const auto time = value_behind(s, "\"FinishedAt\":"); time.starts_with("0001-")) return tell_no_end(line, out);
    else if (!time.empty()) return tell_time(line, take_state_time(time), Part::state_time_behind, out);
    if (const auto time = value_behind(s, "Finished:"); !time.empty()) return tell_time(line, take_describe_time(time), Part::state_time_behind, out);
    for (const std::string_view key : {"\"finishedAt\":", "finishedAt:"}) {
      if (const auto time = value_behind(s, key); !time.empty()) return tell_time(line, take_state_time(time), Part::state_time_before, out);
    }
  }
  if (s.find(" Killing ") != std::string_view::npos) return parse_killing(line, s, out);
  return says_oom_killed(s) ? tell_state(line, EventKind::oom_kill, out) : parse_pod_description(line, s, out);
}

}  // namespace memlog::detail
