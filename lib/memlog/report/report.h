#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "memlog/base/time.h"

namespace memlog {

// A value of an answer, as JSON knows them. A number that a log does not have is null.
class Value {
 public:
  using List = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;
  // A list whose elements are made when they are written, and not held (see Made).
  using MadeList = std::shared_ptr<const struct Made>;
  using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object, MadeList>;

  Value() = default;
  Value(bool b) : data_(b) {}
  Value(int n) : data_(static_cast<std::int64_t>(n)) {}
  Value(std::int64_t n) : data_(n) {}
  Value(std::uint64_t n) : data_(static_cast<std::int64_t>(n)) {}
  Value(double number);  // NaN and infinities are null
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(List list) : data_(std::move(list)) {}
  Value(Object object) : data_(std::move(object)) {}
  // A list of `size` elements, of which `make` gives each one. What `make` looks at has to outlive the value.
  Value(std::size_t size, std::function<Value(std::size_t)> make);
  // An unknown time is null.
  Value(const Timestamp& time);

  const Data& data() const { return data_; }
  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  // A member of an object, or null for anything else.
  const Value& operator[](std::string_view key) const;

  // The same, with the elements of all lists in it held.
  Value held() const;

 private:
  Data data_;
};

// Thousands of tasks are written one by one: as values they would take more room than all that was learnt of them.
struct Made {
  std::size_t size = 0;
  std::function<Value(std::size_t)> make;
};

// The elements of a list, held or made.
std::size_t size_of(const Value& value);
Value element_of(const Value& value, std::size_t i);
template <typename Each>
void for_each_element(const Value& value, Each each) {
  if (const auto* list = std::get_if<Value::List>(&value.data())) {
    for (const Value& element : *list) each(element);
  } else if (const auto* made = std::get_if<Value::MadeList>(&value.data())) {
    for (std::size_t i = 0; i < (*made)->size; ++i) each((*made)->make(i));
  }
}

// What a value is, for those who read an answer: NaN, empty and empty where it is something else. A list has to be held.
double as_number(const Value& value);
std::string as_text(const Value& value);
const Value::List& as_list(const Value& value);

// `text`, or null when it is empty.
Value text_or_null(std::string_view text);

// A number without the noise of binary arithmetic behind `decimals` places: 100 - 35.6 is 64.4.
Value rounded(double number, int decimals);

enum class Tone : std::uint8_t { plain, good, warning, bad, dim, strong };

struct Cell {
  Value value;
  Tone tone = Tone::plain;
};

struct Column {
  std::string heading;      // upper case; the unit stands in it
  bool right = false;       // numbers stand at the right
  int decimals = 1;
  bool flexible = false;    // may be cut to fit a terminal
  bool keep_end = false;    // cut in front, because the end tells more: paths
  bool name = false;        // cut no farther than its values stay distinct, and only after the other columns
  int drop = 0;             // left out where there is no room, the highest first; 0: never
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::string empty;        // said instead of a table without rows
  // Rows behind `rows` that are made when they are written, maybe more than once, and not held.
  std::size_t made_rows = 0;
  std::function<std::vector<Cell>(std::size_t)> make_row = {};

  std::size_t size() const { return rows.size() + made_rows; }
  // The first so many only.
  void cut(std::size_t most);
  template <typename Each>
  void for_each_row(Each each) const {
    for (const auto& row : rows) each(row);
    for (std::size_t i = 0; i < made_rows; ++i) each(make_row(i));
  }
};

struct Heading {
  std::string text;
  bool main = false;        // what follows, up to the next main heading, belongs to it
};

// One or more lines of running text.
struct Paragraph {
  std::string text;
  Tone tone = Tone::plain;
  int indent = 0;
};

// A drawing of characters: its lines are kept as they are.
struct Figure {
  std::string text;
  Tone tone = Tone::plain;
  int indent = 0;
  std::string narrow = {};  // instead, where the terminal has no room for it
};

// Parts of an answer that are made when they are written, and not held.
struct MadePart;
struct MadeParts {
  std::size_t size = 0;
  std::function<std::unique_ptr<MadePart>(std::size_t)> make;
};

using Block = std::variant<Heading, Paragraph, Table, Figure, MadeParts>;

struct MadePart {
  std::vector<Block> blocks;
};

// The blocks, held or made, in order; `each` sees no MadeParts.
template <typename Each>
void for_each_block(const std::vector<Block>& blocks, const Each& each) {
  for (const Block& block : blocks) {
    const auto* parts = std::get_if<MadeParts>(&block);
    if (parts == nullptr) {
      each(block);
      continue;
    }
    for (std::size_t i = 0; i < parts->size; ++i) for_each_block(parts->make(i)->blocks, each);
  }
}

// What a gate found, for the pipelines that it stops: one rule, and whether it holds.
struct Finding {
  enum class State : std::uint8_t { held, broken, undecided };
  State state = State::held;
  std::string rule;         // `--max-rss 450MB`
  std::string message;      // value, threshold, when, what ran
  std::string path;         // of the log; may be empty
  std::uint64_t line = 0;   // 0: unknown
};

// An answer: the same facts as data (`fields`, for JSON and its kin) and as something to read (`blocks`).
struct Report {
  std::string schema;       // `memlog.peak/1`
  Value::Object fields;     // without `schema` and `inputs`, which come first
  std::string entries;      // the field whose elements are the lines of NDJSON and CSV
  Value inputs;
  std::vector<Block> blocks;
  std::string gate;                // what the findings are of: `check`; empty: this answer is no gate
  std::vector<Finding> findings;

  // A member of `fields`, or null.
  const Value& field(std::string_view key) const;

  // Makes all that would be made when it is written: from then on it stands for itself.
  void hold();
};

}  // namespace memlog
