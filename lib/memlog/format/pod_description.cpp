#include <algorithm>

#include "memlog/format/words.h"

// The lines of `kubectl describe pod` and `get pod -o yaml` and `-o json` around a container's state: whose it is, what its
// limit is, since when it ran. Any text may have such lines; the assembler uses them around a death only.
namespace memlog::detail {

namespace {

bool is_name(std::string_view s) {
  constexpr std::size_t kLongest = 253;
  return !s.empty() && s.size() <= kLongest && std::all_of(s.begin(), s.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '.'; });
}

// The value behind a key in one of the three forms: `name: x`, `"name": "x",`, `Name:     x`.
std::optional<std::string_view> value_of(std::string_view s, std::string_view key) {
  const bool quoted = consume(s, "\"");
  if (!consume(s, key) || (quoted && !consume(s, "\"")) || !consume(s, ":")) return std::nullopt;
  s = trim(s);
  if (s.ends_with(',')) s.remove_suffix(1);
  if (s.size() >= 2 && s.front() == '"' && s.back() == '"') s = s.substr(1, s.size() - 2);
  return s;
}

// `limits:`, `"limits": {`, `Limits:`
bool opens(std::string_view s, std::string_view key) {
  const auto value = value_of(s, key);
  return value && (value->empty() || *value == "{" || *value == "[");
}

Parsed tell(const Line& line, PodWord word, std::string_view text, EventBatch& out, double limit_mb = kMissing) {
  Event event = part_from(line, Part::pod_word, out);
  event.delta_mb = static_cast<double>(word);
  event.rss_mb = static_cast<double>(std::min(line.message.find_first_not_of(' '), line.message.size()));
  event.limit_mb = limit_mb;
  event.context = out.add_text(text);
  return add(event, out, Parsed::note);
}

}  // namespace

Parsed parse_pod_description(const Line& line, std::string_view s, EventBatch& out) {
  switch (s.front()) {
    case 'N':
      if (const auto name = value_of(s, "Name"); name && s.find("  ") != std::string_view::npos && is_name(*name)) return tell(line, PodWord::pod, *name, out);
      return Parsed::nothing;
    case 'C':
    case 'I':
      if (s == "Containers:" || s == "Init Containers:") return tell(line, PodWord::containers, {}, out);
      return s == "Conditions:" ? tell(line, PodWord::end, {}, out) : Parsed::nothing;
    case 'E': return s == "Events:" ? tell(line, PodWord::end, {}, out) : Parsed::nothing;
    case 'L':
      if (s == "Limits:") return tell(line, PodWord::limits, {}, out);
      return consume(s, "Last State:") && trim(s) == "Terminated" ? tell(line, PodWord::state, {}, out) : Parsed::nothing;
    case 'R': return s == "Requests:" ? tell(line, PodWord::requests, {}, out) : Parsed::nothing;
    case 'S':
      if (std::string_view state = s; consume(state, "State:")) return trim(state) == "Terminated" ? tell(line, PodWord::state, {}, out) : Parsed::nothing;
      if (const auto time = value_of(s, "Started"); time && !time->empty()) return tell(line, PodWord::started, *time, out);
      return Parsed::nothing;
    default: break;
  }
  if (s.front() != '"' && !is_lower(s.front()) && !is_digit(s.front())) return Parsed::nothing;
  if (s.ends_with(':') && line.message.starts_with("  ") && s.data() == line.message.data() + 2 && is_name(s.substr(0, s.size() - 1))) {
    return tell(line, PodWord::container, s.substr(0, s.size() - 1), out);
  }
  if (const auto name = value_of(s, "name"); name && is_name(*name)) return tell(line, PodWord::name, *name, out);
  if (const auto size = value_of(s, "memory"); size && !size->empty()) {
    const auto limit = quantity_mb(*size, true);
    return limit ? tell(line, PodWord::memory, {}, out, *limit) : Parsed::nothing;
  }
  if (opens(s, "limits")) return tell(line, PodWord::limits, {}, out);
  if (opens(s, "requests")) return tell(line, PodWord::requests, {}, out);
  if (opens(s, "metadata")) return tell(line, PodWord::metadata, {}, out);
  if (opens(s, "lastState") || opens(s, "containerStatuses")) return tell(line, PodWord::state, {}, out);
  if (const auto time = value_of(s, "startedAt"); time && !time->empty()) return tell(line, PodWord::started, *time, out);
  return Parsed::nothing;
}

}  // namespace memlog::detail
