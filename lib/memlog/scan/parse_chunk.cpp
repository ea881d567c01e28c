#include "memlog/scan/parse_chunk.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "memlog/base/cpu.h"
#include "memlog/base/error.h"
#include "memlog/base/suggest.h"
#include "memlog/base/swar.h"
#include "memlog/base/text.h"
#include "memlog/envelope/peel.h"
#include "memlog/event/part.h"
#include "memlog/format/format.h"
#include "memlog/format/quick.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/input/encoding.h"
#include "memlog/scan/split_lines.h"

namespace memlog {

namespace {

// Which formats can have a message that begins with a byte, decoration skipped: bit i for formats()[i].
std::array<std::uint64_t, 256> formats_by_first_byte() {
  std::array<std::uint64_t, 256> table{};
  const auto all = formats();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (all[i]->first_bytes.empty()) {
      for (auto& bits : table) bits |= bit;
    }
    for (const char c : all[i]->first_bytes) table[static_cast<unsigned char>(c)] |= bit;
  }
  return table;
}

// What all formats leave behind alike: their number in events and problems, and the record's own line.
void mark(std::size_t format, Parsed parsed, std::size_t events_before, std::size_t problems_before, const Line& line, EventBatch& batch,
          const ParseOptions& options) {
  for (std::size_t e = events_before; e < batch.events.size(); ++e) {
    batch.events[e].format = static_cast<std::uint8_t>(format);
    if (options.keep_raw) batch.events[e].raw = batch.add_text(line.text);
  }
  for (std::size_t p = problems_before; p < batch.problems.size(); ++p) batch.problems[p].format = static_cast<std::uint8_t>(format);
  if (parsed == Parsed::event) ++batch.format_lines[format];
}

Parsed try_user_formats(const Line& line, EventBatch& batch, const ParseOptions& options) {
  for (std::size_t i = 0; i < options.user->size(); ++i) {
    const std::size_t number = formats().size() + i;
    if ((options.formats >> number & 1) == 0) continue;
    const std::size_t events_before = batch.events.size();
    const std::size_t problems_before = batch.problems.size();
    const Parsed parsed = (*options.user)[i].parse(line, batch);
    if (parsed == Parsed::nothing) continue;
    mark(number, parsed, events_before, problems_before, line, batch, options);
    return parsed;
  }
  return Parsed::nothing;
}

Parsed try_formats(const Line& line, EventBatch& batch, const ParseOptions& options) {
  static const std::array<std::uint64_t, 256> by_first_byte = formats_by_first_byte();
  if (options.user != nullptr) {
    if (const Parsed parsed = try_user_formats(line, batch, options); parsed != Parsed::nothing) return parsed;
  }
  const unsigned char first = line.message.empty() ? 0 : static_cast<unsigned char>(line.message.front());
  std::uint64_t candidates = by_first_byte[first] & options.formats;
  while (candidates != 0) {
    const auto i = static_cast<std::size_t>(__builtin_ctzll(candidates));
    candidates &= candidates - 1;
    const std::size_t events_before = batch.events.size();
    const std::size_t problems_before = batch.problems.size();
    const Format& format = *formats()[i];
    // Formats with first bytes may look at the front of the message without asking whether there is one.
    if (line.message.empty() && !format.first_bytes.empty()) continue;
    const Parsed parsed = format.parse(line, batch);
    if (parsed == Parsed::nothing) continue;
    mark(i, parsed, events_before, problems_before, line, batch, options);
    return parsed;
  }
  return Parsed::nothing;
}

// A message with line breaks in it: its further lines have no prefix of their own. One of them that is a record makes
// the line one.
Parsed parse_several(const Line& line, EventBatch& batch, const ParseOptions& options) {
  Parsed all = Parsed::nothing;
  std::string_view rest = line.message;
  Line one = line;
  while (!rest.empty()) {
    one.message = trim_right(take_until(rest, "\n"));
    const std::size_t events_before = batch.events.size();
    const Parsed parsed = try_formats(one, batch, options);
    if (parsed == Parsed::event && all == Parsed::event) {
      for (std::size_t e = events_before; e < batch.events.size(); ++e) batch.events[e].flags |= flag::kSameLine;
    }
    if (parsed == Parsed::event || all == Parsed::nothing) all = parsed;
    one.prefixed = false;
  }
  return all;
}

// Zeros that a crash or a truncation left at the edges of a line, and the byte order mark of a file that was appended
// to another one.
constexpr bool has_foreign_edge(char first) { return first == '\0' || first == '\xef'; }

std::string_view without_foreign_edges(std::string_view text) {
  while (!text.empty() && text.front() == '\0') text.remove_prefix(1);
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  consume(text, "\xef\xbb\xbf");
  return trim_right(text);
}

void count(Parsed parsed, LineCounts& counts) {
  ++counts.lines;
  switch (parsed) {
    case Parsed::event: ++counts.records; break;
    case Parsed::malformed: ++counts.malformed; break;
    case Parsed::nothing:
    case Parsed::note: ++counts.ignored; break;
  }
}

}  // namespace

std::uint64_t format_bits(std::string_view name, const std::vector<UserFormat>* user) {
  if (name.empty()) return ~std::uint64_t{0};
  for (std::size_t i = 0; user != nullptr && i < user->size(); ++i) {
    if ((*user)[i].name() == name) return std::uint64_t{1} << (formats().size() + i);
  }
  const int at = find_format(name);
  if (at < 0) {
    std::vector<std::string_view> known;
    for (const Format* format : formats()) known.push_back(format->name);
    for (std::size_t i = 0; user != nullptr && i < user->size(); ++i) known.push_back((*user)[i].name());
    const std::string_view near = suggest(name, known);
    throw Error("unknown format '" + std::string(name) + "'" + (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"),
                "'memlog formats' lists them");
  }
  std::uint64_t bits = std::uint64_t{1} << at;
  if (const int inner = find_format(formats()[static_cast<std::size_t>(at)]->contains); inner >= 0) bits |= std::uint64_t{1} << inner;
  return bits;
}

namespace {

// A further line of a message behind the name of its container or process: `my_app | ├─ RAM Usage: …`. Any text may begin
// like this, so the name is believed only where a part of a record stands behind it.
Parsed try_behind_name(Line& line, EventBatch& batch, const ParseOptions& options) {
  Line inner = line;
  if (!peel_name(inner)) return Parsed::nothing;
  const std::size_t events = batch.events.size();
  const std::size_t problems = batch.problems.size();
  const auto format_lines = batch.format_lines;
  const Parsed parsed = try_formats(inner, batch, options);
  const bool part = parsed == Parsed::event && batch.events.size() == events + 1 && batch.events.back().kind == EventKind::part;
  if (part) {
    line = inner;
    return parsed;
  }
  batch.events.resize(events);
  batch.problems.resize(problems);
  batch.format_lines = format_lines;
  return Parsed::nothing;
}

void parse_peeled(Line& line, EventBatch& batch, const ParseOptions& options) {
  if (line.several) {
    count(parse_several(line, batch, options), batch.counts);
    return;
  }
  const SplitLine split = line.stream == 0 ? SplitLine::whole : note_split(line, batch);
  if (split == SplitLine::part || split == SplitLine::last) {
    count(Parsed::nothing, batch.counts);
    return;
  }
  const std::size_t noted = batch.events.size() - 1;
  Parsed parsed = line.prefixed ? Parsed::nothing : try_behind_name(line, batch, options);
  if (parsed == Parsed::nothing) parsed = try_formats(line, batch, options);
  if (split == SplitLine::perhaps_last) batch.events[noted].vms_mb = static_cast<double>(parsed);
  count(parsed, batch.counts);
}

}  // namespace

void parse_line(Line& line, EventBatch& batch, const ParseOptions& options) {
  peel(line, batch.arena);
  const LineCounts before = batch.counts;
  parse_peeled(line, batch, options);
  if (!options.survey) return;
  // Pieces count as ignored until they are joined.
  const bool piece = line.stream != 0 && !batch.events.empty() && batch.events.back().kind == EventKind::part &&
                     batch.events.back().part == static_cast<std::uint8_t>(Part::fragment) && batch.events.back().line == line.number &&
                     batch.events.back().rss_mb != static_cast<double>(SplitLine::perhaps_last);
  batch.surveyed.push_back(
      {line.text, line.message, line.time, line.layers, line.number, !piece && batch.counts.ignored > before.ignored, batch.counts.records > before.records});
}

namespace {

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
  quick.sieve = quick.sieve_behind_first = -1;
  quick.window = quick.window_behind_first = {};
  for (const QuickState::Held& held : quick.take_held(all_recent)) {
    quick.number = held.number;
    quick.format = held.format;
    quick.after_tree = held.line;
    formats()[held.format]->quick(held.line, held.line + QuickState::kReach, quick);  // room for one line only
    --batch.sifted[held.counted];
  }
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
  // Some may stand before events of lines that were no reason to ask for them.
  const auto by_line = [](const Event& a, const Event& b) { return a.line < b.line; };
  if (place != batch.events.begin() && place != behind && by_line(*place, *std::prev(place))) std::inplace_merge(batch.events.begin(), place, behind, by_line);
}

std::int64_t sieve_of(double wanted_above_mb) {
  // Rounded down, so that a reading that could enter is never sifted out.
  return wanted_above_mb >= 0 && wanted_above_mb < 1e6 ? static_cast<std::int64_t>(wanted_above_mb * 10.0 - 1e-3) : -1;
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

}  // namespace

void parse_chunk(EventBatch& batch, const ParseOptions& options) {
  const std::string_view text = batch.chunk.text();
  batch.counts.lines += static_cast<std::int64_t>(batch.chunk.skipped_lines + batch.chunk.skipped_after);
  batch.counts.malformed += static_cast<std::int64_t>(batch.chunk.skipped_lines + batch.chunk.skipped_after);
  batch.rss_only = options.rss_only;
  batch.bare_readings = options.bare_readings;
  QuickState quick(batch, options.vectors && has_avx2());
  quick.number = batch.chunk.first_line + batch.chunk.skipped_lines;
  quick.sieve_behind_first = batch.bare_readings ? -1 : sieve_of(batch.wanted_above_mb);
  if (!batch.bare_readings) quick.window_behind_first = options.window;
  const std::uint64_t quick_formats = options.keep_raw || options.survey || options.user != nullptr ? 0 : options.formats;  // users' own formats go first
  static const int alerts_format = find_format("memory_debug");
  if ((quick_formats >> alerts_format & 1) != 0) quick.alerts_format = alerts_format;
  const QuickTable& readers = quick_readers();
  const char* p = text.data();
  const char* const end = p + text.size();

  // As many lines as quick readers can read from here on.
  const auto read_quickly = [&] {
    for (;;) {
      const char* const before = p;
      if (static_cast<std::size_t>(end - p) < QuickState::kReach) return;
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
      count(Parsed::malformed, batch.counts);
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
    if (batch.events.size() != events_before && quick.any_held()) release_held(quick, events_before, look_far_back(batch, events_before));
    p = newline != nullptr ? newline + 1 : end;
  }
  if (quick.any_held()) release_held(quick, batch.events.size(), true);
}

}  // namespace memlog
