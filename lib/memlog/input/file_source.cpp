#include "memlog/input/file_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "memlog/base/error.h"

namespace memlog::input {

FileSource::FileSource(const std::string& path) : path_(path), owned_(path != "-") {
  fd_ = owned_ ? opened() : STDIN_FILENO;
  if (fd_ < 0) throw Error("cannot read '" + path + "': " + std::strerror(errno));
  std::error_code ignored;
  if (owned_ && std::filesystem::is_directory(path, ignored)) {
    ::close(fd_);
    throw Error("cannot read '" + path + "': it is a directory");
  }
  widen_pipe();
}

FileSource::~FileSource() {
  if (owned_ && fd_ >= 0) ::close(fd_);
}

std::size_t FileSource::read(char* to, std::size_t n) {
  resume();
  for (;;) {
    const ssize_t got = ::read(fd_, to, n);
    if (got >= 0) {
      bytes_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR) throw Error(std::string("cannot read on: ") + std::strerror(errno));
  }
}

int FileSource::plain_file() {
  resume();
  struct stat status {};
  return owned_ && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) ? fd_ : -1;
}

void FileSource::park() {
  if (fd_ < 0 || !owned_ || ::fstat(fd_, &parked_) != 0 || !S_ISREG(parked_.st_mode)) return;
  ::close(std::exchange(fd_, -1));
}

int FileSource::opened() const { return ::open(path_.c_str(), O_RDONLY | O_CLOEXEC); }

// Behind park(): the same file again, at the same place.
void FileSource::resume() {
  if (fd_ >= 0) return;
  fd_ = opened();
  if (fd_ < 0) throw Error(std::string("cannot read on: ") + std::strerror(errno));
  struct stat status {};
  const bool same = ::fstat(fd_, &status) == 0 && status.st_dev == parked_.st_dev && status.st_ino == parked_.st_ino;
  if (!same || ::lseek(fd_, static_cast<off_t>(bytes_), SEEK_SET) < 0) throw Error("cannot read on: another file has taken its place", "read it when its program does not rotate it");
}

// A pipe holds 64 KiB, and whoever fills it sleeps as often. The kernel may refuse more; then it stays as it is.
void FileSource::widen_pipe() const {
#ifdef F_SETPIPE_SZ
  constexpr int kWide = 1 << 20;
  struct stat status {};
  if (::fstat(fd_, &status) == 0 && S_ISFIFO(status.st_mode)) static_cast<void>(::fcntl(fd_, F_SETPIPE_SZ, kWide));
#endif
}

}  // namespace memlog::input
