#include "memlog/base/size.h"

#include <fmt/format.h>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"

namespace memlog {

std::optional<double> parse_size_mb(std::string_view text) {
  text = trim(text);
  const auto value = take_decimal(text);
  if (!value || *value < 0) return std::nullopt;
  text = trim(text);
  if (text.empty()) return *value;
  const char unit = to_lower(text.front());
  text.remove_prefix(1);
  if (unit == 'b') return text.empty() ? std::optional(*value / (1024.0 * 1024.0)) : std::nullopt;
  const bool suffix = text.empty() || text == "B" || text == "b" || text == "iB" || text == "i" || text == "ib";
  if (!suffix) return std::nullopt;
  switch (unit) {
    case 'k': return *value / 1024.0;
    case 'm': return *value;
    case 'g': return *value * 1024.0;
    case 't': return *value * 1024.0 * 1024.0;
    default: return std::nullopt;
  }
}

std::string format_size(double mb) {
  if (!is_known(mb)) return "-";
  if (mb >= 10000.0) return fmt::format("{:.1f} GB", mb / 1024.0);
  return fmt::format("{:.1f} MB", mb);
}

}  // namespace memlog
