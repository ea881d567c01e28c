#include "memlog/report/report.h"

#include <cmath>
#include <limits>

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

double as_number(const Value& value) {
  if (const auto* number = std::get_if<double>(&value.data())) return *number;
  if (const auto* whole = std::get_if<std::int64_t>(&value.data())) return static_cast<double>(*whole);
  return std::numeric_limits<double>::quiet_NaN();
}

std::string as_text(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.data());
  return text == nullptr ? std::string() : *text;
}

const Value::List& as_list(const Value& value) {
  static const Value::List none;
  const auto* list = std::get_if<Value::List>(&value.data());
  return list == nullptr ? none : *list;
}

const Value& Report::field(std::string_view key) const {
  static const Value null;
  for (const auto& [name, value] : fields) {
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
