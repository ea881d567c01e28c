#include "memlog/base/given_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace memlog {

#if defined(__linux__) && defined(MADV_HUGEPAGE)

namespace {

// How often memory that was touched had to be found first.
long faults() {
  struct rusage usage {};
  return ::getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_minflt : -1;
}

}  // namespace

GivenPages::~GivenPages() {
  if (maker_.joinable()) {
    made_.acquire();
    stopping_ = true;
    wanted_.release();
    maker_.join();
  }
  if (reserved_ != nullptr) ::munmap(reserved_, (kRegions + 1) * kRegion);
}

bool GivenPages::reserve() {
  void* const reserved = ::mmap(nullptr, (kRegions + 1) * kRegion, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return false;
  reserved_ = static_cast<char*>(reserved);
  regions_ = reserved_ + (kRegion - reinterpret_cast<std::uintptr_t>(reserved_) % kRegion) % kRegion;
  region_ = regions_;
  return ::madvise(regions_, kRegions * kRegion, MADV_HUGEPAGE) == 0;
}

bool GivenPages::renew(char* region) {
  if (::madvise(region, kRegion, MADV_DONTNEED) != 0) return false;
  // A huge page is found once, whichever of its bytes are touched.
  const long before = faults();
  for (std::size_t at = 0; at < kRegion; at += kRegion / 16) static_cast<volatile char*>(region)[at] = 0;
  const long behind = faults();
  return before >= 0 && behind - before < 4;
}

void GivenPages::start_maker() {
  make_ = Make::when_needed;
  try {
    maker_ = std::thread([this] {
      for (char* next = regions_ + kRegion; wanted_.acquire(), !stopping_; next = next == regions_ ? regions_ + kRegion : regions_) {
        is_new_ = renew(next);
        made_.release();
      }
    });
    wanted_.release();
  } catch (const std::system_error&) {
    // A host that gives no more threads.
  }
}

bool GivenPages::begin_region() {
  if (reserved_ == nullptr && !reserve()) return false;
  if (maker_.joinable()) {
    made_.acquire();
    const bool is_new = is_new_;
    region_ = region_ == regions_ ? regions_ + kRegion : regions_;
    wanted_.release();
    if (!is_new) return false;
  } else {
    if (!renew(region_)) return false;
    if (make_ == Make::ahead) start_maker();
  }
  used_ = 0;
  return true;
}

void GivenPages::give(std::string_view& text) {
  while (gives_ && !text.empty()) {
    gives_ = used_ < kRegion || begin_region();
    if (!gives_) return;
    const std::size_t size = std::min(text.size(), kRegion - used_);
    iovec piece{region_ + used_, size};
    if (text.data() != piece.iov_base) std::memcpy(piece.iov_base, text.data(), size);
    while (piece.iov_len > 0) {
      const ssize_t given = ::vmsplice(pipe_, &piece, 1, 0);
      if (given < 0 && errno == EINTR) continue;
      // What was lent stays: text that is left may stand there.
      gives_ = given > 0;
      if (!gives_) return;
      piece.iov_base = static_cast<char*>(piece.iov_base) + given;
      piece.iov_len -= static_cast<std::size_t>(given);
      used_ += static_cast<std::size_t>(given);
      text.remove_prefix(static_cast<std::size_t>(given));
    }
  }
}

std::span<char> GivenPages::room() {
  gives_ = gives_ && (kRegion - used_ >= kLeast || begin_region());
  if (!gives_) return {};
  return {region_ + used_, kRegion - used_};
}

#else

GivenPages::~GivenPages() = default;
void GivenPages::give(std::string_view&) {}
std::span<char> GivenPages::room() { return {}; }

#endif

}  // namespace memlog
