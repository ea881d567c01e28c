#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace memlog {

class Source;
class Spool;

// One input as the user named it, or as a directory or an archive holds it.
struct InputPath {
  std::string path;                           // `-` is standard input, `bundle.zip!logs/bot.log` a member of an archive
  std::optional<std::int64_t> date = {};      // from the file's name, days since 1970
  std::optional<std::int64_t> modified = {};  // when it was last written, days since 1970
  std::string archive = {};                   // the file that holds it, where it is a member; `-` is kept in `spool`
  std::string member = {};                    // its name in there
  bool once = false;                          // a pipe: it cannot be read a second time
  std::int64_t shift_ns = 0;                  // added to its times: its clock differs from the others'
  std::shared_ptr<const Spool> spool = {};    // the archive that came through a pipe
  std::shared_ptr<Source> opened = {};        // a pipe whose beginning has been looked at already
};

// A few kilobytes can pretend to be terabytes. What expands beyond any real log is not read on.
struct ExpansionLimit {
  bool lifted = false;
  std::uint64_t ratio = 400;                // times the packed size: repetitive logs reach a hundred
  std::uint64_t free_bytes = 256ull << 20;  // for which the ratio is not asked
  std::uint64_t bytes = 64ull << 30;
};

// Bytes of one input, decompressed. read() throws Error when they cannot be read any further.
class Source {
 public:
  virtual ~Source() = default;
  // Fills `to` with up to `n` bytes; 0 at the end.
  virtual std::size_t read(char* to, std::size_t n) = 0;
  // Bytes of the file itself so far, as they are on disk.
  virtual std::uint64_t bytes_read() const = 0;
  // `gzip`, `zstd`, … or empty.
  virtual std::string compression() const { return {}; }
  // The descriptor of a plain file whose bytes are the text as it is, to be read from any place; -1 for all else. It
  // lives until park(), or as long as the source. Throws Error where a parked file cannot be opened again.
  virtual int plain_file() { return -1; }
  // Gives the file's descriptor back until there is more to read, where the file can be opened again: a process may have
  // a thousand of them, or fewer.
  virtual void park() {}
};

// Opens a file, a member of an archive or standard input; compressed ones come decompressed. Throws Error with the reason.
std::unique_ptr<Source> open_source(const InputPath& input, const ExpansionLimit& limit = {});

// The same for an input that answers name, `bundle.zip!logs/bot.log` included.
std::unique_ptr<Source> open_named(const std::string& path, const ExpansionLimit& limit = {});

// The files behind the user's arguments: directories are searched recursively for logs, archives opened, rotated files
// come oldest first. What cannot be read is added to `errors`; what is no log is counted in `passed_over`.
struct InputList {
  std::vector<InputPath> inputs;
  std::vector<std::string> errors;
  std::vector<std::string> failed;         // the path of each error
  std::uint64_t passed_over = 0;
};
InputList list_inputs(const std::vector<std::string>& paths, const ExpansionLimit& limit = {});

}  // namespace memlog
