#include "memlog/analysis/baseline.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "memlog/analysis/kept_tasks.h"
#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/input/source.h"

namespace memlog {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "memlog.by-task/1";

Value to_value(const Json& json) {
  if (json.is_boolean()) return Value(json.get<bool>());
  if (json.is_number_integer()) return Value(json.get<std::int64_t>());
  if (json.is_number()) return Value(json.get<double>());
  if (json.is_string()) return Value(json.get<std::string>());
  if (json.is_array()) {
    Value::List list;
    for (const auto& element : json) list.push_back(to_value(element));
    return list;
  }
  if (json.is_object()) {
    Value::Object object;
    for (const auto& [key, member] : json.items()) object.emplace_back(key, to_value(member));
    return object;
  }
  return Value();
}

// The characters of a file, decompressed as logs are, in blocks.
class Characters {
 public:
  explicit Characters(const std::string& path) : source_(open_named(path)), block_(1 << 16, '\0') { next_block(); }

  bool at_end() const { return at_ == size_; }
  char current() const { return block_[at_]; }
  void advance() {
    if (++at_ == size_) next_block();
  }

 private:
  void next_block() {
    at_ = 0;
    size_ = source_->read(block_.data(), block_.size());
  }

  std::unique_ptr<Source> source_;
  std::string block_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
};

// The same for a reader that wants two iterators.
class CharacterIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  CharacterIterator() = default;   // the end
  explicit CharacterIterator(Characters& of) : of_(&of) {}
  char operator*() const { return of_->current(); }
  CharacterIterator& operator++() {
    of_->advance();
    return *this;
  }
  CharacterIterator operator++(int) {
    const CharacterIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CharacterIterator& other) const { return ended() == other.ended(); }
  bool operator!=(const CharacterIterator& other) const { return !(*this == other); }

 private:
  bool ended() const { return of_ == nullptr || of_->at_end(); }

  Characters* of_ = nullptr;
};

// What makes a task of a baseline useless: a figure that is none would let every growth pass.
std::string damage_of(const Json& task) {
  if (!task.is_object()) return " is no object";
  const auto of = [&](const char* key) { return task.contains(key) ? task[key] : Json(); };
  if (!of("task").is_string() && !of("task").is_null()) return ".task is no name";
  if (!of("count").is_number()) return ".count is no number";
  const bool empty = of("count").get<double>() == 0;
  for (const char* key : {"avg_mb", "max_mb"}) {
    if (!of(key).is_number() && !(empty && of(key).is_null())) return fmt::format(".{} is no number", key);
  }
  return {};
}

}  // namespace

bool is_baseline(const std::string& path) {
  constexpr std::size_t kFront = 256;
  std::string front;
  try {
    Characters characters(path);
    for (; front.size() < kFront && !characters.at_end(); characters.advance()) front += characters.current();
  } catch (const Error&) {
    return false;   // who reads it as a log says what is wrong
  }
  const auto first = front.find_first_not_of(" \t\r\n");
  return first != std::string::npos && front[first] == '{' && front.find("\"memlog.") != std::string::npos && front.find("\"schema\"") < front.find("\"memlog.");
}

Value read_baseline(const std::string& path) {
  KeptTasks tasks;
  std::string damage;
  // Each task is put aside when its end was read, and goes from the document.
  bool in_tasks = false;
  std::size_t read = 0;
  const auto put_aside = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth == 1 && event == Json::parse_event_t::key) in_tasks = parsed == "tasks";
    const bool element = event == Json::parse_event_t::object_end || event == Json::parse_event_t::array_end || event == Json::parse_event_t::value;
    if (!in_tasks || depth != 2 || !element) return true;
    if (damage.empty()) {
      if (const std::string found = damage_of(parsed); !found.empty()) damage = fmt::format("tasks[{}]{}", read, found);
      else tasks.add(to_value(parsed));
    }
    ++read;
    return false;
  };
  Json document;
  try {
    Characters characters(path);
    document = Json::parse(CharacterIterator(characters), CharacterIterator(), put_aside, false);
    // Compressed data that is damaged says so at its end, and is a better reason than what it made of the text.
    while (!characters.at_end()) characters.advance();
  } catch (const Error& error) {
    std::string_view why = error.what();
    consume(why, "cannot read '" + path + "': ");
    throw Error(fmt::format("cannot read the baseline '{}': {}", path, why), "make one with 'memlog by-task --save-baseline FILE LOG'");
  }
  const std::string help = "a baseline is the output of 'memlog by-task --json' on an accepted run";
  if (document.is_discarded()) throw Error("the baseline '" + path + "' is no JSON", help);
  const bool is_answer = document.is_object() && document.contains("schema") && document["schema"].is_string() && document["schema"].get<std::string>() == kSchema;
  if (!is_answer || !document.contains("tasks") || !document["tasks"].is_array()) throw Error("the baseline '" + path + "' is no answer of by-task", help);
  if (!damage.empty()) throw Error(fmt::format("the baseline '{}' is damaged: {}", path, damage), help);
  return KeptTasks::list_of(std::move(tasks));
}

}  // namespace memlog
