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

std::string dump(const Json& json, int indent) { return json.dump(indent, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string render_value(const Value& value) { return dump(to_json(value), -1); }

std::string render_json(const Report& report) {
  Json document = Json::object();
  document["schema"] = report.schema;
  document["inputs"] = to_json(report.inputs);
  for (const auto& [key, value] : report.fields) document[key] = to_json(value);
  return dump(document, 2) + "\n";
}

std::string render_ndjson(const Report& report) {
  std::string out;
  for (const auto& [key, value] : report.fields) {
    if (key != report.entries) continue;
    if (const auto* list = std::get_if<Value::List>(&value.data())) {
      for (const Value& entry : *list) out += dump(to_json(entry), -1) + "\n";
    }
  }
  return out;
}

}  // namespace memlog
