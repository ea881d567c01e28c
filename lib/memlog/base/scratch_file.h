#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace memlog {

// Bytes that are put aside and wanted back later: the first kInMemory in memory, more in a file without a name, which is
// gone when nobody holds it any more. Where no file can be made, or the disk is full, memory has to do.
class ScratchFile {
 public:
  static constexpr std::size_t kInMemory = 1 << 20;

  // `in_memory`: bytes that need no file, where kInMemory are too many.
  explicit ScratchFile(std::size_t in_memory = kInMemory) : most_in_memory_(in_memory) {}

  // Where they lie.
  std::uint64_t append(std::string_view bytes);
  // Over others, of which there are at least as many.
  void overwrite(std::uint64_t at, std::string_view bytes);
  std::string read(std::uint64_t at, std::size_t size) const;

  std::uint64_t size() const { return in_file_ + in_memory_.size(); }
  std::size_t bytes_in_memory() const { return in_memory_.size(); }
  std::size_t room_in_memory() const { return in_memory_.capacity(); }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  bool write(std::uint64_t at, std::string_view bytes);

  std::size_t most_in_memory_;
  std::unique_ptr<std::FILE, Close> file_;
  bool full_ = false;                // nothing more goes into the file
  std::uint64_t in_file_ = 0;
  std::string in_memory_;            // what lies behind the file's end
};

}  // namespace memlog
