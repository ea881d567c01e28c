#include <algorithm>
#include <initializer_list>

#include "memlog/event/part.h"
#include "memlog/format/words.h"

// What Python prints of an exception:
//
//   Traceback (most recent call last):
//     File "/app/bot.py", line 12, in <module>
//       main()
//   telegram.error.Conflict: terminated by other getUpdates request
//
// Loggers print the same behind a line of their own, threads and destructors behind words that say so.
namespace memlog::detail {

namespace {

constexpr std::string_view kTraceback = "Traceback (most recent call last):";

Parsed part(const Line& line, Part what, std::uint16_t flags, EventBatch& out) {
  Event event = part_from(line, what, out);
  event.flags |= flags;
  if (what == Part::exception) event.context = out.add_text(line.message);
  return add(event, out, Parsed::note);
}

// The program goes on behind an exception that is told like this.
bool is_told_of_part(std::string_view s) {
  for (const std::string_view words : {"Exception in ", "Exception ignored in", "Exception happened during ", "Future exception was never retrieved", "Task exception was never retrieved",
                                       "Unhandled exception in ", "--- Logging error ---", "Error in atexit"}) {
    if (s.starts_with(words)) return true;
  }
  return s.starts_with("Process ") && s.ends_with(":") && s.substr(8).find(' ') == std::string_view::npos;  // of multiprocessing
}

// For want of memory, or of a child that was killed: what the memory looked like tells more.
bool is_for_memory(std::string_view s) {
  const auto tells = [&](std::string_view words) { return s.find(words) != std::string_view::npos; };
  return tells("MemoryError") || tells("OutOfMemory") || tells("ut of memory") || tells("Cannot allocate memory") || tells("can't start new thread") || tells("BrokenProcessPool") || tells("WorkerLost") ||
         tells("SIGKILL") || tells("DefaultCPUAllocator: can't allocate memory");
}

// `KeyboardInterrupt`, `ValueError: no such chat`, `telegram.error.Conflict: terminated by other getUpdates request`.
Parsed parse_exception(const Line& line, std::string_view s, EventBatch& out) {
  std::size_t n = 0;
  std::size_t begin = 0;
  while (n < s.size() && (is_alnum(s[n]) || s[n] == '.' || s[n] == '_')) {
    if (s[n] == '.') begin = n + 1;
    ++n;
  }
  const std::string_view name = s.substr(begin, n - begin);
  if (name.size() < 4 || !(is_upper(name.front()) || (name.front() == '_' && begin > 0)) || (n < s.size() && s[n] != ':')) return Parsed::nothing;
  if (n < s.size() && !s.substr(n).starts_with(": ") && n + 1 != s.size()) return Parsed::nothing;
  const auto ends = [&](std::string_view end) { return name.ends_with(end); };
  if (begin == 0 && !ends("Error") && !ends("Exception") && !ends("Interrupt") && !ends("Exit")) return Parsed::nothing;
  const bool asked = name == "KeyboardInterrupt" || name == "SystemExit";
  if (asked) return part(line, Part::exception, flag::kOrderly, out);
  // Its own allocation failed; any other want of memory may be a child's, a server's (Redis, PostgreSQL) or a graphics card's.
  const std::uint16_t own = name == "MemoryError" || name == "_ArrayMemoryError" || name == "ArrowMemoryError" || s.find("[Errno 12]") != std::string_view::npos ||
                                    s.find("DefaultCPUAllocator: can't allocate memory") != std::string_view::npos  // PyTorch's
                                ? flag::kHigh : 0;
  return part(line, Part::exception, static_cast<std::uint16_t>(is_for_memory(s) ? flag::kCritical | own : 0), out);
}

// Runtimes that end themselves where an allocation fails: C++'s, Go's and Rust's, which nothing catches.
bool is_runtimes_last_word(std::string_view s) {
  if (consume(s, "memory allocation of ")) return take_integer(s) && s == " bytes failed";
  if (s.starts_with("terminate called after throwing an instance of '")) return s.ends_with("std::bad_alloc'");
  return s.starts_with("fatal error: runtime: out of memory") || s.starts_with("fatal error: runtime: cannot allocate memory") || s.starts_with("libc++abi: terminating due to uncaught exception of type std::bad_alloc");
}

// Node's, where the system refuses memory: V8 ends itself for the one, the other may be caught.
bool is_nodes_last_word(std::string_view s) { return s.starts_with("FATAL ERROR: ") && s.ends_with("process out of memory"); }
bool is_nodes_error(std::string_view s) { return s == "RangeError: Array buffer allocation failed"; }

// kShutdown: nothing catches it.
Parsed tell_runtimes_last_word(const Line& line, bool fatal, EventBatch& out) {
  Event event = event_from(line, EventKind::last_words, out);
  event.flags |= flag::kCritical | flag::kHigh;
  if (fatal) event.flags |= flag::kShutdown;
  event.context = out.add_text(line.message);
  return add(event, out, Parsed::note);
}

}  // namespace

Parsed parse_traceback(const Line& line, EventBatch& out) {
  const std::string_view s = line.message;
  if (s.empty()) return Parsed::nothing;
  // A message of a logger may be a traceback itself.
  if (line.prefixed || by_logger(line)) return s.starts_with(kTraceback) ? part(line, Part::logged_error, 0, out) : Parsed::nothing;
  if (s == kTraceback) return part(line, Part::traceback, 0, out);
  if (!is_alnum(s.front()) && s.front() != '-' && s.front() != '_') return Parsed::nothing;
  if (is_runtimes_last_word(s) || is_nodes_last_word(s)) return tell_runtimes_last_word(line, true, out);
  if (is_nodes_error(s)) return tell_runtimes_last_word(line, false, out);
  if (is_told_of_part(s)) return part(line, Part::logged_error, 0, out);
  return parse_exception(line, s, out);
}

}  // namespace memlog::detail
