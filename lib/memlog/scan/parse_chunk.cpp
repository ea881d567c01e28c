#include "memlog/scan/parse_chunk.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "memlog/base/cpu.h"
#include "memlog/base/swar.h"
#include "memlog/base/text.h"
#include "memlog/event/part.h"
#include "memlog/format/format.h"
#include "memlog/format/quick.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/input/encoding.h"
#include "memlog/scan/clock_notes.h"

namespace memlog {

namespace {

// Zeros that a crash or a truncation left at the edges of a line, and the byte order mark of a file that was appended
// to another one.
constexpr bool has_foreign_edge(char first) { return first == '\0' || first == '\xef'; }

std::string_view without_foreign_edges(std::string_view text) {
  while (!text.empty() && text.front() == '\0') text.remove_prefix(1);
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  consume(text, "\xef\xbb\xbf");
  return trim_right(text);
}

struct Quick {
  QuickReader read = nullptr;
  std::uint8_t format = 0;
};

// The quick readers for lines that begin with a byte: the first one that can read a line does.
constexpr std::size_t kMostReaders = 2;
using QuickTable = std::array<std::array<Quick, kMostReaders>, 256>;

QuickTable quick_by_first_byte() {
  QuickTable table{};
  const auto all = formats();
  for (std::size_t i = 0; i < all.size() && swar::kUsable; ++i) {
    for (const char c : all[i]->quick_bytes) {
      auto& readers = table[static_cast<unsigned char>(c)];
      const auto free = std::find_if(readers.begin(), readers.end(), [](const Quick& quick) { return quick.read == nullptr; });
      if (free != readers.end()) *free = {all[i]->quick, static_cast<std::uint8_t>(i)};
    }
  }
  return table;
}

const QuickTable& quick_readers() {
  static const QuickTable table = quick_by_first_byte();
  return table;
}

// Whether the events from `at` on may be about readings further back than the last one of each process: lists of
// operations are, trees and alerts are not.
bool look_far_back(const EventBatch& batch, std::size_t at) {
  return std::any_of(batch.events.begin() + static_cast<std::ptrdiff_t>(at), batch.events.end(), [](const Event& event) {
    return event.kind != EventKind::part || static_cast<Part>(event.part) > Part::alert_critical;
  });
}

// One of the last ones, with the record that stands right behind it: they are read at once.
bool follows_on(const QuickState::Held& one, const QuickState::Held& next) {
  return one.lines != 0 && one.format == next.format && one.number + one.lines == next.number;
}

void read_held(const std::vector<QuickState::Held>& all, QuickState& quick) {
  EventBatch& batch = quick.batch();
  std::size_t last_recent = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].lines != 0) last_recent = i;
  }
  const bool rss_only = batch.rss_only;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t next = i + 1;
    while (next < all.size() && next != last_recent && follows_on(all[next - 1], all[next])) ++next;
    // Lists of operations are compared with a reading and its texts; the rest is asked of the last one only.
    batch.rss_only = rss_only || (all[i].lines != 0 && i != last_recent);
    quick.number = all[i].number;
    quick.format = all[i].format;
    quick.after_tree = all[i].line;
    formats()[all[i].format]->quick(all[i].line, all[next - 1].line + QuickState::kReach, quick);  // room for these only
    for (; i < next; ++i) --batch.sifted[all[i].counted];
  }
  batch.rss_only = rss_only;
}

// The events from `place` to `end` may stand before some of those in front of them: of lines that were no reason to ask for
// what was held. They are few: they are copied, and all goes to its place from the end on. std::inplace_merge() would be
// five kilobytes of the program.
void merge_by_line(std::vector<Event>& events, std::vector<Event>::iterator place, std::vector<Event>::iterator end) {
  if (place == events.begin() || place == end || std::prev(place)->line < place->line) return;
  std::vector<Event> late(place, end);
  while (!late.empty() && place != events.begin()) {
    if (late.back().line < std::prev(place)->line) {
      *--end = *--place;
    } else {
      *--end = late.back();
      late.pop_back();
    }
  }
  std::copy(late.begin(), late.end(), events.begin());
}

// Lines that were only counted become events after all, before those from `at` on: what comes next may have to know
// the last readings.
void release_held(QuickState& quick, std::size_t at, bool all_recent) {
  EventBatch& batch = quick.batch();
  const std::size_t end = batch.events.size();
  const LineCounts counts = batch.counts;
  const auto format_lines = batch.format_lines;
  const std::int64_t sieve = quick.sieve;
  const std::int64_t sieve_behind_first = quick.sieve_behind_first;
  const TimeWindow window = quick.window;
  const TimeWindow window_behind_first = quick.window_behind_first;
  const std::uint64_t number = quick.number;
  const char* const after_tree = quick.after_tree;
  const std::size_t reach = std::exchange(quick.reach, QuickState::kReach);
  quick.sieve = quick.sieve_behind_first = -1;
  quick.window = quick.window_behind_first = {};
  read_held(quick.take_held(all_recent), quick);
  quick.reach = reach;
  quick.sieve = sieve;
  quick.sieve_behind_first = sieve_behind_first;
  quick.window = window;
  quick.window_behind_first = window_behind_first;
  quick.number = number;
  quick.after_tree = after_tree;
  batch.counts = counts;
  batch.format_lines = format_lines;
  const auto place = batch.events.begin() + static_cast<std::ptrdiff_t>(at);
  const auto behind = std::rotate(place, batch.events.begin() + static_cast<std::ptrdiff_t>(end), batch.events.end());
  merge_by_line(batch.events, place, behind);
}

std::int64_t sieve_of(double wanted_above_mb) {
  // Rounded down, so that a reading that could enter is never sifted out.
  return wanted_above_mb >= 0 && wanted_above_mb < 1e6 ? static_cast<std::int64_t>(wanted_above_mb * 10.0 - 1e-3) : -1;
}

// Lets quick readers read up to the last line of the chunk: what they may look at behind it is made zeros, which stand in
// no line that they know.
void make_room_behind(Chunk& chunk, QuickState& quick) {
  if (chunk.end == chunk.begin || chunk.buffer[chunk.end - 1] != '\n' || chunk.capacity - chunk.end < QuickState::kReach) return;
  std::memset(chunk.buffer.get() + chunk.end, 0, QuickState::kReach);
  quick.reach = 1;
}

// The end of the line at `p`. Within UTF-16 the byte of a line break may be half of an emoji (U+1F60A): then it stands in
// the second half of a surrogate pair, which nothing in UTF-8 looks like.
const char* next_newline(const char* p, const char* end) {
  const char* const begin = p;
  for (;;) {
    const auto* newline = static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(end - p)));
    if (newline == nullptr || newline == begin || newline + 1 == end) return newline;
    const auto before = static_cast<unsigned char>(newline[-1]);
    const auto behind = static_cast<unsigned char>(newline[1]);
    if ((before & 0xfc) != 0xd8 || (behind & 0xfc) != 0xdc) return newline;
    p = newline + 1;
  }
}

// UTF-16 that a program has appended to a log in UTF-8.
bool narrow(Line& line, EventBatch& batch) {
  std::string repaired;
  if (!repair_utf16_line(line.text, repaired)) return false;
  line.text = batch.arena.add(repaired);
  batch.chunk.repaired = true;
  return true;
}

// Text that went through a wrong encoding is brought back. Every character of it that is no ASCII begins with C2 or C3
// when it is read so, and no line is without C3.
void repair(Line& line, EventBatch& batch) {
  if (std::memchr(line.text.data(), '\xc3', line.text.size()) == nullptr) return;
  if (!batch.repair_all && !batch.wrongly_encoded) {
    if (!has_mojibake(line.text)) {
      batch.repair_doubtful = true;
      return;
    }
  }
  batch.wrongly_encoded |= !batch.repair_all;
  std::string repaired;
  if (!repair_mojibake(line.text, repaired)) return;
  line.text = batch.arena.add(repaired);
  batch.chunk.repaired = true;
}

// A logger's error right before a traceback is told with it; one at the end of a chunk by itself, as the traceback may
// stand in the next.
class LoggedErrors {
 public:
  explicit LoggedErrors(EventBatch& batch) : batch_(batch) {}

  void see(const Line& line, std::size_t events_before) {
    if (line.level >= Level::error && line.prefixed) last_ = line;
    if (batch_.events.size() == events_before) return;
    Event& event = batch_.events.back();
    const bool traceback = event.kind == EventKind::part && static_cast<Part>(event.part) == Part::traceback;
    if (traceback && is_near(line.number) && last_.host == line.host) {
      event.flags |= flag::kOrderly;
      tell_time(event);
    }
    if (event.kind == EventKind::said_start && is_near(line.number) && last_.host == line.host && !is_long_after(line)) event.flags |= flag::kCritical;
  }

  void end(std::uint64_t next_line) {
    if (!is_near(next_line)) return;
    Event event = detail::part_from(last_, Part::logged_error, batch_);
    event.time = {};
    tell_time(event);
    batch_.events.push_back(event);
  }

 private:
  // When the error was logged, which is no time of the traceback's own.
  void tell_time(Event& event) const {
    if (last_.time.known() && last_.time.dated && !last_.time.yearless) event.delta_mb = static_cast<double>(last_.time.ns);
  }
  bool is_long_after(const Line& line) const {
    const bool alike = last_.time.known() && line.time.known() && last_.time.dated == line.time.dated && last_.time.yearless == line.time.yearless;
    return alike && static_cast<double>(line.time.ns - last_.time.ns) > kBeginsAgainNs;
  }
  bool is_near(std::uint64_t line) const { return last_.number != 0 && line - last_.number <= kErrorBeforeTraceback; }

  EventBatch& batch_;
  Line last_;
};

}  // namespace

void parse_chunk(EventBatch& batch, const ParseOptions& options) {
  QuickMemory memory;
  parse_chunk(batch, options, memory);
}

void parse_chunk(EventBatch& batch, const ParseOptions& options, QuickMemory& memory) {
  const std::string_view text = batch.chunk.text();
  batch.counts.lines += static_cast<std::int64_t>(batch.chunk.skipped_lines + batch.chunk.skipped_after);
  batch.counts.malformed += static_cast<std::int64_t>(batch.chunk.skipped_lines + batch.chunk.skipped_after);
  batch.rss_only = options.rss_only;
  batch.bare_readings = options.bare_readings;
  batch.reading_columns = options.reading_columns;
  if (batch.reading_columns) batch.columns.prepare();
  QuickState quick(batch, std::min(options.vectors, vectors()), memory);
  quick.number = batch.chunk.first_line + batch.chunk.skipped_lines;
  quick.sieve_behind_first = batch.bare_readings ? -1 : sieve_of(batch.wanted_above_mb);
  if (!batch.bare_readings) quick.window_behind_first = options.window;
  const std::uint64_t quick_formats = options.keep_raw || options.survey || options.user != nullptr ? 0 : options.formats;  // users' own formats go first
  static const int alerts_format = find_format("memory_debug");
  if ((quick_formats >> alerts_format & 1) != 0) quick.alerts_format = alerts_format;
  if (quick_formats != 0) make_room_behind(batch.chunk, quick);
  LoggedErrors errors(batch);
  const QuickTable& readers = quick_readers();
  const char* p = text.data();
  const char* const end = p + text.size();

  // As many lines as quick readers can read from here on.
  const auto read_quickly = [&] {
    for (;;) {
      const char* const before = p;
      if (static_cast<std::size_t>(end - p) < quick.reach) return;
      for (const Quick& reader : readers[static_cast<unsigned char>(*p)]) {
        if (reader.read == nullptr) break;
        if ((quick_formats >> reader.format & 1) == 0) continue;
        quick.format = reader.format;
        p = reader.read(p, end, quick);
        if (p != before) break;
      }
      if (p == before) return;
    }
  };

  while (p != end) {
    read_quickly();
    if (p == end) break;
    const char* const newline = next_newline(p, end);
    const char* const line_end = newline != nullptr ? newline : end;
    while (p != line_end && *p == '\0') ++p;
    // The same bound whether the line fitted into its chunk or not.
    if (line_end - p > static_cast<std::ptrdiff_t>(ChunkReader::kLongestLine)) {
      ++batch.counts.lines;
      ++batch.counts.malformed;
      ++quick.number;
      p = newline != nullptr ? newline + 1 : end;
      continue;
    }
    Line line;
    line.text = {p, static_cast<std::size_t>(line_end - p)};
    if (!narrow(line, batch)) repair(line, batch);
    const std::string_view untrimmed = line.text;
    line.text = trim_right(line.text);
    line.blanks_behind = std::min(untrimmed.find_first_not_of(' ', line.text.size()), untrimmed.size()) - line.text.size();
    if (!line.text.empty() && (has_foreign_edge(line.text.front()) || line.text.back() == '\0')) {
      line.text = without_foreign_edges(line.text);
      line.blanks_behind = 0;
    }
    line.message = line.text;
    line.number = quick.number++;
    const std::size_t events_before = batch.events.size();
    parse_line(line, batch, options);
    if (line.platform_clock.known()) note_clocks(line, batch);
    errors.see(line, events_before);
    if (batch.events.size() != events_before && quick.any_held()) release_held(quick, events_before, look_far_back(batch, events_before));
    p = newline != nullptr ? newline + 1 : end;
  }
  if (quick.any_held()) release_held(quick, batch.events.size(), true);
  errors.end(quick.number);
}

}  // namespace memlog
