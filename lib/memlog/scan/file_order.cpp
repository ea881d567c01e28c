#include "memlog/scan/file_order.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "memlog/assemble/platform_clock.h"
#include "memlog/assemble/records.h"
#include "memlog/assemble/timeline.h"
#include "memlog/base/error.h"
#include "memlog/event/part.h"
#include "memlog/input/packed.h"
#include "memlog/scan/line_times.h"
#include "memlog/scan/overlap.h"

namespace memlog {

namespace {

constexpr std::size_t kLook = 64 << 10;

// An hour, and the moment between the last line of one file and the first of the next.
constexpr std::int64_t kFallsBackNs = 3605 * kNanosPerSecond;

bool is_placed(const Event& event) { return event.time.known() && event.time.dated && event.kind != EventKind::operation; }

std::optional<std::int64_t> first_time(const EventBatch& batch) {
  for (const Event& event : batch.events) {
    if (is_placed(event)) return event.time.ns;
  }
  return std::nullopt;
}

// Of any line, whatever it is about.
std::optional<std::int64_t> first_line_time(std::string_view text) {
  const Timestamp time = first_time_in(text, [](const Timestamp& of_line) { return of_line.dated; });
  return time.known() ? std::optional(time.ns) : std::nullopt;
}

// Where events alone are looked at: no reading may come as anything else.
ParseOptions all_events(ParseOptions parse) {
  parse.bare_readings = parse.reading_columns = false;
  parse.window = {};
  return parse;
}

// What the first chunk shows. Its lines one by one tell the time: the rest of a file that was cut may begin in the
// middle of a record.
std::optional<std::int64_t> look_at_text(const InputPath& path, const InputStream::Options& options, OrderedFile& file) {
  file.looked_at = true;
  try {
    ChunkReader reader(open_source(path, options.expansion), kLook);
    EventBatch batch;
    batch.chunk.first_line = 1;
    if (!reader.next(batch.chunk)) return std::nullopt;
    parse_chunk(batch, all_events(options.parse));
    const auto of_line = first_line_time(batch.chunk.text());
    file.first_line = of_line.value_or(MergeClock::kStart);
    for (std::size_t i = 0; i < kMaxFormats; ++i) {
      if (batch.format_lines[i] > 0) file.formats |= std::uint64_t{1} << i;
    }
    for (const Event& event : batch.events) {
      const bool fragment = event.kind == EventKind::part && event.part == static_cast<std::uint8_t>(Part::fragment);
      file.platform_time |= event.is(flag::kPlatformTime) && !fragment;
    }
    assemble::PlatformClock::correct_alone(batch);
    if (const auto time = first_time(batch)) return time;
    // The name or the day of the last writing may date them.
    RunNames names;
    Assembler assembler(names, {0, path.date, false, path.modified, options.parse});
    assembler.assemble(batch);
    if (const auto time = first_time(batch)) return time;
    batch.clear();
    assembler.finish(batch);
    if (const auto time = first_time(batch)) return time;
    return of_line;
  } catch (const Error&) {
    return std::nullopt;  // it will be told when the input is read for its records
  }
}

std::optional<std::int64_t> look_at(const InputPath& path, const InputStream::Options& options, OrderedFile& file) {
  auto start = look_at_text(path, options, file);
  if (start) *start += path.shift_ns;
  if (file.first_line != MergeClock::kStart) file.first_line += path.shift_ns;
  return start;
}

// What the names of a rotation have in common, and the file's place in it: the higher, the older.
struct InSet {
  std::string set;
  std::uint64_t age = 0;
};

InSet set_of(const InputPath& path) {
  InSet in;
  in.age = input::rotation_number(path.path, in.set);
  if (in.age != 0 || !path.date) return in;
  // `memory_20251006.log`: the date is part of the name.
  std::string name;
  for (const char c : in.set) name += c >= '0' && c <= '9' ? '0' : c;
  in.set = name;
  in.age = static_cast<std::uint64_t>(1'000'000'000 - *path.date);
  return in;
}

}  // namespace

std::optional<std::int64_t> end_time(const InputPath& path, const InputStream::Options& options) {
  try {
    std::error_code error;
    const auto size = std::filesystem::file_size(path.path, error);
    if (!path.archive.empty() || error) return std::nullopt;
    const ChunkReader reader(open_source(path, options.expansion), kLook);
    if (!reader.by_region()) return std::nullopt;
    // A region may end in a line that began in the one before.
    for (std::uint64_t region = size / kLook, n = 0; n < 3; --region, ++n) {
      EventBatch batch;
      batch.chunk.first_line = 1;
      reader.load(region, batch.chunk);
      parse_chunk(batch, all_events(options.parse));
      assemble::PlatformClock::correct_alone(batch);
      std::optional<std::int64_t> last;
      for (const Event& event : batch.events) {
        if (is_placed(event)) last = std::max(last.value_or(event.time.ns), event.time.ns);
      }
      if (last) return *last + path.shift_ns;
      if (region == 0) return last;
    }
  } catch (const Error&) {
    // It will be told when the input is read for its records.
  }
  return std::nullopt;
}

std::optional<std::int64_t> last_time(const InputPath& path, const InputStream::Options& options) {
  RunNames names;
  InputStream::Options all = options;
  all.parse = all_events(all.parse);
  InputStream stream(path, 0, names, all);
  std::optional<std::int64_t> last;
  const auto look = [&](const EventBatch& batch) {
    for (const Event& event : batch.events) {
      if (event.time.known() && event.time.dated) last = std::max(last.value_or(event.time.ns), event.time.ns);
    }
  };
  while (const EventBatch* batch = stream.next()) look(*batch);
  if (const EventBatch* batch = stream.finish()) look(*batch);
  return last;
}

bool goes_on(const OrderedFile& file, const OrderedFile& next) {
  if (!file.looked_at || !next.looked_at) return false;
  // Words about deaths stand in any log.
  static const std::uint64_t deaths = format_bits("kernel_oom") | format_bits("platforms") | format_bits("heroku");
  const std::uint64_t a = file.formats & ~deaths;
  const std::uint64_t b = next.formats & ~deaths;
  if (a != 0 && b != 0 && (a & b) == 0) return false;
  return file.platform_time || !next.platform_time;
}

bool numbered(const InputPath& a, const InputPath& b) {
  const auto pattern = [](std::string_view path) {
    std::string out;
    for (const char c : path) {
      if (!is_digit(c)) out += c;
      else if (out.empty() || out.back() != '#') out += '#';
    }
    return out;
  };
  std::string set;
  std::string other;
  input::rotation_number(a.path, set);
  input::rotation_number(b.path, other);
  return pattern(set) == pattern(other);
}

bool alike(const InputPath& a, const InputPath& b) {
  if (numbered(a, b)) return true;
  // `split` counts in letters.
  if (a.path.size() != b.path.size()) return false;
  constexpr int kLetters = 2;
  int differ = 0;
  for (std::size_t i = 0; i < a.path.size(); ++i) differ += a.path[i] != b.path[i] ? 1 : 0;
  return differ <= kLetters;
}

namespace {

// `part-2.log` comes before `part-10.log`.
bool comes_before(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const auto x = take_integer(a);
      const auto y = take_integer(b);
      if (x != y) return x < y;
      if (!x) return a < b;
      continue;
    }
    if (a.front() != b.front()) return a.front() < b.front();
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.size() < b.size();
}

}  // namespace

std::vector<OrderedFile> order_files(const std::vector<InputPath>& inputs, const InputStream::Options& options) {
  std::vector<OrderedFile> files(inputs.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].at = i;
    files[i].start = MergeClock::kStart;
  }
  if (files.size() < 2) return files;

  std::vector<std::optional<std::int64_t>> starts(files.size());
  std::vector<InSet> sets(files.size());
  std::vector<std::size_t> before(files.size(), files.size());  // in its set
  std::int64_t last = MergeClock::kStart;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!inputs[i].once) starts[i] = look_at(inputs[i], options, files[i]);
    files[i].dated = starts[i].has_value();
    sets[i] = set_of(inputs[i]);
    // Without a time it stays behind the one before it.
    last = starts[i].value_or(last);
    files[i].start = last;
  }

  std::vector<std::size_t> by_age(files.size());
  for (std::size_t i = 0; i < by_age.size(); ++i) by_age[i] = i;
  std::stable_sort(by_age.begin(), by_age.end(), [&](std::size_t a, std::size_t b) { return sets[a].set != sets[b].set ? sets[a].set < sets[b].set : sets[a].age > sets[b].age; });
  for (std::size_t i = 1; i < by_age.size(); ++i) {
    const std::size_t older = by_age[i - 1];
    const std::size_t newer = by_age[i];
    if (sets[older].set != sets[newer].set || sets[older].age == sets[newer].age) continue;
    if (!files[older].looked_at || !files[newer].looked_at) continue;
    if (!starts[newer]) {
      before[newer] = older;
      continue;
    }
    std::optional<std::int64_t> end = end_time(inputs[older], options);
    // Only in the hour that is told twice it is worth reading a compressed file for its last time.
    const bool begins_earlier = *starts[newer] < files[older].start && *starts[newer] >= files[older].start - kFallsBackNs;
    const bool plain = end.has_value();
    if (!plain && begins_earlier) end = last_time(inputs[older], options);
    const bool in_turn = end ? *starts[newer] >= *end - kFallsBackNs : *starts[newer] >= files[older].start;
    const bool begins_before = files[older].start != MergeClock::kStart && *starts[newer] < files[older].start - kFallsBackNs;
    if (!in_turn || begins_before) continue;
    // A copy that was made before the log was cut, rather than a clock that fell back.
    if (plain && *starts[newer] <= *end) {
      const Overlap overlap = overlap_of(inputs[older], inputs[newer], Search::all, options);
      if (overlap.found && overlap.lines == 0) continue;
      files[newer].repeated_lines = overlap.lines;
    }
    // Numbers that count up: it was over before the other one began.
    if (*starts[newer] < files[older].start) {
      auto newer_end = end_time(inputs[newer], options);
      if (!newer_end && begins_earlier) newer_end = last_time(inputs[newer], options);
      if (newer_end.value_or(files[older].start) < files[older].start) continue;
    }
    before[newer] = older;
    if (files[newer].start <= files[older].start) {
      files[newer].start = files[older].start;
      files[newer].first_line = files[older].first_line;
    }
  }

  // One without a time goes on where the one that the user named before it ends.
  for (std::size_t i = 1; i < files.size(); ++i) {
    const bool undated = files[i].looked_at && !starts[i] && before[i] == files.size() && alike(inputs[i - 1], inputs[i]);
    const bool free = std::find(before.begin(), before.end(), i - 1) == before.end();
    if (undated && free && goes_on(files[i - 1], files[i])) before[i] = i - 1;
  }
  for (std::size_t i = 1; i < by_age.size(); ++i) {
    const std::size_t newer = by_age[i];
    if (before[newer] != files.size() && !starts[newer]) {
      files[newer].start = files[before[newer]].start;
      files[newer].first_line = files[before[newer]].first_line;
    }
  }

  // Pieces that were cut within one moment begin at the same time: their names tell, in whatever order they were given.
  std::stable_sort(files.begin(), files.end(), [&](const OrderedFile& a, const OrderedFile& b) {
    if (a.start != b.start) return a.start < b.start;
    if (a.first_line != b.first_line) return a.first_line < b.first_line;
    return alike(inputs[a.at], inputs[b.at]) && comes_before(inputs[a.at].path, inputs[b.at].path);
  });
  std::vector<std::size_t> place(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) place[files[i].at] = i;
  for (OrderedFile& file : files) {
    if (before[file.at] != files.size()) file.follows = place[before[file.at]];
  }
  return files;
}

}  // namespace memlog
