#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "memlog/input/source.h"

namespace memlog {

// Bytes that can be read only once, and of which more than one reader will want something: an archive that comes through
// a pipe. They are kept in a file without a name, which is gone when nobody holds it any more. Memory is what memlog must
// not take; disk is what the archive would have taken anyway.
class Spool {
 public:
  // Keeps `head` and what `rest` gives up to its end. What stood before a place that cannot be read is kept, the error
  // told when a reader gets there.
  Spool(std::string_view head, Source& rest);

  // A reader from the beginning on.
  static std::unique_ptr<Source> open(std::shared_ptr<const Spool> spool);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  class Reader;

  void add(std::string_view bytes);

  std::unique_ptr<std::FILE, Close> file_;
  std::string failed_;
  std::string failed_help_;
};

}  // namespace memlog
