#include "memlog/input/spool.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "memlog/base/error.h"

namespace memlog {

namespace {

[[noreturn]] void fail_to_keep(int error) {
  throw Error(std::string("cannot keep the archive that comes through a pipe: ") + std::strerror(error), "save it to a file, and name that");
}

}  // namespace

class Spool::Reader : public Source {
 public:
  explicit Reader(std::shared_ptr<const Spool> spool) : spool_(std::move(spool)) {}

  std::size_t read(char* to, std::size_t n) override {
    for (;;) {
      const ssize_t got = ::pread(::fileno(spool_->file_.get()), to, n, static_cast<off_t>(at_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw Error(std::string("cannot read on: ") + std::strerror(errno));
      if (got == 0 && !spool_->failed_.empty()) throw Error(spool_->failed_, spool_->failed_help_);
      at_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
  }
  std::uint64_t bytes_read() const override { return at_; }

 private:
  std::shared_ptr<const Spool> spool_;
  std::uint64_t at_ = 0;
};

Spool::Spool(std::string_view head, Source& rest) : file_(std::tmpfile()) {
  if (file_ == nullptr) fail_to_keep(errno);
  add(head);
  std::array<char, 64 * 1024> block{};
  for (;;) {
    std::size_t got = 0;
    try {
      got = rest.read(block.data(), block.size());
    } catch (const Error& error) {
      failed_ = error.what();
      failed_help_ = error.help();
    }
    if (got == 0) break;
    add({block.data(), got});
  }
}

void Spool::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(::fileno(file_.get()), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_to_keep(errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::unique_ptr<Source> Spool::open(std::shared_ptr<const Spool> spool) { return std::make_unique<Reader>(std::move(spool)); }

}  // namespace memlog
