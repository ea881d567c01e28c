#pragma once

#include <cstddef>
#include <semaphore>
#include <span>
#include <string_view>
#include <thread>

namespace memlog {

// Gives pages of memory to a pipe, where write(2) copies text into pages of the kernel's: vmsplice(2). A page that was
// given is whoever's reads the pipe, who may pass it on to another pipe, and nobody says when it has been read: its bytes
// are never written again. So pages are always new, which is less work than copying only where the system hands out
// huge ones, 2 MiB at once (transparent huge pages). The system fills them with zeros first, which takes as long as
// writing text does: another core may do that ahead.
class GivenPages {
 public:
  enum class Make { when_needed, ahead };  // in a thread, while the pages before are written

  explicit GivenPages(int pipe, Make make = Make::when_needed) : pipe_(pipe), make_(make) {}
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
  bool reserve();
  // New pages at the same addresses: those that were there live on in the pipe. False when they are no huge page, or several.
  static bool renew(char* region);
  void start_maker();

  static constexpr std::size_t kRegion = 2 << 20;
  static constexpr std::size_t kLeast = 64 << 10;  // room that is worth lending
  static constexpr std::size_t kRegions = 2;           // one that is written and one that is made
  int pipe_;
  Make make_;
  bool gives_ = true;
  char* reserved_ = nullptr;       // a region more than there are, to have aligned ones
  char* regions_ = nullptr;
  char* region_ = nullptr;         // that is written
  std::size_t used_ = kRegion;     // of it
  // The maker's: `made_` tells of a region that is new, or is not and `is_new_` says so.
  std::thread maker_;
  std::binary_semaphore wanted_{0};
  std::binary_semaphore made_{0};
  bool is_new_ = false;
  bool stopping_ = false;
};

}  // namespace memlog
