#include <algorithm>
#include <string>
#include <vector>

#include "memlog/report/render.h"

namespace memlog {

namespace {

using Row = std::vector<std::pair<std::string, std::string>>;

// Objects inside an entry become columns named `outer_inner`; lists have no place in a line and are left out.
void flatten(const std::string& prefix, const Value& value, Row& row) {
  if (const auto* object = std::get_if<Value::Object>(&value.data())) {
    for (const auto& [key, member] : *object) flatten(prefix.empty() ? key : prefix + "_" + key, member, row);
    return;
  }
  if (std::holds_alternative<Value::List>(value.data())) return;
  std::string text;
  if (const auto* number = std::get_if<double>(&value.data())) append_json_number(text, *number);
  else if (const auto* integer = std::get_if<std::int64_t>(&value.data())) text = std::to_string(*integer);
  else if (const auto* flag = std::get_if<bool>(&value.data())) text = *flag ? "true" : "false";
  else if (const auto* string = std::get_if<std::string>(&value.data())) text = *string;
  row.emplace_back(prefix, std::move(text));
}

}  // namespace

std::string render_csv(const Report& report) {
  std::vector<Row> rows;
  for (const auto& [key, value] : report.fields) {
    if (key != report.entries) continue;
    if (const auto* list = std::get_if<Value::List>(&value.data())) {
      for (const Value& entry : *list) flatten({}, entry, rows.emplace_back());
    }
  }
  std::vector<std::string> header;
  for (const Row& row : rows) {
    for (const auto& [name, text] : row) {
      if (std::find(header.begin(), header.end(), name) == header.end()) header.push_back(name);
    }
  }
  std::string out;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i > 0) out += ',';
    append_csv(out, header[i]);
  }
  if (!header.empty()) out += '\n';
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (i > 0) out += ',';
      const auto at = std::find_if(row.begin(), row.end(), [&](const auto& field) { return field.first == header[i]; });
      if (at != row.end()) append_csv(out, at->second);
    }
    out += '\n';
  }
  return out;
}

}  // namespace memlog
