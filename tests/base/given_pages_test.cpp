#include "memlog/base/given_pages.h"

#include <fcntl.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <span>
#include <string>
#include <string_view>
#include <thread>

using memlog::GivenPages;

namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
};

// Text of which no two pages are the same.
std::string numbered(std::size_t size) {
  std::string text;
  for (std::size_t line = 0; text.size() < size; ++line) text += "line " + std::to_string(line) + "\n";
  text.resize(size);
  return text;
}

std::string read_all(int from) {
  std::string all;
  std::string block(100'000, '\0');
  for (ssize_t n = 0; (n = ::read(from, block.data(), block.size())) > 0;) all.append(block, 0, static_cast<std::size_t>(n));
  return all;
}

// Gives `text` in pieces that end anywhere, what is left of one by write(2). Every other piece is written into room that
// is lent for it, if it has place there.
void write_in_pieces(int to, std::string_view text, GivenPages::Make make) {
  GivenPages pages(to, make);
  std::size_t size = 1;
  for (std::size_t i = 0; !text.empty(); ++i) {
    size = (size * 31 + 7) % 150'000 + 1;
    std::string piece(text.substr(0, size));
    text.remove_prefix(piece.size());
    std::string_view left = piece;
    if (const std::span<char> room = i % 2 == 0 ? std::span<char>() : pages.room(); piece.size() <= room.size()) {
      std::copy(piece.begin(), piece.end(), room.begin());
      left = {room.data(), piece.size()};
    }
    pages.give(left);
    while (!left.empty()) {
      const ssize_t n = ::write(to, left.data(), left.size());
      REQUIRE(n > 0);
      left.remove_prefix(static_cast<std::size_t>(n));
    }
    // What was given is not the piece itself.
    std::fill(piece.begin(), piece.end(), '?');
  }
}

}  // namespace

TEST_CASE("given pages: a pipe's reader gets the text, in order") {
  for (const auto make : {GivenPages::Make::when_needed, GivenPages::Make::ahead}) {
    // Of less than a huge page, of one, and of many.
    for (const std::size_t size : {100'000, 2 << 20, 3 << 20, 19 << 20}) {
      const std::string text = numbered(size);
      Pipe pipe;
      std::thread writer([&] {
        write_in_pieces(pipe.ends[1], text, make);
        pipe.close_end(1);
      });
      const std::string got = read_all(pipe.ends[0]);
      writer.join();
      CHECK((got == text));
    }
  }
}

#ifdef __linux__
TEST_CASE("given pages: who passes pages on to another pipe, and reads them late, has them unchanged") {
  auto make = GivenPages::Make::when_needed;
  SUBCASE("made when they are needed") {}
  SUBCASE("made ahead") { make = GivenPages::Make::ahead; }
  constexpr int kWide = 1 << 20;
  const std::string text = numbered(12 << 20);
  Pipe first;
  Pipe second;
  static_cast<void>(::fcntl(second.ends[1], F_SETPIPE_SZ, kWide));
  std::thread writer([&] {
    write_in_pieces(first.ends[1], text, make);
    first.close_end(1);
  });
  std::string got;
  std::thread reader([&] {
    std::string block(1000, '\0');
    for (ssize_t n = 0; (n = ::read(second.ends[0], block.data(), block.size())) > 0;) got.append(block, 0, static_cast<std::size_t>(n));
  });
  while (::splice(first.ends[0], nullptr, second.ends[1], nullptr, kWide, SPLICE_F_MOVE) > 0) {
  }
  second.close_end(1);
  writer.join();
  reader.join();
  CHECK((got == text));
}
#endif

TEST_CASE("given pages: what is no pipe, or has no reader, gets nothing") {
  const std::string text = numbered(200'000);
  {
    const int null = ::open("/dev/null", O_WRONLY);
    REQUIRE(null >= 0);
    GivenPages pages(null);
    std::string_view left = text;
    pages.give(left);
    CHECK(left == text);
    ::close(null);
  }
  {
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    pipe.close_end(0);
    GivenPages pages(pipe.ends[1]);
    std::string_view left = text;
    pages.give(left);
    pages.give(left);
    CHECK(left == text);
    std::signal(SIGPIPE, before);
  }
}
