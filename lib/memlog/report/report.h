#pragma once

#include <cstdint>
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
  using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object>;

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
  // An unknown time is null.
  Value(const Timestamp& time);

  const Data& data() const { return data_; }
  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  // A member of an object, or null for anything else.
  const Value& operator[](std::string_view key) const;

 private:
  Data data_;
};

// What a value is, for those who read an answer: NaN, empty and empty where it is something else.
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

using Block = std::variant<Heading, Paragraph, Table, Figure>;

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
};

}  // namespace memlog
