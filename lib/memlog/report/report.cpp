#include "memlog/report/report.h"

#include <cmath>

namespace memlog {

Value::Value(double number) {
  if (std::isfinite(number)) data_ = number;
}

Value::Value(const Timestamp& time) {
  if (time.known()) data_ = format_time(time);
}

const Value& Value::operator[](std::string_view key) const {
  static const Value null;
  const auto* object = std::get_if<Object>(&data_);
  if (object == nullptr) return null;
  for (const auto& [name, value] : *object) {
    if (name == key) return value;
  }
  return null;
}

Value text_or_null(std::string_view text) { return text.empty() ? Value() : Value(text); }

Value rounded(double number, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return Value(std::round(number * scale) / scale);
}

}  // namespace memlog
