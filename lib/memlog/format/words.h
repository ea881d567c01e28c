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

// kubectl and docker about the state of a container.
Parsed parse_container_state(const Line& line, std::string_view s, EventBatch& out);

// A program that says in its own log that it stops: a note.
Parsed parse_goodbye(const Line& line, EventBatch& out);

}  // namespace memlog::detail
