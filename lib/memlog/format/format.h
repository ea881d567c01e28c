#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "memlog/envelope/line.h"
#include "memlog/event/batch.h"
#include "memlog/event/part.h"

namespace memlog {

// What a format makes of a line.
enum class Parsed : std::uint8_t {
  nothing,    // not this format's, or not about memory
  event,      // added to the batch; the line is part of a record
  note,       // added to the batch for what it says about runs and lives; the line counts as ignored
  malformed,  // looks like a record and cannot be read; the problem is in the batch
};

class QuickState;

// Reads lines from `p` on while each looks exactly as this format's writer prints it, its line break included, and the
// rest of the chunk is long enough: format/quick.h has the rules. Gives the place behind the last line it read.
using QuickReader = const char* (*)(const char* p, const char* end, QuickState& state);

// All that a format is: constant data and a pure function of one line. It remembers nothing, so chunks can be cut at
// any newline and parsed in any order; lines that belong together are joined by the assembler.
struct Format {
  std::string_view name;
  std::string_view summary;
  // The bytes that a message of this format can begin with, decoration skipped; empty for any.
  std::string_view first_bytes;
  std::string_view example;
  Parsed (*parse)(const Line& line, EventBatch& out);
  // Another format whose lines stand between this one's: read as well when the user names this one.
  std::string_view contains = {};
  // A quick reader for lines (not messages) that begin with one of these bytes.
  QuickReader quick = nullptr;
  std::string_view quick_bytes = {};
};

// Every format that memlog reads, in the order in which they are tried. An event names its format by its place here.
std::span<const Format* const> formats();

// The place of `name` in formats(), or -1.
int find_format(std::string_view name);

namespace detail {

// An event that starts as what its line says: time, number, process, container.
Event event_from(const Line& line, EventKind kind, EventBatch& out);

// A part of a record of several lines.
Event part_from(const Line& line, Part part, EventBatch& out);

// Adds the event. Records of one line are records (and samples when they have an RSS) from the start.
Parsed add(Event& event, EventBatch& out, Parsed result = Parsed::event);

// Reports a line that looks like a record: `at` is where something else was expected.
Parsed malformed(const Line& line, std::string_view at, std::string_view expected, EventBatch& out);

// Reads `Name: number` pairs between bars (`Sessions: 2 | Queue: 0 | Cache: 12 items`) into metrics of `event`, names
// in snake_case. Returns how many there were; a part that is no pair is passed over.
int take_counters(std::string_view text, Event& event, EventBatch& out);

}  // namespace detail

}  // namespace memlog
