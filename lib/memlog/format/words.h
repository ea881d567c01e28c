#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"

// What the formats of platforms and samplers share: sizes with units, words between blanks, deaths.
namespace memlog::detail {

// `177.9MiB`, `512Mi`, `509 MB`, `1053M`, `4096kB` at the front of `s`, in MB of 1024 * 1024 bytes; removed. A number
// without a unit is none.
std::optional<double> take_size_mb(std::string_view& s, bool thousands = false);

// Up to N words of `s`, and how many there are (N + 1 for more).
template <std::size_t N>
std::size_t split_words(std::string_view s, std::array<std::string_view, N>& words) {
  std::size_t n = 0;
  for (s = trim(s); !s.empty(); s = trim_left(s)) {
    const auto end = s.find_first_of(" \t");
    if (n == N) return N + 1;
    words[n++] = s.substr(0, end);
    s = end == std::string_view::npos ? std::string_view{} : s.substr(end);
  }
  return n;
}

// All of `s` as a quantity of Kubernetes: `512Mi`, `524288Ki`; without the i powers of ten, `512M`. A number alone may be bytes.
std::optional<double> quantity_mb(std::string_view s, bool bytes = false);

bool is_integer(std::string_view s);

// All of `s` as a number.
std::optional<double> whole_number(std::string_view s);

// A platform's word about a death: a record, unless the same death has been told already.
Event death(const Line& line, EventKind kind, EventBatch& out);

// Where a program wrote the line through its own logger, or a container's output holds it, it is not the platform's own
// word: people search for such words, and bots quote them.
bool by_program(const Line& line);

// systemd, supervisord, Docker, runners of Procfiles and shells about the programs that they start.
Parsed parse_supervisor(const Line& line, std::string_view s, EventBatch& out);
Parsed parse_pm2_app(const Line& line, std::string_view s, EventBatch& out);

// How a process ended, as a status or a signal says it: killed by signal 9; as it was asked to, or with nothing wrong; in
// any other way, which is not for memory.
enum class Ending : std::uint8_t { none, killed, stopped, failed };
Ending ending_of_status(std::string_view digits);
Ending ending_of_signal(std::string_view name);  // `SIGTERM`, `TERM`, `15`

// What a supervisor calls a program: `bot`, `group:bot`, `web.1`.
bool is_program_name(std::string_view s);

// The same, said by whoever started the program; `name` may be empty.
Parsed tell_ending(const Line& line, Ending ending, std::string_view name, EventBatch& out);
Parsed tell_kill(const Line& line, EventKind kind, std::string_view name, EventBatch& out);
Parsed tell_service(const Line& line, EventKind kind, std::string_view name, EventBatch& out);

// Whether the application itself wrote the line: its logger's time stands in front.
bool by_logger(const Line& line);

// The envelopes in front of the message; empty where the message is a copy.
std::string_view in_front(const Line& line);

// Each is one of those that tell of programs.
Parsed parse_systemd(const Line& line, std::string_view s, EventBatch& out);
// journalctl's first line.
Parsed parse_journal_head(const Line& line, std::string_view s, EventBatch& out);
Parsed parse_shell(const Line& line, std::string_view s, EventBatch& out);
Parsed parse_exit_code(const Line& line, std::string_view s, EventBatch& out);
bool is_of_fly(std::string_view s);

// Lines of Python's tracebacks, for the assembler.
Parsed parse_traceback(const Line& line, EventBatch& out);

// kubectl and docker about the state of a container.
Parsed parse_container_state(const Line& line, std::string_view s, EventBatch& out);

// Of a pod's description what tells whose a state is, and its limit: notes.
Parsed parse_pod_description(const Line& line, std::string_view s, EventBatch& out);

// Pods in JSON, all on one line: the deaths of their containers.
Parsed parse_pod_json(const Line& line, std::string_view s, EventBatch& out);

// A program that says in its own log that it stops: a note.
Parsed parse_goodbye(const Line& line, EventBatch& out);
Parsed parse_hello(const Line& line, EventBatch& out);

}  // namespace memlog::detail
