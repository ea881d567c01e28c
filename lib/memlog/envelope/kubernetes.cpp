#include "memlog/base/text.h"
#include "memlog/envelope/layers.h"

// What Kubernetes puts before a container's output.
namespace memlog::envelope {

// `2025-11-16T08:30:00.123456789Z stderr F …`, the CRI format of /var/log/containers. P marks a part that goes on in the
// stream's next line.
bool cri(Line& line) {
  std::string_view s = line.message;
  const auto time = take_timestamp(s);
  if (!time || time->zone_minutes == Timestamp::kNoZone) return false;
  char stream = 0;
  if (consume(s, " stdout ")) stream = 'o';
  else if (consume(s, " stderr ")) stream = 'e';
  else return false;
  // Tags are separated by colons; the first is P or F.
  if (s.empty() || (s[0] != 'P' && s[0] != 'F') || (s.size() > 1 && s[1] != ' ' && s[1] != ':')) return false;
  const bool partial = s[0] == 'P';
  const auto blank = s.find(' ');
  s = blank == std::string_view::npos ? std::string_view{} : s.substr(blank + 1);
  set_time(line, *time, true);
  line.message = s;
  line.stream = stream;
  line.split_host = line.host;
  line.fragment = partial;
  // A blank before the cut belongs to the whole.
  const bool to_the_end = s.data() + s.size() == line.text.data() + line.text.size();
  line.split = partial && to_the_end ? std::string_view(s.data(), s.size() + line.blanks_behind) : s;
  return true;
}

// `[pod/web-5d8c7/app] …`, what kubectl logs --prefix adds.
bool kubectl_prefix(Line& line) {
  std::string_view s = line.message;
  if (!consume(s, "[pod/")) return false;
  const auto close = s.find("] ");
  constexpr std::size_t kLongestName = 320;
  if (close == std::string_view::npos || close > kLongestName || close == 0) return false;
  for (const char c : s.substr(0, close)) {
    if (!is_alnum(c) && c != '-' && c != '.' && c != '/' && c != '_') return false;
  }
  line.host = s.substr(0, close);
  line.message = s.substr(close + 2);
  return true;
}

}  // namespace memlog::envelope
