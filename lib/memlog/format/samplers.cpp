#include <algorithm>
#include <span>

#include "memlog/envelope/json_text.h"
#include "memlog/format/date_line.h"
#include "memlog/format/words.h"

// Series of readings that other programs write: docker stats, kubectl top, mprof, psrecord, tables of ps. A series is a
// process or a container; a line that is only a time (`date`, `[2026-01-05 10:00:00]`) dates the rows below it.
namespace memlog {

namespace {

using detail::add;

Event reading(const Line& line, std::string_view process, double mb, EventBatch& out) {
  Event event = detail::event_from(line, EventKind::sample, out);
  event.process = out.names.intern(process);
  event.rss_mb = mb;
  return event;
}

// `177.9MiB / 908.6MiB`
bool take_usage(std::string_view s, double& used, double& limit) {
  const auto first = detail::take_size_mb(s);
  if (!first || !consume(s, " / ")) return false;
  const auto second = detail::take_size_mb(s);
  if (!second) return false;
  used = *first;
  limit = *second;
  return true;
}

// Of a container that stands still Docker says `0B / 0B` or `-- / --`: that is no reading.
bool stands_still(double used) { return used == 0; }

Event docker_reading(const Line& line, std::string_view process, double used, double limit, EventBatch& out) {
  Event event = reading(line, process, used, out);
  // Without a limit docker prints none, or zero.
  if (limit > 0) event.limit_mb = limit;
  return event;
}

// `6ff177b22ce5   photoz-db-1   49.92%   177.9MiB / 908.6MiB   19.58%   …`: the columns are told by their shapes, since
// users choose them: the name is the last word before the processor's share.
Parsed parse_docker_row(const Line& line, std::string_view s, EventBatch& out) {
  const auto slash = s.find(" / ");
  if (slash == std::string_view::npos || slash < 4) return Parsed::nothing;
  const std::string_view left = trim_right(s.substr(0, slash));
  const auto blank = left.find_last_of(" \t");
  if (blank == std::string_view::npos) return Parsed::nothing;
  double used = 0;
  double limit = 0;
  const std::string_view usage = s.substr(blank + 1);
  if (!take_usage(usage, used, limit)) return usage.starts_with("-- / --") ? Parsed::note : Parsed::nothing;
  std::array<std::string_view, 4> words;
  std::size_t n = detail::split_words(s.substr(0, blank), words);
  if (n == 0 || n > 4) return Parsed::nothing;
  if (words[n - 1].ends_with('%')) --n;
  if (n == 0) return Parsed::nothing;
  if (stands_still(used)) return Parsed::note;
  Event event = docker_reading(line, words[n - 1], used, limit, out);
  return add(event, out);
}

// docker stats --format json
Parsed parse_docker_json(const Line& line, std::string_view s, EventBatch& out) {
  if (s.find("\"MemUsage\"") == std::string_view::npos) return Parsed::nothing;
  std::string_view name;
  std::string_view usage;
  consume(s, "{");
  while (const auto member = envelope::next_json_member(s)) {
    if (member->key == "Name" || (member->key == "Container" && name.empty())) name = member->value;
    if (member->key == "MemUsage") usage = member->value;
  }
  double used = 0;
  double limit = 0;
  if (!take_usage(usage, used, limit)) return usage.starts_with("--") ? Parsed::note : detail::malformed(line, usage, "'used / limit' in MemUsage", out);
  if (stands_still(used)) return Parsed::note;
  Event event = docker_reading(line, name, used, limit, out);
  return add(event, out);
}

// Words as one name: `shop/web-5d8c7/app`.
std::string_view joined(std::span<const std::string_view> words, EventBatch& out) {
  std::size_t size = words.size();
  for (const std::string_view word : words) size += word.size();
  char* const name = out.arena.allocate(size);
  char* end = name;
  for (const std::string_view word : words) {
    if (end != name) *end++ = '/';
    end = std::copy(word.begin(), word.end(), end);
  }
  return {name, static_cast<std::size_t>(end - name)};
}

bool is_kubernetes_name(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '.'; });
}

// `250m`, `2`: thousandths of a processor, or whole ones.
bool is_processor_share(std::string_view s) {
  if (s.ends_with('m')) s.remove_suffix(1);
  return detail::is_integer(s);
}

// `web-5d8c7   250m   512Mi`, the namespace (-A) and the container (--containers) beside the pod's name perhaps; of nodes
// each figure has its share behind it: `node-1   250m   12%   1024Mi   27%`.
Parsed parse_kubectl(const Line& line, std::string_view s, EventBatch& out) {
  std::array<std::string_view, 5> words;
  const std::size_t n = detail::split_words(s, words);
  const bool node = n == 5 && words[2].ends_with('%') && words[4].ends_with('%');
  const std::size_t names = node ? 1 : n - 2;
  if (n < 3 || n > 5 || (!node && words[n - 1].ends_with('%'))) return Parsed::nothing;
  const std::string_view cpu = words[names];
  const std::string_view size = words[node ? 3 : n - 1];
  const auto mb = detail::quantity_mb(size);
  if (!mb || !is_processor_share(cpu)) return Parsed::nothing;
  // A word, a number and a size stand in many a table.
  const bool doubtful = !cpu.ends_with('m') && !node;
  if (doubtful && !size.ends_with('i')) return Parsed::nothing;
  const std::span<const std::string_view> name(words.data(), names);
  if ((names > 1 || doubtful) && !std::all_of(name.begin(), name.end(), is_kubernetes_name)) return Parsed::nothing;
  Event event = reading(line, names == 1 ? words[0] : joined(name, out), *mb, out);
  if (std::string_view share = words[4]; node) {
    if (const auto used = take_decimal_with(share, "%")) event.free_percent = 100.0 - *used;
  }
  return add(event, out);
}

// `MEM 53.195312 1547322141.7067`, `CHLD 1 12.5 1547322141.7`, `FUNC app.run 53.1 1547322141.7 60.2 1547322151.2`
Parsed parse_mprof(const Line& line, std::string_view s, EventBatch& out) {
  std::array<std::string_view, 6> words;
  const std::size_t n = detail::split_words(s, words);
  const bool child = words[0] == "CHLD" && n == 4;
  if ((words[0] == "MEM" && n == 3) || child) {
    const std::string_view number = words[child ? 2 : 1];
    const auto mb = detail::whole_number(number);
    const auto time = detail::epoch_time(words[n - 1]);
    if (!mb) return detail::malformed(line, number, "a number of MiB", out);
    if (!time) return detail::malformed(line, words[n - 1], "seconds since 1970", out);
    Event event = reading(line, child ? s.substr(0, static_cast<std::size_t>(words[1].data() + words[1].size() - s.data())) : line.process, *mb, out);
    event.time = *time;
    event.part = static_cast<std::uint8_t>(Part::mprof_reading);
    out.has_parts = true;
    return add(event, out);
  }
  if (words[0] != "FUNC" || n != 6) return Parsed::nothing;
  for (const bool end : {false, true}) {
    const auto mb = detail::whole_number(words[end ? 4 : 2]);
    const auto time = detail::epoch_time(words[end ? 5 : 3]);
    if (!mb || !time) return end ? Parsed::event : detail::malformed(line, words[2], "MiB and seconds since 1970", out);
    Event event = reading(line, line.process, *mb, out);
    event.kind = end ? EventKind::task_end : EventKind::task_start;
    event.task = out.names.intern(words[1]);
    event.time = *time;
    if (end) event.flags |= flag::kSameLine;
    add(event, out);
    // Told when the recording is over: between the readings around it, it would be a jump that nobody measured.
    out.events.back().flags = static_cast<std::uint16_t>(out.events.back().flags & ~flag::kSample);
  }
  return Parsed::event;
}

// psrecord: `0.112  0.000  2426.141  5810.457` under its heading, or with commas, where newer ones have the number of
// processes behind the time. With --include-io four counters follow.
Parsed parse_psrecord(const Line& line, std::string_view s, EventBatch& out) {
  double numbers[9] = {0, 0, 0, kMissing};
  std::size_t n = 0;
  bool commas = false;
  while (!s.empty()) {
    const auto value = take_decimal(s);
    if (!value || n == 9) return Parsed::nothing;
    numbers[n++] = *value;
    if (!s.empty() && s.front() != ' ' && s.front() != ',') return Parsed::nothing;
    commas |= consume(s, ",");
    s = trim_left(s);
  }
  const bool counted = commas && (n == 5 || n == 9);
  if (n != 3 && n != 4 && n != 8 && !counted) return Parsed::nothing;
  if (counted) std::copy(numbers + 2, numbers + 5, numbers + 1);
  Event event = detail::part_from(line, Part::psrecord_row, out);
  event.delta_mb = numbers[0];
  event.process_percent = numbers[1];
  event.rss_mb = numbers[2];
  event.vms_mb = numbers[3];
  return add(event, out);
}

// `root  42  1.0  2.5  812345  234567 ?  Sl  10:00  0:12 /usr/bin/celery worker`, RSS and VSZ in KiB.
Parsed parse_ps(const Line& line, std::string_view s, EventBatch& out) {
  std::array<std::string_view, 11> words;
  std::size_t n = 0;
  for (s = trim(s); !s.empty() && n < 11; s = trim_left(s)) {
    const auto end = s.find(' ');
    words[n++] = s.substr(0, end);
    s = end == std::string_view::npos ? std::string_view{} : s.substr(end);
  }
  if (n < 11 || !detail::is_integer(words[1]) || !detail::is_integer(words[4]) || !detail::is_integer(words[5])) return Parsed::nothing;
  if (!detail::whole_number(words[2]) || !detail::whole_number(words[3]) || words[9].find(':') == std::string_view::npos) return Parsed::nothing;
  const auto kib = detail::whole_number(words[5]);
  const auto vsz = detail::whole_number(words[4]);
  if (!kib || !vsz || words[7].empty() || !is_upper(words[7].front())) return Parsed::nothing;
  // The command and its pid name the series: workers of one command differ by it alone.
  const std::string_view command = words[10].substr(words[10].rfind('/') + 1);
  char* const name = out.arena.allocate(command.size() + words[1].size() + 2);
  char* end = std::copy(command.begin(), command.end(), name);
  *end++ = '[';
  end = std::copy(words[1].begin(), words[1].end(), end);
  *end++ = ']';
  Event event = reading(line, {name, static_cast<std::size_t>(end - name)}, *kib / 1024, out);
  event.vms_mb = *vsz / 1024;
  return add(event, out);
}

Parsed parse(const Line& line, EventBatch& out) {
  const std::string_view s = trim_left(line.message);
  if (s.empty()) return Parsed::nothing;
  const char first = s.front();
  if (is_space(line.message.front())) return is_digit(first) ? parse_psrecord(line, s, out) : Parsed::nothing;
  if (first == '{') return parse_docker_json(line, s, out);
  if (first == '#' || first == 'e') {
    if (s.starts_with("# Elapsed time") || s.starts_with("elapsed_time,")) {
      Event event = detail::part_from(line, Part::psrecord_header, out);
      return add(event, out, Parsed::note);
    }
  }
  if (s.starts_with("MEM ") || s.starts_with("FUNC ") || s.starts_with("CHLD ")) return parse_mprof(line, s, out);
  constexpr std::size_t kLongest = 400;
  if (s.size() > kLongest) return Parsed::nothing;
  if (is_digit(first) && (is_digit(s.back()) || s.back() == ',')) {
    const Parsed parsed = parse_psrecord(line, s, out);
    if (parsed != Parsed::nothing) return parsed;
  }
  if (s.back() == 'i') return parse_kubectl(line, s, out);
  if (s.back() == '%' || std::string_view("kKMGTP").find(s.back()) != std::string_view::npos) {
    const Parsed parsed = parse_kubectl(line, s, out);
    if (parsed != Parsed::nothing) return parsed;
  }
  if (const Parsed parsed = detail::parse_date_line(line, s, out); parsed != Parsed::nothing) return parsed;
  if (s.find('%') != std::string_view::npos || s.find("iB / ") != std::string_view::npos) return parse_docker_row(line, s, out);
  // A table of ps has a pid in its second column.
  const auto blank = s.find(' ');
  if (blank == std::string_view::npos || blank > 32) return Parsed::nothing;
  const std::string_view second = trim_left(s.substr(blank));
  return !second.empty() && is_digit(second.front()) ? parse_ps(line, s, out) : Parsed::nothing;
}

}  // namespace

extern const Format samplers = {"samplers", "docker stats, kubectl top, mprof, psrecord and tables of ps",
                                " {#ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/\xd0\xd1", "6ff177b22ce5   web-1   49.92%   177.9MiB / 908.6MiB   19.58%   7.42MB / 24.6MB", parse};

}  // namespace memlog
