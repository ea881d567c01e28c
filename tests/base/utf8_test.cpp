#include "memlog/base/utf8.h"

#include <doctest/doctest.h>
#include <utf8proc.h>

#include <string>

using namespace memlog;

namespace {

// What utf8proc, an implementation of its own, says of the same bytes.
void check_like_utf8proc(std::string_view text, std::size_t& different) {
  utf8proc_int32_t expected_code_point = -1;
  const auto expected = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                                         &expected_code_point);
  char32_t code_point = 0;
  const std::size_t length = next_character(text, code_point);
  const bool same = expected > 0 ? length == static_cast<std::size_t>(expected) && code_point == static_cast<char32_t>(expected_code_point) : length == 0;
  if (!same) ++different;
}

}  // namespace

TEST_CASE("every start of up to three bytes is read as utf8proc reads it") {
  std::size_t different = 0;
  std::string text;
  for (int first = 0; first < 256; ++first) {
    check_like_utf8proc(text = {static_cast<char>(first)}, different);
    for (int second = 0; second < 256; ++second) {
      check_like_utf8proc(text = {static_cast<char>(first), static_cast<char>(second)}, different);
      if (first < 0xc0) continue;
      for (const int third : {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff}) {
        check_like_utf8proc(text = {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third)}, different);
        for (const int fourth : {0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xff}) {
          text = {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third), static_cast<char>(fourth)};
          check_like_utf8proc(text, different);
        }
      }
    }
  }
  CHECK(different == 0);
}

TEST_CASE("every character that Unicode has is read back") {
  std::size_t different = 0;
  for (utf8proc_int32_t c = 0; c <= 0x10ffff; ++c) {
    utf8proc_uint8_t bytes[4];
    const auto length = utf8proc_encode_char(c, bytes);
    check_like_utf8proc({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length)}, different);
  }
  CHECK(different == 0);
}
