#include <algorithm>
#include <string>
#include <vector>

#include "memlog/report/outlet.h"
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
  if (std::holds_alternative<Value::List>(value.data()) || std::holds_alternative<Value::MadeList>(value.data())) return;
  std::string text;
  if (const auto* number = std::get_if<double>(&value.data())) append_json_number(text, *number);
  else if (const auto* integer = std::get_if<std::int64_t>(&value.data())) text = std::to_string(*integer);
  else if (const auto* flag = std::get_if<bool>(&value.data())) text = *flag ? "true" : "false";
  else if (const auto* string = std::get_if<std::string>(&value.data())) text = *string;
  row.emplace_back(prefix, std::move(text));
}

}  // namespace

void render_csv(const Report& report, const Sink& sink) {
  // Entries are flattened twice rather than held: the header needs to have seen them all.
  const Value& entries = report.field(report.entries);
  std::vector<std::string> header;
  Row row;
  for_each_element(entries, [&](const Value& entry) {
    row.clear();
    flatten({}, entry, row);
    for (std::size_t i = 0; i < row.size(); ++i) {
      // Entries are alike: most have what the first one had, in that order.
      if (i < header.size() && header[i] == row[i].first) continue;
      if (std::find(header.begin(), header.end(), row[i].first) == header.end()) header.push_back(row[i].first);
    }
  });
  Outlet out(sink);
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i > 0) out.text += ',';
    append_csv(out.text, header[i]);
  }
  if (!header.empty()) out.text += '\n';
  for_each_element(entries, [&](const Value& entry) {
    row.clear();
    flatten({}, entry, row);
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (i > 0) out.text += ',';
      const auto at = i < row.size() && row[i].first == header[i] ? row.begin() + static_cast<std::ptrdiff_t>(i)
                                                                    : std::find_if(row.begin(), row.end(), [&](const auto& field) { return field.first == header[i]; });
      if (at != row.end()) append_csv(out.text, at->second);
    }
    out.text += '\n';
    out.pass_on();
  });
  out.finish();
}

std::string render_csv(const Report& report) {
  return text_of([&](const Sink& sink) { render_csv(report, sink); });
}

}  // namespace memlog
