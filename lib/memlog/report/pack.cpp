#include "memlog/report/pack.h"

#include <memory>
#include <stdexcept>

namespace memlog {

namespace {

constexpr std::size_t kMany = 64 * 1024;

}  // namespace

void Packer::size(std::size_t n) {
  for (; n >= 0x80; n >>= 7) bytes += static_cast<char>(0x80 | (n & 0x7f));
  bytes += static_cast<char>(n);
}

void Packer::text(std::string_view text) {
  size(text.size());
  bytes += text;
}

void Packer::value(const Value& value) {
  // A list that is made is put aside as one that is held: who makes it may be gone.
  if (std::holds_alternative<Value::MadeList>(value.data())) return this->value(value.held());
  bytes += static_cast<char>(value.data().index());
  struct Visitor {
    Packer& to;
    void operator()(std::monostate) const {}
    void operator()(bool b) const { to.plain(b); }
    void operator()(std::int64_t n) const { to.plain(n); }
    void operator()(double number) const { to.plain(number); }
    void operator()(const std::string& text) const { to.text(text); }
    void operator()(const Value::List& list) const {
      to.size(list.size());
      for (const Value& element : list) to.value(element);
    }
    void operator()(const Value::Object& object) const { to.object(object); }
    void operator()(const Value::MadeList&) const {}
  };
  std::visit(Visitor{*this}, value.data());
}

void Packer::object(const Value::Object& object) {
  size(object.size());
  for (const auto& [key, member] : object) {
    text(key);
    value(member);
  }
}

void Packer::table(const Table& table) {
  size(table.columns.size());
  for (const Column& column : table.columns) {
    text(column.heading);
    plain(column.right);
    plain(column.decimals);
    plain(column.flexible);
    plain(column.keep_end);
    plain(column.name);
    plain(column.drop);
  }
  size(table.size());
  table.for_each_row([&](const std::vector<Cell>& row) {
    size(row.size());
    for (const Cell& cell : row) {
      value(cell.value);
      plain(cell.tone);
    }
  });
  text(table.empty);
}

void Packer::blocks(const std::vector<Block>& blocks) {
  std::size_t count = 0;
  for_each_block(blocks, [&](const Block&) { ++count; });
  size(count);
  for_each_block(blocks, [&](const Block& block) {
    bytes += static_cast<char>(block.index());
    if (const auto* heading = std::get_if<Heading>(&block)) {
      text(heading->text);
      plain(heading->main);
    } else if (const auto* paragraph = std::get_if<Paragraph>(&block)) {
      text(paragraph->text);
      plain(paragraph->tone);
      plain(paragraph->indent);
    } else if (const auto* figure = std::get_if<Figure>(&block)) {
      text(figure->text);
      plain(figure->tone);
      plain(figure->indent);
      text(figure->narrow);
    } else {
      table(std::get<Table>(block));
    }
  });
}

void Packer::made_list(const Value& list) {
  size(size_of(list));
  for_each_element(list, [&](const Value& element) {
    Packer one;
    one.value(element);
    text(one.bytes);
    if (many && bytes.size() >= kMany) many();
  });
}

std::string_view Unpacker::take(std::size_t n) {
  if (n > rest_.size()) throw std::logic_error("a packed answer ends early");
  const std::string_view taken = rest_.substr(0, n);
  rest_.remove_prefix(n);
  return taken;
}

std::size_t Unpacker::size() {
  std::size_t n = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1).front());
    n |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return n;
  }
}

std::string Unpacker::text() {
  const std::size_t n = size();
  return std::string(take(n));
}

Value Unpacker::value() {
  switch (take(1).front()) {
    case 1: return plain<bool>();
    case 2: return plain<std::int64_t>();
    case 3: return plain<double>();
    case 4: return text();
    case 5: {
      Value::List list(size());
      for (Value& element : list) element = value();
      return list;
    }
    case 6: return object();
    default: return {};
  }
}

Value::Object Unpacker::object() {
  Value::Object object(size());
  for (auto& [key, member] : object) {
    key = text();
    member = value();
  }
  return object;
}

Table Unpacker::table() {
  Table table;
  table.columns.resize(size());
  for (Column& column : table.columns) {
    column.heading = text();
    column.right = plain<bool>();
    column.decimals = plain<int>();
    column.flexible = plain<bool>();
    column.keep_end = plain<bool>();
    column.name = plain<bool>();
    column.drop = plain<int>();
  }
  table.rows.resize(size());
  for (auto& row : table.rows) {
    row.resize(size());
    for (Cell& cell : row) {
      cell.value = value();
      cell.tone = plain<Tone>();
    }
  }
  table.empty = text();
  return table;
}

std::vector<Block> Unpacker::blocks() {
  std::vector<Block> blocks(size());
  for (Block& block : blocks) {
    switch (take(1).front()) {
      case 0: {
        Heading heading{text()};
        heading.main = plain<bool>();
        block = std::move(heading);
        break;
      }
      case 1: {
        Paragraph paragraph{text()};
        paragraph.tone = plain<Tone>();
        paragraph.indent = plain<int>();
        block = std::move(paragraph);
        break;
      }
      case 3: {
        Figure figure{text()};
        figure.tone = plain<Tone>();
        figure.indent = plain<int>();
        figure.narrow = text();
        block = std::move(figure);
        break;
      }
      default: block = table();
    }
  }
  return blocks;
}

Value Unpacker::made_list() {
  // The bytes of all elements, and where each of them stands.
  struct Place {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  auto bytes = shared_ != nullptr ? shared_ : std::make_shared<const std::string>(rest_);
  const std::size_t begin = bytes->size() - rest_.size();
  const std::size_t all = rest_.size();
  std::vector<Place> places(size());
  for (Place& place : places) {
    place.size = static_cast<std::uint32_t>(size());
    place.at = static_cast<std::uint32_t>(begin + all - rest_.size());
    take(place.size);
  }
  const std::size_t count = places.size();
  return {count, [bytes = std::move(bytes), places = std::move(places)](std::size_t i) {
            Unpacker one(std::string_view(*bytes).substr(places[i].at, places[i].size));
            return one.value();
          }};
}

}  // namespace memlog
