#include "memlog/format/words.h"

// The kernel's report of a process that it killed for memory, from 3.x to 6.x: one line that matters and many around it.
//
//   python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
//   memory: usage 512000kB, limit 512000kB, failcnt 1234
//   oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),…,task=leaker,pid=23793,uid=0
//   Memory cgroup out of memory: Killed process 23793 (leaker) total-vm:2623712kB, anon-rss:506500kB, file-rss:1268kB
namespace memlog {

namespace {

using detail::add;

Event report_part(const Line& line, Part part, EventBatch& out) {
  Event event = detail::part_from(line, part, out);
  event.process = kNoName;
  if (is_known(line.uptime_s)) out.add_metric(event, out.names.intern("uptime_s"), line.uptime_s);
  return event;
}

// `23793 (leaker)`, and `23793, UID 48, (leaker)` of older distributions.
bool take_victim(std::string_view& s, Event& event, EventBatch& out) {
  std::string_view rest = s;
  const auto pid = take_integer(rest);
  if (!pid) return false;
  const auto open = rest.find('(');
  if (open == std::string_view::npos || open > 24) return false;
  // A name may hold brackets itself: the figures or the score stand behind the last one.
  auto close = rest.find(") total-vm:");
  if (close == std::string_view::npos) close = rest.find("), UID");
  if (close == std::string_view::npos) close = rest.find(") score ");
  if (close == std::string_view::npos) close = rest.find(')');
  if (close == std::string_view::npos || close < open) return false;
  out.add_metric(event, name::kPid, static_cast<double>(*pid));
  event.process = out.names.intern(rest.substr(open + 1, close - open - 1));
  s = rest.substr(close + 1);
  return true;
}

std::optional<double> field_mb(std::string_view s, std::string_view key) {
  const auto at = s.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  s.remove_prefix(at + key.size());
  return detail::take_size_mb(s);
}

// `total-vm:2623712kB, anon-rss:506500kB, file-rss:1268kB`
void take_sizes(std::string_view s, Event& event, EventBatch& out) {
  if (const auto vms = field_mb(s, "total-vm:")) event.vms_mb = *vms;
  double rss = 0;
  struct Field {
    std::string_view key;
    std::string_view metric;
  };
  for (const Field& field : {Field{"anon-rss:", "anon_rss_mb"}, Field{"file-rss:", "file_rss_mb"}, Field{"shmem-rss:", "shmem_rss_mb"}}) {
    const auto mb = field_mb(s, field.key);
    if (!mb) continue;
    rss += *mb;
    event.rss_mb = rss;
    out.add_metric(event, out.names.intern(field.metric), *mb);
  }
}

Parsed parse_killed(const Line& line, std::string_view s, EventBatch& out) {
  Event event = report_part(line, Part::oom_killed, out);
  const std::string_view victim = s;
  if (!take_victim(s, event, out)) return detail::malformed(line, victim, "a pid and a name in brackets after 'process'", out);
  event.context = out.add_text(line.message);
  take_sizes(s, event, out);
  return add(event, out);
}

// The kernel's words as Kubernetes hands them on. Each row is a death of its own, at an age and not at a time:
//
//   5m   Warning   OOMKilling   node/n1   Memory cgroup out of memory: Killed process 23793 (leaker) total-vm:…    get events
//   5m   Warning   SystemOOM    node/n1   System OOM encountered, victim process: python, pid: 12345
//   Warning  OOMKilling  3m (x2 over 5m)  kernel-monitor  Memory cgroup …                                  describe node
Parsed parse_node_event(const Line& line, std::string_view s, EventBatch& out) {
  const auto type = s.substr(0, 256).find("Warning ");
  if (type == std::string_view::npos || detail::by_program(line)) return Parsed::nothing;
  // With -A the namespace stands before the age.
  std::string_view age = trim(s.substr(0, type));
  if (const auto blank = age.find(' '); blank != std::string_view::npos && is_lower(age.front())) age = trim_left(age.substr(blank));
  if (!age.empty() && !is_digit(age.front()) && age.front() != '<') return Parsed::nothing;
  s = trim_left(s.substr(type + 8));
  const bool system = consume(s, "SystemOOM ");
  if (!system && !consume(s, "OOMKilling ")) return Parsed::nothing;
  const std::string_view words = system ? "victim process: " : "Killed process ";
  const auto at = s.find(words);
  if (at == std::string_view::npos) return Parsed::nothing;
  s.remove_prefix(at + words.size());
  Event event = detail::death(line, EventKind::oom_kill, out);
  event.process = kNoName;
  const std::string_view victim = s;
  if (!system) {
    if (!take_victim(s, event, out)) return detail::malformed(line, victim, "a pid and a name in brackets after 'process'", out);
    take_sizes(s, event, out);
    return add(event, out);
  }
  const std::string_view name = take_until(s, ", pid: ");
  const auto pid = take_integer(s);
  if (!pid) return detail::malformed(line, victim, "a name and a pid after 'victim process:'", out);
  event.process = out.names.intern(name);
  out.add_metric(event, name::kPid, static_cast<double>(*pid));
  return add(event, out);
}

// `constraint=…,task=leaker,pid=23793,uid=0`: the task's name may hold commas.
Parsed parse_summary(const Line& line, std::string_view s, EventBatch& out) {
  const auto task = s.find(",task=");
  const auto pid = s.rfind(",pid=");
  Event event = report_part(line, Part::oom_victim, out);
  event.context = out.add_text(line.message);
  if (task != std::string_view::npos && pid != std::string_view::npos && pid > task) {
    event.process = out.names.intern(s.substr(task + 6, pid - task - 6));
    std::string_view number = s.substr(pid + 5);
    if (const auto value = take_integer(number)) out.add_metric(event, name::kPid, static_cast<double>(*value));
  }
  return add(event, out);
}

Parsed parse_usage(const Line& line, std::string_view s, EventBatch& out) {
  const std::string_view number = s;
  const auto usage = detail::take_size_mb(s);
  if (!usage) return detail::malformed(line, number, "a number and kB after 'usage'", out);
  Event event = report_part(line, Part::oom_limit, out);
  event.container_mb = *usage;
  if (consume(s, ", limit ")) {
    // Without a limit the kernel prints one of many petabytes.
    constexpr double kNoLimit = 1e9;
    if (const auto limit = detail::take_size_mb(s); limit && *limit < kNoLimit) event.limit_mb = *limit;
  }
  return add(event, out);
}

Parsed plain(const Line& line, Part part, EventBatch& out) {
  Event event = report_part(line, part, out);
  event.context = out.add_text(line.message);
  return add(event, out);
}

// `[23793]     0 23793   655928   126625     1077248        0             0 leaker`, and the table's heading.
bool is_table_row(std::string_view s) {
  if (!consume(s, "[")) return false;
  s = trim_left(s);
  if (consume(s, "pid")) return trim_left(s).starts_with("]") && s.find("total_vm") != std::string_view::npos;
  if (!take_integer(s) || !consume(s, "]")) return false;
  std::array<std::string_view, 16> words;
  const std::size_t n = detail::split_words(s, words);
  if (n < 7) return false;
  for (std::size_t i = 0; i < 5; ++i) {
    if (!detail::is_integer(words[i])) return false;
  }
  return true;
}

Parsed parse(const Line& line, EventBatch& out) {
  std::string_view s = line.message;
  if (s.empty()) return Parsed::nothing;
  switch (s.front()) {
    case '[': return is_table_row(s) ? plain(line, Part::oom_detail, out) : Parsed::nothing;
    case 'm': return consume(s, "memory: usage ") ? parse_usage(line, s, out) : Parsed::nothing;
    case 'o':
      if (consume(s, "oom-kill:constraint=")) return parse_summary(line, s, out);
      if (s.starts_with("oom_reaper: reaped process ")) return plain(line, Part::oom_detail, out);
      break;
    case 'K':
      if (consume(s, "Killed process ") && !s.empty() && is_digit(s.front())) return parse_killed(line, s, out);
      break;
    case 'O':
    case 'M': {
      // Before 2.6.24 `Memory` was written with a capital, until 2.6.36 `kill` without.
      if (!s.starts_with("Out of memory") && !s.starts_with("Out of Memory: ") && !s.starts_with("Memory cgroup out of memory")) break;
      const auto colon = s.find(": ");
      if (colon == std::string_view::npos) break;
      s.remove_prefix(colon + 2);
      if (consume(s, "Killed process ")) return parse_killed(line, s, out);
      if (consume(s, "Kill process ") || consume(s, "kill process ")) {
        Event event = report_part(line, Part::oom_victim, out);
        event.context = out.add_text(line.message);
        const std::string_view victim = s;
        if (!take_victim(s, event, out)) return detail::malformed(line, victim, "a pid and a name in brackets after 'process'", out);
        return add(event, out);
      }
      break;
    }
    case 'T':
      if (s.starts_with("Tasks in ") && s.ends_with("memory.oom.group set")) return plain(line, Part::oom_group, out);
      if (s.starts_with("Tasks state (memory values in pages):")) return plain(line, Part::oom_detail, out);
      break;
    default: break;
  }
  // Any name may stand first; the line is short.
  constexpr std::size_t kLongest = 300;
  if (s.size() <= kLongest && s.find(" invoked oom-killer: ") != std::string_view::npos && s.find("gfp_mask=") != std::string_view::npos) return plain(line, Part::oom_invoked, out);
  constexpr std::size_t kLongestRow = 700;
  if (s.size() <= kLongestRow && s.find("OOM") != std::string_view::npos) return parse_node_event(line, trim_left(s), out);
  return Parsed::nothing;
}

}  // namespace

extern const Format kernel_oom = {
    "kernel_oom", "the kernel's reports of processes that it killed for memory", "",
    "[  123.456789] Out of memory: Killed process 116 (stress-ng-vm) total-vm:10515768kB, anon-rss:7980628kB, file-rss:564kB, shmem-rss:0kB", parse};

}  // namespace memlog
