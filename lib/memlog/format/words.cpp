#include "memlog/format/words.h"

#include <algorithm>
#include <cmath>

namespace memlog::detail {

std::optional<double> take_size_mb(std::string_view& s, bool thousands) {
  std::string_view rest = s;
  const auto value = take_decimal(rest, thousands);
  if (!value || *value < 0) return std::nullopt;
  consume(rest, " ");
  double bytes = 1;
  if (!rest.empty()) {
    switch (to_lower(rest.front())) {
      case 'k': bytes = 1024.0; break;
      case 'm': bytes = 1024.0 * 1024; break;
      case 'g': bytes = 1024.0 * 1024 * 1024; break;
      case 't': bytes = 1024.0 * 1024 * 1024 * 1024; break;
      default: break;
    }
  }
  if (bytes > 1) {
    rest.remove_prefix(1);
    consume(rest, "i");
    consume(rest, "B");
  } else if (!consume(rest, "B")) {
    return std::nullopt;
  }
  if (!rest.empty() && is_alnum(rest.front())) return std::nullopt;
  s = rest;
  return *value * bytes / (1024.0 * 1024);
}

std::optional<double> quantity_mb(std::string_view s, bool bytes) {
  constexpr std::string_view kPrefixes = "KMGTP";
  constexpr double kMb = 1024.0 * 1024.0;
  const auto number = take_decimal(s);
  if (!number || *number < 0) return std::nullopt;
  if (s.empty()) return bytes ? std::optional(*number / kMb) : std::nullopt;
  const auto power = kPrefixes.find(s.front() == 'k' ? 'K' : s.front());
  if (power == std::string_view::npos) return std::nullopt;
  s.remove_prefix(1);
  const double step = consume(s, "i") ? 1024.0 : 1000.0;
  if (!s.empty()) return std::nullopt;
  return *number * std::pow(step, static_cast<double>(power + 1)) / kMb;
}

bool is_integer(std::string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), is_digit); }

std::optional<double> whole_number(std::string_view s) {
  const auto value = take_decimal(s);
  return s.empty() ? value : std::nullopt;
}

Event death(const Line& line, EventKind kind, EventBatch& out) {
  Event event = event_from(line, kind, out);
  event.flags |= flag::kRecord | flag::kDeath;
  out.has_parts = true;  // another line may have told it: the assembler has to look
  event.context = out.add_text(line.message);
  if (is_known(line.uptime_s)) out.add_metric(event, out.names.intern("uptime_s"), line.uptime_s);
  return event;
}

}  // namespace memlog::detail
