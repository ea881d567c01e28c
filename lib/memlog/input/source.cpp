#include "memlog/input/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/base/time.h"

namespace memlog {

namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::strerror(error); }

class File {
 public:
  explicit File(const std::string& path) : owned_(path != "-") {
    fd_ = owned_ ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd_ < 0) throw Error("cannot read '" + path + "': " + reason(errno));
    std::error_code ignored;
    if (owned_ && fs::is_directory(path, ignored)) {
      ::close(fd_);
      throw Error("cannot read '" + path + "': it is a directory");
    }
  }
  ~File() {
    if (owned_ && fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::size_t read(char* to, std::size_t n) {
    for (;;) {
      const ssize_t got = ::read(fd_, to, n);
      if (got >= 0) {
        bytes_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) throw Error("cannot read on: " + reason(errno));
    }
  }
  std::uint64_t bytes() const { return bytes_; }

  // A regular file that we opened, at its beginning. Standard input may stand anywhere in its file.
  int plain() const {
    struct stat status {};
    return owned_ && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) ? fd_ : -1;
  }

 private:
  bool owned_;
  int fd_ = -1;
  std::uint64_t bytes_ = 0;
};

// What was read ahead to look at comes first, then the rest.
class PlainSource : public Source {
 public:
  PlainSource(std::unique_ptr<File> file, std::string head) : file_(std::move(file)), head_(std::move(head)) {}

  std::size_t read(char* to, std::size_t n) override {
    if (at_ < head_.size()) {
      const std::size_t k = std::min(n, head_.size() - at_);
      std::memcpy(to, head_.data() + at_, k);
      at_ += k;
      return k;
    }
    return file_->read(to, n);
  }
  std::uint64_t bytes_read() const override { return file_->bytes(); }
  int plain_file() const override { return file_->plain(); }

 private:
  std::unique_ptr<File> file_;
  std::string head_;
  std::size_t at_ = 0;
};

// Any compression that libarchive knows, as one stream of bytes.
class CompressedSource : public Source {
 public:
  CompressedSource(std::unique_ptr<Source> raw, std::string compression)
      : raw_(std::move(raw)), compression_(std::move(compression)), archive_(archive_read_new()) {
    archive_read_support_filter_all(archive_.get());
    archive_read_support_format_raw(archive_.get());
    archive_read_set_callback_data(archive_.get(), this);
    archive_read_set_read_callback(archive_.get(), &CompressedSource::feed);
    archive_entry* entry = nullptr;
    if (archive_read_open1(archive_.get()) != ARCHIVE_OK || archive_read_next_header(archive_.get(), &entry) != ARCHIVE_OK) fail();
  }

  std::size_t read(char* to, std::size_t n) override {
    const la_ssize_t got = archive_read_data(archive_.get(), to, n);
    if (got < 0) fail();
    return static_cast<std::size_t>(got);
  }
  std::uint64_t bytes_read() const override { return raw_->bytes_read(); }
  std::string compression() const override { return compression_; }

 private:
  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };

  [[noreturn]] void fail() {
    const char* what = archive_error_string(archive_.get());
    throw Error("damaged " + compression_ + " data at byte " + std::to_string(raw_->bytes_read()) + ": " + (what != nullptr ? what : "cannot be read"),
                "what stood before it was read");
  }

  static la_ssize_t feed(archive* a, void* self, const void** block) {
    auto* source = static_cast<CompressedSource*>(self);
    try {
      *block = source->block_.data();
      return static_cast<la_ssize_t>(source->raw_->read(source->block_.data(), source->block_.size()));
    } catch (const Error& error) {
      archive_set_error(a, EIO, "%s", error.what());
      return -1;
    }
  }

  std::unique_ptr<Source> raw_;
  std::string compression_;
  std::array<char, 64 * 1024> block_;
  std::unique_ptr<archive, Free> archive_;
};

struct Magic {
  std::string_view bytes;
  std::string_view name;
};
constexpr Magic kMagic[] = {{"\x1f\x8b", "gzip"}, {"\x28\xb5\x2f\xfd", "zstd"},           {std::string_view("\xfd" "7zXZ\0", 6), "xz"},
                            {"BZh", "bzip2"},     {std::string_view("\x04\x22\x4d\x18", 4), "lz4"}};

std::string_view compression_of(std::string_view head) {
  for (const Magic& magic : kMagic) {
    if (head.starts_with(magic.bytes)) return magic.name;
  }
  return {};
}

bool is_number(std::string_view s) { return !s.empty() && s.size() <= 8 && std::all_of(s.begin(), s.end(), is_digit); }

// Names that logs have: an ending that says so, or one behind a rotation's number, date or compression.
bool looks_like_a_log(std::string name) {
  constexpr std::string_view kLogEndings[] = {".log", ".txt", ".out", ".err", ".dat"};
  constexpr std::string_view kPacked[] = {".gz", ".xz", ".zst", ".bz2", ".lz4"};
  for (int i = 0; i < 3; ++i) {
    const fs::path path(name);
    const std::string ending = path.extension().string();
    if (std::find(std::begin(kLogEndings), std::end(kLogEndings), ending) != std::end(kLogEndings)) return true;
    const bool packed = std::find(std::begin(kPacked), std::end(kPacked), ending) != std::end(kPacked);
    if (!packed && !(ending.size() > 1 && is_number(std::string_view(ending).substr(1)))) return false;
    name = path.stem().string();
  }
  return false;
}

void add_directory(const std::string& directory, InputList& list) {
  std::error_code error;
  std::vector<std::string> found;
  fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied, error);
  if (error) {
    list.errors.push_back("cannot read '" + directory + "': " + error.message());
    return;
  }
  for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (error) break;
    const std::string name = at->path().filename().string();
    const bool hidden = name.starts_with('.');
    if (at->is_directory(error)) {
      if (hidden) at.disable_recursion_pending();
      continue;
    }
    if (hidden || !at->is_regular_file(error) || !looks_like_a_log(name)) ++list.passed_over;
    else found.push_back(at->path().string());
  }
  std::sort(found.begin(), found.end());
  for (std::string& path : found) list.inputs.push_back({path, date_in_name(fs::path(path).filename().string())});
}

}  // namespace

std::unique_ptr<Source> open_source(const InputPath& input) {
  auto file = std::make_unique<File>(input.path);
  std::string head(8, '\0');
  std::size_t got = 0;
  while (got < head.size()) {
    const std::size_t n = file->read(head.data() + got, head.size() - got);
    if (n == 0) break;
    got += n;
  }
  head.resize(got);
  const std::string compression(compression_of(head));
  auto plain = std::make_unique<PlainSource>(std::move(file), std::move(head));
  if (compression.empty()) return plain;
  return std::make_unique<CompressedSource>(std::move(plain), compression);
}

InputList list_inputs(const std::vector<std::string>& paths) {
  InputList list;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-") {
      list.inputs.push_back({path, std::nullopt});
    } else if (const auto status = fs::status(path, error); fs::is_directory(status)) {
      add_directory(path, list);
    } else if (!fs::exists(status)) {
      list.errors.push_back("cannot read '" + path + "': " + reason(error ? error.value() : ENOENT));
    } else {
      list.inputs.push_back({path, date_in_name(fs::path(path).filename().string())});
    }
  }
  return list;
}

}  // namespace memlog
