#include <algorithm>
#include <array>

#include "memlog/format/words.h"

// What whoever waited for a process prints when it ended, without a name for it: shells, wrappers that tell a status.
namespace memlog::detail {

namespace {

// A kill of a process that is not named: it counts where the log then stops or starts anew.
Parsed tell_hint(const Line& line, bool record, EventBatch& out) {
  Event event = event_from(line, EventKind::kill_hint, out);
  event.context = out.add_text(line.message);
  return add(event, out, record ? Parsed::event : Parsed::note);
}

// Another end of such a one.
Parsed tell_end(const Line& line, Ending ending, EventBatch& out) {
  if (ending == Ending::none) return Parsed::nothing;
  Event event = event_from(line, EventKind::end_hint, out);
  if (ending == Ending::stopped) event.flags |= flag::kOrderly;
  event.context = out.add_text(line.message);
  return add(event, out, Parsed::note);
}

struct ShellWord {
  std::string_view word;
  Ending ending = Ending::none;
};
constexpr ShellWord kShellWords[] = {{"Killed: 9", Ending::killed},     {"Killed", Ending::killed},     {"killed", Ending::killed},        {"Terminated: 15", Ending::stopped},
                                     {"Terminated", Ending::stopped},   {"terminated", Ending::stopped}, {"Segmentation fault: 11", Ending::failed}, {"Segmentation fault", Ending::failed},
                                     {"segmentation fault", Ending::failed}, {"Aborted", Ending::failed}, {"Abort trap: 6", Ending::failed}, {"abort", Ending::failed},
                                     {"Bus error", Ending::failed},     {"bus error", Ending::failed},  {"Illegal instruction", Ending::failed}, {"illegal hardware instruction", Ending::failed},
                                     {"Floating point exception", Ending::failed}};

Ending take_shell_word(std::string_view& s) {
  for (const ShellWord& known : kShellWords) {
    if (consume(s, known.word)) return known.ending;
  }
  return Ending::none;
}

// Behind a pid or a job's mark: `Killed                  python bot.py`. The blanks fill a column.
Ending ending_of_child(std::string_view s) {
  s = trim_left(s);
  const Ending ending = take_shell_word(s);
  const bool dumped = consume(s, " (core dumped)") || consume(s, "      (core dumped)");
  if (!s.starts_with(dumped ? " " : "  ") || trim(s).empty()) return Ending::none;
  return ending;
}

Parsed tell_child(const Line& line, Ending ending, EventBatch& out) {
  return ending == Ending::killed ? tell_hint(line, true, out) : tell_end(line, ending, out);
}

}  // namespace

// What a shell prints of a child that a signal ended:
//
//   /start.sh: line 12:  4242 Killed                  python bot.py
//   [1]+  Killed                  python bot.py
//   [1]  + 4242 killed     python bot.py
//   Killed
//   /start.sh: line 12:  4242 Segmentation fault      (core dumped) python bot.py
Parsed parse_shell(const Line& line, std::string_view s, EventBatch& out) {
  if (by_logger(line)) return Parsed::nothing;
  std::string_view all = trim(s);
  if (const Ending ending = take_shell_word(all); ending != Ending::none && is_upper(trim(s).front())) {
    if (all.empty() && ending == Ending::killed) return tell_hint(line, false, out);
    if (all.empty() || all == " (core dumped)") return tell_end(line, ending, out);
    return Parsed::nothing;
  }
  if (consume(s, "[")) {
    if (!take_integer(s) || !consume(s, "]")) return Parsed::nothing;
    const bool marked = consume(s, "+") || consume(s, "-") || consume(s, "  + ") || consume(s, "  - ") || consume(s, "    ");
    if (!marked) return Parsed::nothing;
    s = trim_left(s);
    take_integer(s);  // zsh and `jobs -l` have the pid
    return tell_child(line, ending_of_child(s), out);
  }
  const auto at = s.find(": line ");
  if (at == std::string_view::npos || at == 0 || s.substr(0, at).find(' ') != std::string_view::npos) return Parsed::nothing;
  s.remove_prefix(at + 7);
  if (!take_integer(s) || !consume(s, ": ")) return Parsed::nothing;
  s = trim_left(s);
  if (!take_integer(s) || !consume(s, " ")) return Parsed::nothing;
  return tell_child(line, ending_of_child(s), out);
}

namespace {

// Fly about a machine's only process; `exit_code=1,oom_killed=false,requested_stop=false` is how it lists the machine's events.
Parsed parse_fly(const Line& line, std::string_view s, EventBatch& out) {
  consume(s, "INFO ");  // init's own level, behind Fly's
  // The first word of a stop or a deploy; a SIGKILL follows where the program takes too long.
  if (consume(s, "Sending signal ")) {
    const std::string_view signal = take_until(s, " ");
    return s.starts_with("to main child process") && ending_of_signal(signal) == Ending::stopped ? tell_service(line, EventKind::service_stopped, {}, out) : Parsed::nothing;
  }
  if (consume(s, "Main child exited with signal (with signal '")) return tell_ending(line, ending_of_signal(take_until(s, "'")), {}, out);
  if (consume(s, "Main child exited normally with code: ")) return tell_ending(line, ending_of_status(trim(s)), {}, out);
  const auto at = s.find("exit_code=");
  if (at == std::string_view::npos) return Parsed::nothing;
  s.remove_prefix(at + 10);
  const std::string_view code = take_until(s, ",");
  if (!consume(s, "oom_killed=")) return Parsed::nothing;
  if (s.starts_with("true")) return tell_kill(line, EventKind::oom_kill, {}, out);
  if (s.find("requested_stop=true") != std::string_view::npos) return tell_service(line, EventKind::service_stopped, {}, out);
  return tell_ending(line, ending_of_status(code), {}, out);
}

bool is_word(std::string_view word, std::string_view lower) {
  return word.size() == lower.size() && std::equal(word.begin(), word.end(), lower.begin(), [](char a, char b) { return to_lower(a) == b; });
}

}  // namespace

// What Fly's init says of the program that it runs.
bool is_of_fly(std::string_view s) {
  consume(s, "INFO ");
  return s.starts_with("Main child ") || s.starts_with("Sending signal ");
}

// `Process exited with code 137`, `exit status 137`, `command terminated with exit code 137.`: a line of nothing but
// these words, as whoever waited for the process prints it.
Parsed parse_exit_code(const Line& line, std::string_view s, EventBatch& out) {
  if (is_of_fly(s) || s.back() == 'e') return parse_fly(line, s, out);
  if (by_logger(line)) return Parsed::nothing;
  if (s.ends_with(".")) s.remove_suffix(1);
  const Ending ending = ending_of_status(s.substr(s.rfind(' ') + 1));
  if (ending == Ending::none) return Parsed::nothing;
  std::array<std::string_view, 10> words;
  const std::size_t n = split_words(s, words);
  if (n < 3 || n > words.size()) return Parsed::nothing;
  constexpr std::string_view kKnown[] = {"exit",      "exited", "terminated", "completed", "failed", "finished", "with", "code",  "code:",   "status", "status:", "process", "container",
                                         "main",      "child",  "command",    "service",   "program", "app",     "task", "error", "error:", "the",    "a",       "non-zero", "has", "was", "returned"};
  bool exits = false;
  bool status = false;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const auto is = [&](std::string_view word) { return is_word(words[i], word); };
    if (std::none_of(std::begin(kKnown), std::end(kKnown), is)) return Parsed::nothing;
    // Any number may stand behind `task`: only a SIGKILL's is told by nothing else.
    if (ending != Ending::killed && is("task")) return Parsed::nothing;
    exits |= is("exit") || is("exited") || is("terminated");
    status |= is("code") || is("code:") || is("status") || is("status:");
  }
  if (ending == Ending::killed) return tell_hint(line, true, out);
  return exits && status ? tell_end(line, ending, out) : Parsed::nothing;
}

}  // namespace memlog::detail
