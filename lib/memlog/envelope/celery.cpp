#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

namespace memlog::envelope {

namespace {

bool is_uuid(std::string_view s) {
  if (s.size() < 8) return false;
  for (const char c : s) {
    if (!is_alnum(c) && c != '-') return false;
  }
  return true;
}

// `task.name[0f7c…-id]: message`, the task logger's own prefix.
void strip_task_id(Line& line, std::string_view& message) {
  const auto open = message.find('[');
  if (open == std::string_view::npos || open == 0 || open > 200) return;
  for (const char c : message.substr(0, open)) {
    if (!is_alnum(c) && c != '.' && c != '_') return;
  }
  const auto close = message.find("]: ", open);
  if (close == std::string_view::npos || !is_uuid(message.substr(open + 1, close - open - 1))) return;
  line.task_id = message.substr(open + 1, close - open - 1);
  message.remove_prefix(close + 3);
}

}  // namespace

bool celery(Line& line) {
  std::string_view s = line.message;
  if (!consume(s, "[")) return false;
  const auto time = take_timestamp(s);
  if (!time || !consume(s, ": ")) return false;
  const Level level = take_level(s);
  if (level == Level::none || !consume(s, "/")) return false;
  const auto close = s.find(']');
  if (close == std::string_view::npos || close == 0) return false;
  line.process = s.substr(0, close);
  s.remove_prefix(close + 1);
  consume(s, " ");
  strip_task_id(line, s);
  set_time(line, *time, false);
  line.level = level;
  line.message = s;
  line.prefixed = true;
  return true;
}

}  // namespace memlog::envelope
