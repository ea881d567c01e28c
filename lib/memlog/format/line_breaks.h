#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace memlog {

// Where the next lines of a chunk end, found before any of them is read: then no line has to wait for the one before it.
// Who finds them (daily_avx512.cpp) asks for them; this remembers them where a reader stops and comes again.
struct LineBreaks {
  static constexpr std::size_t kWindow = 4096;   // bytes that are looked through at once
  static constexpr std::size_t kLeft = 64;       // breaks that may be left of the window before

  const char* text = nullptr;                    // what the offsets count from
  const char* looked_to = nullptr;
  std::size_t next = 0;
  std::size_t end = 0;                           // offsets [next, end) are of lines that are not read yet
  std::array<std::uint32_t, kLeft + kWindow + 64> at;

  const char* place(std::size_t i) const { return text + at[next + i]; }
};

}  // namespace memlog
