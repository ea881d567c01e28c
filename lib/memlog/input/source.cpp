#include "memlog/input/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "memlog/base/error.h"
#include "memlog/base/time.h"
#include "memlog/input/packed.h"

namespace memlog {

namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::strerror(error); }

class FileSource : public Source {
 public:
  explicit FileSource(const std::string& path) : owned_(path != "-") {
    fd_ = owned_ ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd_ < 0) throw Error("cannot read '" + path + "': " + reason(errno));
    std::error_code ignored;
    if (owned_ && fs::is_directory(path, ignored)) {
      ::close(fd_);
      throw Error("cannot read '" + path + "': it is a directory");
    }
    widen_pipe();
  }
  ~FileSource() override {
    if (owned_ && fd_ >= 0) ::close(fd_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::size_t read(char* to, std::size_t n) override {
    for (;;) {
      const ssize_t got = ::read(fd_, to, n);
      if (got >= 0) {
        bytes_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) throw Error("cannot read on: " + reason(errno));
    }
  }
  std::uint64_t bytes_read() const override { return bytes_; }

  // A regular file that we opened, at its beginning. Standard input may stand anywhere in its file.
  int plain_file() const override {
    struct stat status {};
    return owned_ && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) ? fd_ : -1;
  }

 private:
  // A pipe holds 64 KiB, and whoever fills it sleeps as often. The kernel may refuse more; then it stays as it is.
  void widen_pipe() const {
#ifdef F_SETPIPE_SZ
    constexpr int kWide = 1 << 20;
    struct stat status {};
    if (::fstat(fd_, &status) == 0 && S_ISFIFO(status.st_mode)) static_cast<void>(::fcntl(fd_, F_SETPIPE_SZ, kWide));
#endif
  }

  bool owned_;
  int fd_ = -1;
  std::uint64_t bytes_ = 0;
};

// Takes one compression off, if there is one; `head` is the new beginning. A compressed file may hold an archive.
std::unique_ptr<Source> unpacked_once(std::unique_ptr<Source> source, std::string& head, const ExpansionLimit& limit) {
  head = input::read_head(*source);
  const std::string compression(input::compression_of(head));
  if (compression.empty()) return input::with_head(std::move(source), head);
  return input::limited(input::decompressed(input::with_head(std::move(source), head), compression), limit);
}

// The day of the last writing. A pipe's is that of the last write to it.
std::optional<std::int64_t> modified_day(const std::string& path) {
  struct stat status = {};
  if ((path == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status)) != 0) return std::nullopt;
  return static_cast<std::int64_t>(status.st_mtime) / 86'400;
}

std::string file_name(const std::string& path) { return fs::path(path).filename().string(); }

// The file is an archive, perhaps a compressed one. A file that cannot be read is none: opening it will say why.
bool holds_members(const std::string& path, const ExpansionLimit& limit) {
  try {
    std::string head;
    auto source = unpacked_once(std::make_unique<FileSource>(path), head, limit);
    if (!source->compression().empty()) head = input::read_head(*source);
    return input::is_archive(head);
  } catch (const Error&) {
    return false;
  }
}

void add_members(const std::string& path, InputList& list, const ExpansionLimit& limit) {
  std::string error;
  std::vector<input::ArchiveMember> members;
  try {
    std::string head;
    members = input::list_members(unpacked_once(std::make_unique<FileSource>(path), head, limit), error);
  } catch (const Error& failure) {
    error = failure.what();
  }
  if (!error.empty()) {
    list.errors.push_back(path + ": " + error);
    list.failed.push_back(path);
  }
  const bool any = std::any_of(members.begin(), members.end(), [](const auto& member) { return input::looks_like_a_log(member.name); });
  for (const input::ArchiveMember& member : members) {
    if (any && !input::looks_like_a_log(member.name)) {
      ++list.passed_over;
      continue;
    }
    const auto modified = member.modified > 0 ? std::optional(member.modified / 86'400) : modified_day(path);
    list.inputs.push_back({path + "!" + member.name, date_in_name(file_name(member.name)), modified, path, member.name});
  }
}

void add_file(const std::string& path, InputList& list, const ExpansionLimit& limit) {
  std::error_code error;
  const bool regular = fs::is_regular_file(path, error);
  if (regular && holds_members(path, limit)) add_members(path, list, limit);
  else list.inputs.push_back({path, date_in_name(file_name(path)), modified_day(path), {}, {}, !regular});
}

bool looks_like_an_archive(std::string_view name) {
  for (const std::string_view ending : {".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tar.lz4"}) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

void add_directory(const std::string& directory, InputList& list, const ExpansionLimit& limit) {
  std::error_code error;
  std::vector<std::string> found;
  fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied, error);
  if (error) {
    list.errors.push_back("cannot read '" + directory + "': " + error.message());
    list.failed.push_back(directory);
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
    const bool wanted = !hidden && at->is_regular_file(error) && (input::looks_like_a_log(name) || looks_like_an_archive(name));
    if (!wanted) ++list.passed_over;
    else found.push_back(at->path().string());
  }
  std::sort(found.begin(), found.end());
  for (const std::string& path : found) add_file(path, list, limit);
}

// The files of one rotation follow one another oldest first, where the set's first one stood. Inputs are ordered by
// their times in the end; this is for those that have none.
void order_rotations(std::vector<InputPath>& inputs) {
  struct Place {
    std::size_t set = 0;
    std::uint64_t number = 0;
    std::size_t index = 0;
  };
  std::vector<Place> places;
  std::vector<std::string> sets;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::string base;
    const std::uint64_t number = input::rotation_number(inputs[i].path, base);
    const auto known = std::find(sets.begin(), sets.end(), base);
    places.push_back({static_cast<std::size_t>(known - sets.begin()), number, i});
    if (known == sets.end()) sets.push_back(base);
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.set != b.set ? a.set < b.set : a.number > b.number; });
  std::vector<InputPath> ordered;
  for (const Place& place : places) ordered.push_back(std::move(inputs[place.index]));
  inputs.swap(ordered);
}

}  // namespace

std::unique_ptr<Source> open_source(const InputPath& input, const ExpansionLimit& limit) {
  std::string head;
  if (!input.archive.empty()) {
    auto archive = unpacked_once(std::make_unique<FileSource>(input.archive), head, limit);
    return unpacked_once(input::limited(input::open_member(std::move(archive), input.member), limit), head, limit);
  }
  auto source = unpacked_once(std::make_unique<FileSource>(input.path), head, limit);
  if (input.path != "-") return source;
  // Standard input can be read only once: an archive's logs come one after the other.
  head = input::read_head(*source);
  const bool archive = input::is_archive(head);
  source = input::with_head(std::move(source), std::move(head));
  return archive ? input::limited(input::open_member(std::move(source), {}), limit) : std::move(source);
}

InputList list_inputs(const std::vector<std::string>& paths, const ExpansionLimit& limit) {
  InputList list;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-") {
      list.inputs.push_back({path, std::nullopt, modified_day(path), {}, {}, true});
    } else if (const auto status = fs::status(path, error); fs::is_directory(status)) {
      add_directory(path, list, limit);
    } else if (fs::exists(status)) {
      add_file(path, list, limit);
    } else if (const auto bang = path.find('!'); bang != std::string::npos && fs::exists(path.substr(0, bang))) {
      // `bundle.zip!logs/bot.log`, as answers name it.
      list.inputs.push_back({path, date_in_name(file_name(path)), modified_day(path.substr(0, bang)), path.substr(0, bang), path.substr(bang + 1)});
    } else {
      list.errors.push_back("cannot read '" + path + "': " + reason(error ? error.value() : ENOENT));
      list.failed.push_back(path);
    }
  }
  order_rotations(list.inputs);
  return list;
}

}  // namespace memlog
