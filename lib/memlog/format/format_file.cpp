// The only file that includes toml++, which is header-only: one file, no library to link.
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "memlog/base/error.h"
#include "memlog/format/user_format.h"

namespace memlog {

namespace {

UserFormat read_format(const std::string& name, const toml::node& node, const std::string& path) {
  const std::string where = path + ":" + std::to_string(node.source().begin.line);
  if (const auto pattern = node.value<std::string>()) return UserFormat(name, *pattern, {}, where);
  const toml::table* table = node.as_table();
  if (table == nullptr) throw Error(where + ": '" + name + "' is neither a pattern nor a table", "give " + name + " = 'PATTERN', or [" + name + "] with 'pattern'");
  std::string pattern;
  std::string time_format;
  std::string example;
  for (const auto& [key, value] : *table) {
    const std::string at = path + ":" + std::to_string(value.source().begin.line);
    const auto text = value.value<std::string>();
    if (!text) throw Error(at + ": '" + std::string(key.str()) + "' is not a text", "patterns are best quoted with '…'");
    if (key.str() == "pattern") pattern = *text;
    else if (key.str() == "time_format") time_format = *text;
    else if (key.str() == "example") example = *text;
    else throw Error(at + ": unknown key '" + std::string(key.str()) + "'", "a format has 'pattern', 'time_format' and 'example'");
  }
  if (pattern.empty()) throw Error(where + ": format '" + name + "' has no pattern", "add pattern = 'PATTERN'");
  return UserFormat(name, pattern, time_format, where, example);
}

}  // namespace

std::vector<UserFormat> read_user_formats(const std::string& path) {
  toml::table file;
  try {
    file = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    throw Error((line > 0 ? path + ":" + std::to_string(line) : path) + ": " + std::string(error.description()), "the file is TOML: name = 'PATTERN'");
  }
  std::vector<UserFormat> formats;
  for (const auto& [name, node] : file) formats.push_back(read_format(std::string(name.str()), node, path));
  return formats;
}

}  // namespace memlog
