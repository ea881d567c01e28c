#include "memlog/input/encoding.h"

#include <doctest/doctest.h>

#include <string>

using namespace memlog;

namespace {

std::string utf16(std::string_view ascii, bool big, bool mark) {
  std::string out;
  const auto unit = [&](unsigned u) {
    const char low = static_cast<char>(u & 0xff);
    const char high = static_cast<char>(u >> 8);
    out += big ? high : low;
    out += big ? low : high;
  };
  if (mark) unit(0xfeff);
  for (const char c : ascii) unit(static_cast<unsigned char>(c));
  return out;
}

std::string repaired(std::string_view line) {
  std::string out;
  repair_mojibake(line, out);
  return out;
}

}  // namespace

TEST_CASE("encoding: byte order marks tell the encoding") {
  Decoder plain;
  plain.detect("2025-11-");
  CHECK(plain.encoding() == "utf-8");
  CHECK(plain.mark_size() == 0);
  Decoder bom;
  bom.detect("\xef\xbb\xbf" "2025");
  CHECK(bom.encoding() == "utf-8-bom");
  CHECK(bom.mark_size() == 3);
  Decoder little;
  little.detect(utf16("2025", false, true));
  CHECK(little.encoding() == "utf-16le");
  Decoder big;
  big.detect(utf16("2025", true, true));
  CHECK(big.encoding() == "utf-16be");
}

TEST_CASE("encoding: UTF-16 without a mark is known by its zeros") {
  Decoder little;
  little.detect(utf16("2025-11-", false, false));
  CHECK(little.encoding() == "utf-16le");
  CHECK(little.mark_size() == 0);
}

TEST_CASE("encoding: UTF-16 converts however its bytes are cut") {
  // U+1F4CA as a surrogate pair between letters.
  const std::string bytes("A\0\x3d\xd8\xca\xdc\xe9\0Z\0", 10);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    Decoder decoder;
    decoder.detect(std::string_view("\xff\xfe" "A\0", 4));
    std::string out;
    decoder.convert(std::string_view(bytes).substr(0, cut), out);
    decoder.convert(std::string_view(bytes).substr(cut), out);
    CHECK(out == "A📊éZ");
  }
}

TEST_CASE("encoding: a lone surrogate becomes the replacement character") {
  Decoder decoder;
  decoder.detect(std::string_view("\xff\xfe" "A\0", 4));
  std::string out;
  decoder.convert(std::string_view("\x3d\xd8" "A\0", 4), out);
  CHECK(out == "\xef\xbf\xbd" "A");
}

TEST_CASE("encoding: text that was read as Windows-1252 is brought back") {
  CHECK(has_mojibake("ðŸ“Š MEMORY SNAPSHOT"));
  CHECK(has_mojibake("â”œâ”€ RAM Usage"));
  CHECK_FALSE(has_mojibake("📊 MEMORY SNAPSHOT ├─ é"));
  CHECK(repaired("ðŸ“Š MEMORY SNAPSHOT") == "📊 MEMORY SNAPSHOT");
  CHECK(repaired("â”œâ”€ RAM Usage: 1.0 MB") == "├─ RAM Usage: 1.0 MB");
}

TEST_CASE("encoding: text that is right is never changed") {
  for (const std::string_view text : {"plain", "📊 MEMORY SNAPSHOT", "Prüfung läuft", "Ã alone", ""}) {
    CAPTURE(text);
    CHECK(repaired(text) == text);
  }
}

TEST_CASE("encoding: UTF-16 at the end of a head, or only zeros, do not make a file UTF-16") {
  Decoder behind;
  behind.detect("2025-11-16 08:30:00 --- [Idle] | RSS: 1.0 MB\n" + utf16(std::string(200, 'x'), false, false));
  CHECK(behind.encoding() == "utf-8");
  Decoder zeros;
  zeros.detect(std::string(100, '\0') + "2025-11-16");
  CHECK(zeros.encoding() == "utf-8");
}

TEST_CASE("encoding: UTF-8 behind UTF-16 is told from characters that are no Latin ones") {
  Decoder decoder;
  decoder.detect("\xff\xfe");
  // U+5185 U+5B58 U+6CC4 U+6F0F, seven times: no byte of them is zero.
  std::string wide;
  for (int i = 0; i < 7; ++i) wide += "\x85\x51\x58\x5b\xc4\x6c\x0f\x6f";
  std::string out;
  decoder.convert(wide + utf16("\n", false, false), out);
  decoder.convert("2025-11-16 08:30:00 mem\n", out);
  decoder.finish(out);
  std::string want;
  for (int i = 0; i < 7; ++i) want += "\u5185\u5b58\u6cc4\u6f0f";
  CHECK(out == want + "\n2025-11-16 08:30:00 mem\n");
}
