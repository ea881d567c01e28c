#include "memlog/base/text.h"
#include "memlog/envelope/json_text.h"
#include "memlog/envelope/layers.h"

// Docker's json-file driver: one object a line,
//
//   {"log":"2025-11-16 08:30:00 --- [Idle] …\n","stream":"stderr","time":"2025-11-16T08:30:00.123456789Z"}
//
// A message that does not end in a line break goes on in the next object of its stream: the driver cuts at 16 KiB,
// wherever that falls.
namespace memlog::envelope {

bool docker_json(Line& line, TextArena& arena) {
  std::string_view s = line.message;
  if (!consume(s, "{\"log\":")) return false;
  s = trim_left(s);
  if (!consume(s, "\"")) return false;
  std::string_view raw = take_json_string(s);
  // An object that the end of the file cuts off has lost its end, not its line break.
  const bool cut = s.empty();
  bool whole = cut;
  for (const std::string_view end : {"\\n", "\\r"}) {
    std::size_t slashes = 0;
    if (!raw.ends_with(end)) continue;
    while (slashes + 1 < raw.size() && raw[raw.size() - 2 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) break;
    raw.remove_suffix(2);
    whole = true;
  }
  line.message = unescape_json(raw, arena);
  line.stream = 'o';
  while (const auto member = next_json_member(s)) {
    if (member->key == "stream") {
      line.stream = member->value == "stderr" ? 'e' : 'o';
    } else if (member->key == "time") {
      std::string_view value = member->value;
      if (const auto time = take_timestamp(value)) set_time(line, *time, true);
    }
  }
  // A blank before the cut belongs to the whole.
  line.split_host = line.host;
  line.split = whole ? trim_right(line.message) : line.message;
  line.message = trim_right(line.message);
  line.fragment = !whole;
  return true;
}

}  // namespace memlog::envelope
