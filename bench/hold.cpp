// Keeps files in the page cache while something is measured: maps them and touches every page now and then, until it is
// killed. Some machines drop cached pages that no process has mapped within half a minute.
//
//   memlog_hold FILE...
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <span>
#include <vector>

int main(int argc, char** argv) {
  std::vector<std::span<const char>> files;
  for (int i = 1; i < argc; ++i) {
    const int fd = ::open(argv[i], O_RDONLY);
    struct stat status {};
    if (fd < 0 || ::fstat(fd, &status) != 0) {
      std::fprintf(stderr, "memlog_hold: cannot read %s: %s\n", argv[i], std::strerror(errno));
      return 2;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > 0) {
      const void* const begin = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
      if (begin == MAP_FAILED) {
        std::fprintf(stderr, "memlog_hold: cannot map %s: %s\n", argv[i], std::strerror(errno));
        return 2;
      }
      files.emplace_back(static_cast<const char*>(begin), size);
    }
    ::close(fd);
  }
  if (files.empty()) {
    std::fputs("usage: memlog_hold FILE...\n", stderr);
    return 2;
  }
  [[maybe_unused]] volatile char touched = 0;
  constexpr std::size_t kPage = 4096;
  constexpr unsigned kSeconds = 20;
  for (bool first = true;; first = false) {
    for (const auto file : files) {
      for (std::size_t at = 0; at < file.size(); at += kPage) touched = file[at];
    }
    if (first) {
      std::puts("held");
      std::fflush(stdout);
    }
    ::sleep(kSeconds);
  }
}
