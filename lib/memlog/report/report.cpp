#include "memlog/report/report.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace memlog {

Value::Value(double number) {
  if (std::isfinite(number)) data_ = number;
}

Value::Value(const Timestamp& time) {
  if (time.known()) data_ = format_time(time);
}

Value::Value(std::size_t size, std::function<Value(std::size_t)> make) : data_(std::make_shared<const Made>(size, std::move(make))) {}

const Value& Value::operator[](std::string_view key) const {
  static const Value null;
  const auto* object = std::get_if<Object>(&data_);
  if (object == nullptr) return null;
  for (const auto& [name, value] : *object) {
    if (name == key) return value;
  }
  return null;
}

Value Value::held() const {
  if (const auto* object = std::get_if<Object>(&data_)) {
    Object all;
    for (const auto& [name, value] : *object) all.emplace_back(name, value.held());
    return all;
  }
  if (!std::holds_alternative<List>(data_) && !std::holds_alternative<MadeList>(data_)) return *this;
  List all;
  for_each_element(*this, [&](const Value& element) { all.push_back(element.held()); });
  return all;
}

std::size_t size_of(const Value& value) {
  if (const auto* made = std::get_if<Value::MadeList>(&value.data())) return (*made)->size;
  return as_list(value).size();
}

Value element_of(const Value& value, std::size_t i) {
  if (const auto* made = std::get_if<Value::MadeList>(&value.data())) return (*made)->make(i);
  return as_list(value)[i];
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

void Table::cut(std::size_t most) {
  if (rows.size() > most) rows.resize(most);
  made_rows = std::min(made_rows, most - rows.size());
}

void Report::hold() {
  for (auto& [name, value] : fields) value = value.held();
  std::vector<Block> all;
  for_each_block(blocks, [&](const Block& block) {
    all.push_back(block);
    auto* table = std::get_if<Table>(&all.back());
    if (table == nullptr) return;
    for (std::size_t i = 0; i < table->made_rows; ++i) table->rows.push_back(table->make_row(i));
    table->made_rows = 0;
    table->make_row = {};
  });
  blocks = std::move(all);
}

Value text_or_null(std::string_view text) { return text.empty() ? Value() : Value(text); }

Value rounded(double number, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return Value(std::round(number * scale) / scale);
}

}  // namespace memlog
