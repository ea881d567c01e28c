#include "memlog/base/scratch_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "memlog/base/error.h"

namespace memlog {

bool ScratchFile::write(std::uint64_t at, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(::fileno(file_.get()), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    at += static_cast<std::uint64_t>(put);
  }
  return true;
}

std::uint64_t ScratchFile::append(std::string_view bytes) {
  const std::uint64_t at = size();
  if (!full_ && file_ == nullptr) {
    if (at + bytes.size() <= most_in_memory_) {
      in_memory_ += bytes;
      return at;
    }
    file_.reset(std::tmpfile());
    full_ = file_ == nullptr || !write(0, in_memory_);
    if (!full_) {
      in_file_ = in_memory_.size();
      std::string().swap(in_memory_);  // nothing else gives the memory back
    }
  }
  if (!full_ && write(at, bytes)) {
    in_file_ += bytes.size();
    return at;
  }
  // What a failed write has left behind the end is not looked at.
  full_ = true;
  in_memory_ += bytes;
  return at;
}

void ScratchFile::overwrite(std::uint64_t at, std::string_view bytes) {
  const auto first = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), in_file_ - std::min(at, in_file_)));
  if (first < bytes.size()) in_memory_.replace(at + first - in_file_, bytes.size() - first, bytes.substr(first));
  if (first > 0 && !write(at, bytes.substr(0, first))) throw Error(std::string("cannot write a temporary file: ") + std::strerror(errno), "is there room in /tmp?");
}

std::string ScratchFile::read(std::uint64_t at, std::size_t size) const {
  if (at >= in_file_) return in_memory_.substr(at - in_file_, size);
  // Where the disk was full, the rest of it is in memory.
  const auto first = static_cast<std::size_t>(std::min<std::uint64_t>(size, in_file_ - at));
  std::string bytes(first, '\0');
  for (std::size_t done = 0; done < first;) {
    const ssize_t got = ::pread(::fileno(file_.get()), bytes.data() + done, first - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw Error(std::string("cannot read a temporary file again: ") + (got < 0 ? std::strerror(errno) : "it has become shorter"));
    done += static_cast<std::size_t>(got);
  }
  bytes.append(in_memory_, 0, size - first);
  return bytes;
}

}  // namespace memlog
