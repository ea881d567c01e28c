#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace memlog {

// Gives pages of memory to a pipe, where write(2) copies text into pages of the kernel's: vmsplice(2). A page that was
// given is whoever's reads the pipe, who may pass it on to another pipe, and nobody says when it has been read: its bytes
// are never written again. So pages are always new, which is less work than copying only where the system hands out
// huge ones, 2 MiB at once (transparent huge pages).
class GivenPages {
 public:
  explicit GivenPages(int pipe) : pipe_(pipe) {}
  ~GivenPages();
  GivenPages(const GivenPages&) = delete;
  GivenPages& operator=(const GivenPages&) = delete;

  // Takes text from the front of `text` and gives it to the pipe, waiting for room. What is left in `text` is to be
  // written another way: all of it where the system has no huge pages, where `pipe` is no pipe, or where something is
  // wrong with it, which write(2) will say. Nothing is given from then on.
  void give(std::string_view& text);

  // Where text may be written that is to be given next, at its front: give() takes it from there without a copy. Empty
  // where nothing is given. What a call before this one lent is text of the past.
  std::span<char> room();

 private:
  bool begin_region();

  static constexpr std::size_t kRegion = 2 << 20;
  static constexpr std::size_t kLeast = 64 << 10;  // room that is worth lending
  int pipe_;
  bool gives_ = true;
  char* reserved_ = nullptr;       // twice a region, of which one is aligned
  char* region_ = nullptr;
  std::size_t used_ = kRegion;     // of the region
};

}  // namespace memlog
