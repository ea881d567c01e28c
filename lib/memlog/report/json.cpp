#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "memlog/report/render.h"

namespace memlog {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Value& value) {
  struct Visitor {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(bool b) const { return b; }
    Json operator()(std::int64_t n) const { return n; }
    Json operator()(double number) const { return number; }
    Json operator()(const std::string& text) const { return text; }
    Json operator()(const Value::List& list) const {
      Json out = Json::array();
      for (const Value& element : list) out.push_back(to_json(element));
      return out;
    }
    Json operator()(const Value::Object& object) const {
      Json out = Json::object();
      for (const auto& [key, member] : object) out[key] = to_json(member);
      return out;
    }
  };
  return std::visit(Visitor{}, value.data());
}

// The library leaves DEL and C1 as they are, which a terminal obeys. They stand in strings only.
std::string dump(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto second = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (c == 0x7f) {
      out += "\\u007f";
    } else if (c == 0xc2 && second >= 0x80 && second < 0xa0) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", second);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

void append_pretty(std::string& out, const Value& value, std::size_t depth);

// A member of an object that stands `depth` deep.
void append_member(std::string& out, std::string_view key, const Value& value, std::size_t depth, bool first) {
  out += first ? "\n" : ",\n";
  out.append((depth + 1) * 2, ' ');
  append_json_string(out, key);
  out += ": ";
  append_pretty(out, value, depth + 1);
}

void close(std::string& out, char bracket, std::size_t depth) {
  out += '\n';
  out.append(depth * 2, ' ');
  out += bracket;
}

// Indented as `dump` does it, but a list of numbers stands on one line: a hundred readings are no hundred lines.
void append_pretty(std::string& out, const Value& value, std::size_t depth) {
  if (const auto* object = std::get_if<Value::Object>(&value.data()); object != nullptr && !object->empty()) {
    out += '{';
    for (std::size_t i = 0; i < object->size(); ++i) append_member(out, (*object)[i].first, (*object)[i].second, depth, i == 0);
    close(out, '}', depth);
    return;
  }
  const auto* list = std::get_if<Value::List>(&value.data());
  if (list == nullptr || list->empty()) {
    out += dump(to_json(value));
    return;
  }
  const bool numbers = std::all_of(list->begin(), list->end(), [](const Value& element) { return std::isfinite(as_number(element)); });
  out += '[';
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (numbers) {
      out += i == 0 ? "" : ", ";
    } else {
      out += i == 0 ? "\n" : ",\n";
      out.append((depth + 1) * 2, ' ');
    }
    append_pretty(out, (*list)[i], depth + 1);
  }
  if (numbers) out += ']';
  else close(out, ']', depth);
}

}  // namespace

std::string render_value(const Value& value) { return dump(to_json(value)); }

std::string render_json(const Report& report) {
  // Member by member: an answer of ten thousand tasks is not copied to be written.
  std::string out = "{";
  append_member(out, "schema", report.schema, 0, true);
  append_member(out, "inputs", report.inputs, 0, false);
  for (const auto& [key, value] : report.fields) append_member(out, key, value, 0, false);
  close(out, '}', 0);
  out += '\n';
  return out;
}

std::string render_ndjson(const Report& report) {
  std::string out;
  for (const auto& [key, value] : report.fields) {
    if (key != report.entries) continue;
    if (const auto* list = std::get_if<Value::List>(&value.data())) {
      for (const Value& entry : *list) out += dump(to_json(entry)) + "\n";
    }
  }
  return out;
}

}  // namespace memlog
