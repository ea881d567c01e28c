#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "memlog/report/report.h"

namespace memlog {

// Parts of an answer as bytes, to be put aside by this process and taken back by it.
class Packer {
 public:
  std::string bytes;
  // Takes them away when they have become many, between two elements of a long list.
  std::function<void()> many = {};

  template <typename T>
  void plain(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void size(std::size_t n);
  void text(std::string_view text);
  void value(const Value& value);
  void object(const Value::Object& object);
  void table(const Table& table);
  void blocks(const std::vector<Block>& blocks);
  // A list that may be long: its elements are made one by one when it is put aside, and again when it is written.
  void made_list(const Value& list);
};

// What a Packer has written, in the same order.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  // Long lists share the bytes rather than copying them.
  explicit Unpacker(std::shared_ptr<const std::string> bytes) : rest_(*bytes), shared_(std::move(bytes)) {}

  template <typename T>
  T plain() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::size_t size();
  std::string text();
  Value value();
  Value::Object object();
  Table table();
  std::vector<Block> blocks();
  Value made_list();

 private:
  std::string_view take(std::size_t n);

  std::string_view rest_;
  std::shared_ptr<const std::string> shared_;
};

}  // namespace memlog
