#include "memlog/report/char_width.h"

#include <doctest/doctest.h>
#include <utf8proc.h>

using namespace memlog;

TEST_CASE("characters are as wide as utf8proc says") {
  std::size_t different = 0;
  for (utf8proc_int32_t c = 0; c <= 0x10ffff; ++c) {
    if (char_width(static_cast<char32_t>(c)) != utf8proc_charwidth(c)) ++different;
  }
  CHECK(different == 0);
  CHECK(char_width(U'a') == 1);
  CHECK(char_width(U'漢') == 2);
  CHECK(char_width(0x0301) == 0);  // a combining accent
}
