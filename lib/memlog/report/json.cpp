#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "memlog/report/outlet.h"
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
    Json operator()(const Value::MadeList& list) const {
      Json out = Json::array();
      for (std::size_t i = 0; i < list->size; ++i) out.push_back(to_json(list->make(i)));
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
      append_json_escape(out, second);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

void append_pretty(Outlet& out, const Value& value, std::size_t depth);

// A member of an object that stands `depth` deep.
void append_member(Outlet& out, std::string_view key, const Value& value, std::size_t depth, bool first) {
  out.text += first ? "\n" : ",\n";
  out.text.append((depth + 1) * 2, ' ');
  append_json_string(out.text, key);
  out.text += ": ";
  append_pretty(out, value, depth + 1);
}

void close(Outlet& out, char bracket, std::size_t depth) {
  out.text += '\n';
  out.text.append(depth * 2, ' ');
  out.text += bracket;
}

// Indented as `dump` does it, but a list of numbers stands on one line: a hundred readings are no hundred lines. Lists
// that are made are no such lists.
void append_pretty(Outlet& out, const Value& value, std::size_t depth) {
  if (const auto* object = std::get_if<Value::Object>(&value.data()); object != nullptr && !object->empty()) {
    out.text += '{';
    for (std::size_t i = 0; i < object->size(); ++i) append_member(out, (*object)[i].first, (*object)[i].second, depth, i == 0);
    close(out, '}', depth);
    return;
  }
  const auto* list = std::get_if<Value::List>(&value.data());
  if (size_of(value) == 0) {
    out.text += dump(to_json(value));
    return;
  }
  const bool numbers = list != nullptr && std::all_of(list->begin(), list->end(), [](const Value& element) { return std::isfinite(as_number(element)); });
  out.text += '[';
  bool first = true;
  for_each_element(value, [&](const Value& element) {
    if (numbers) {
      out.text += first ? "" : ", ";
    } else {
      out.text += first ? "\n" : ",\n";
      out.text.append((depth + 1) * 2, ' ');
    }
    first = false;
    append_pretty(out, element, depth + 1);
    out.pass_on();
  });
  if (numbers) out.text += ']';
  else close(out, ']', depth);
}

// Without a blank, as `dump` does it.
void append_compact(Outlet& out, const Value& value) {
  if (const auto* object = std::get_if<Value::Object>(&value.data()); object != nullptr && !object->empty()) {
    char before = '{';
    for (const auto& [key, member] : *object) {
      out.text += before;
      append_json_string(out.text, key);
      out.text += ':';
      append_compact(out, member);
      before = ',';
    }
    out.text += '}';
    return;
  }
  if (size_of(value) == 0) {
    out.text += dump(to_json(value));
    return;
  }
  char before = '[';
  for_each_element(value, [&](const Value& element) {
    out.text += before;
    append_compact(out, element);
    before = ',';
    out.pass_on();
  });
  out.text += ']';
}

}  // namespace

std::string render_value(const Value& value) { return dump(to_json(value)); }

void render_value(const Value& value, const Sink& sink) {
  Outlet out(sink);
  append_compact(out, value);
  out.finish();
}

void render_json(const Report& report, const Sink& sink) {
  // Member by member: an answer of thousands of tasks is not copied to be written.
  Outlet out(sink);
  out.text = "{";
  append_member(out, "schema", report.schema, 0, true);
  append_member(out, "inputs", report.inputs, 0, false);
  for (const auto& [key, value] : report.fields) append_member(out, key, value, 0, false);
  close(out, '}', 0);
  out.text += '\n';
  out.finish();
}

std::string render_json(const Report& report) {
  return text_of([&](const Sink& sink) { render_json(report, sink); });
}

void render_ndjson(const Report& report, const Sink& sink) {
  Outlet out(sink);
  for_each_element(report.field(report.entries), [&](const Value& entry) {
    out.text += dump(to_json(entry)) + "\n";
    out.pass_on();
  });
  out.finish();
}

std::string render_ndjson(const Report& report) {
  return text_of([&](const Sink& sink) { render_ndjson(report, sink); });
}

}  // namespace memlog
