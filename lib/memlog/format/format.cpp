#include "memlog/format/format.h"

#include <algorithm>
#include <string>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"

namespace memlog::detail {

namespace {

// A pool's process runs one task at a time: there a start says that the run before it is over.
std::uint32_t run_id_of(const Line& line, std::string_view id) {
  if (line.process.find("PoolWorker-") != std::string_view::npos) return 0;
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return std::max(hash, 1U);
}

}  // namespace

Event event_from(const Line& line, EventKind kind, EventBatch& out) {
  Event event;
  event.kind = kind;
  event.time = line.time;
  event.line = line.number;
  event.process = out.names.intern(line.process);
  event.host = out.names.intern(line.host);
  if (!line.task_id.empty()) event.run_id = run_id_of(line, line.task_id);
  if (line.platform_time) event.flags |= flag::kPlatformTime;
  return event;
}

Event part_from(const Line& line, Part part, EventBatch& out) {
  Event event = event_from(line, EventKind::part, out);
  event.part = static_cast<std::uint8_t>(part);
  out.has_parts = true;
  return event;
}

Parsed add(Event& event, EventBatch& out, Parsed result) {
  // A lost worker is the same kill told again: its line is part of that record.
  if (event.kind != EventKind::part && event.kind != EventKind::worker_lost && result == Parsed::event) {
    event.flags |= flag::kRecord;
    if (is_known(event.rss_mb) && event.kind != EventKind::operation && !is_death(event.kind)) event.flags |= flag::kSample;
  }
  out.events.push_back(event);
  return result;
}

Parsed malformed(const Line& line, std::string_view at, std::string_view expected, EventBatch& out) {
  if (out.problems.size() < EventBatch::kMaxProblems) {
    Problem problem;
    problem.line = line.number;
    const bool inside = at.data() >= line.text.data() && at.data() <= line.text.data() + line.text.size();
    problem.column = inside ? static_cast<std::uint32_t>(at.data() - line.text.data()) : 0;
    problem.expected = expected;
    problem.text = line.text;
    out.problems.push_back(problem);
  }
  return Parsed::malformed;
}

namespace {

struct KnownCounter {
  std::string_view label;
  NameId name;
};
constexpr KnownCounter kKnownCounters[] = {
    {"Sessions", name::kSessions}, {"Queue", name::kQueue},     {"Active DLs", name::kActiveDownloads},   {"DLs", name::kActiveDownloads},
    {"Cache", name::kCache},       {"Threads", name::kThreads}, {"Open files", name::kOpenFiles}, {"Ad Sessions", name::kAdSessions},
};

// `Peers Online` → `peers_online`; kNoName for anything that is no short ASCII label.
NameId metric_name(std::string_view label, EventBatch& out) {
  for (const KnownCounter& known : kKnownCounters) {
    if (label == known.label) return known.name;
  }
  constexpr std::size_t kLongest = 40;
  if (label.empty() || label.size() > kLongest || !is_alpha(label.front())) return kNoName;
  char snake[kLongest];
  std::size_t n = 0;
  for (const char c : label) {
    if (is_alnum(c)) snake[n++] = to_lower(c);
    else if (c == ' ' || c == '_' || c == '-') snake[n++] = '_';
    else return kNoName;
  }
  const std::string_view text(snake, n);
  const NameId known = out.names.find(text);
  return known != kNoName ? known : out.names.intern(out.arena.add(text));
}

}  // namespace

int take_counters(std::string_view text, Event& event, EventBatch& out) {
  int found = 0;
  while (!text.empty()) {
    std::string_view part = trim(take_until(text, "|"));
    if (part.ends_with(" items")) part.remove_suffix(6);
    const auto colon = part.rfind(':');
    if (colon == std::string_view::npos) continue;
    std::string_view number = trim(part.substr(colon + 1));
    std::string_view label = trim(part.substr(0, colon));
    // `User 12 - Total sessions: 1`: the label is what follows the last dash.
    if (const auto dash = label.rfind(" - "); dash != std::string_view::npos) label = trim(label.substr(dash + 3));
    const auto value = take_decimal(number, true);
    if (!value || !number.empty()) continue;
    const NameId name = metric_name(label, out);
    if (name == kNoName) continue;
    out.add_metric(event, name, *value);
    ++found;
  }
  return found;
}

}  // namespace memlog::detail
