// Run by the build: prints char_width.cpp's table, a line for each run of characters of one width.
#include <utf8proc.h>

#include <cstdio>

int main() {
  int last = -1;
  for (utf8proc_int32_t c = 0; c <= 0x10ffff; ++c) {
    const int width = utf8proc_charwidth(c);
    if (width == last) continue;
    std::printf("{0x%x, %d},\n", static_cast<unsigned>(c), width);
    last = width;
  }
}
