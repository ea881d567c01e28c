#include <algorithm>

#include "memlog/format/words.h"

// What a program says in its own log when it is asked to stop:
//
//   2025-10-27 14:45:10 - bot - INFO - Received SIGTERM, shutting down
//   2025-10-27 14:45:11 - bot - INFO - Bot Shutting Down
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

bool says_goodbye(std::string_view s) {
  if (consume_any_case(s, "received ")) {
    consume_any_case(s, "signal ");
    if (!consume_any_case(s, "sigterm") && !consume_any_case(s, "sigint") && !consume_any_case(s, "15")) return false;
    consume_any_case(s, " signal");
    return ends_here(s);
  }
  if (!consume_any_case(s, "bot ")) return false;
  consume_any_case(s, "is ");
  return consume_any_case(s, "shutting down") && ends_here(s);
}

}  // namespace

Parsed parse_goodbye(const Line& line, EventBatch& out) {
  std::string_view s = line.message;
  while (!s.empty() && (static_cast<unsigned char>(s.front()) >= 0x80 || s.front() == ' ')) s.remove_prefix(1);
  if (!line.time.known() || !says_goodbye(s)) return Parsed::nothing;
  Event event = event_from(line, EventKind::worker_exited, out);
  event.flags |= flag::kOrderly | flag::kShutdown;
  event.context = out.add_text(line.message);
  return add(event, out, Parsed::note);
}

}  // namespace memlog::detail
