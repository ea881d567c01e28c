#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "memlog/input/source.h"

namespace memlog::input {

// A file, a pipe or a device; `-` is standard input.
class FileSource : public Source {
 public:
  // Throws Error with the reason if it cannot be opened.
  explicit FileSource(const std::string& path);
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::size_t read(char* to, std::size_t n) override;
  std::uint64_t bytes_read() const override { return bytes_; }
  // Of a regular file that we opened, at its beginning. Standard input may stand anywhere in its file.
  int plain_file() override;
  // read() and plain_file() open it again, and throw Error if another file has its name by then.
  void park() override;

 private:
  int opened() const;
  void resume();
  void widen_pipe() const;

  std::string path_;
  bool owned_;
  int fd_ = -1;
  struct stat parked_ {};          // which file it is, while it is closed
  std::uint64_t bytes_ = 0;
};

}  // namespace memlog::input
