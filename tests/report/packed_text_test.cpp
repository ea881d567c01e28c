#include "memlog/report/packed_text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "memlog/base/error.h"
#include "memlog/report/page_assets.h"

using memlog::PackedText;

TEST_CASE("packed text: what the page is made of comes back whole") {
  const std::string script = memlog::kPageScript.text();
  CHECK(script.size() == memlog::kPageScript.size);
  CHECK(script.find("Dygraph") != std::string::npos);
  CHECK(script.find("getElementById('chart')") != std::string::npos);  // ours, behind the library's
  CHECK(script.find("sourceMappingURL") == std::string::npos);
  CHECK(memlog::kPageScript.packed_size < script.size() / 2);
  const std::string style = memlog::kPageStyle.text();
  CHECK(style.find(".dygraph-legend") != std::string::npos);
  CHECK(style.find("#frame") != std::string::npos);
}

TEST_CASE("packed text: damage is an error and no text") {
  const PackedText& whole = memlog::kPageStyle;
  std::vector<unsigned char> bytes(whole.bytes, whole.bytes + whole.packed_size);
  CHECK_THROWS_AS(static_cast<void>(PackedText{bytes.data(), bytes.size() - 1, whole.size}.text()), memlog::Error);
  CHECK_THROWS_AS(static_cast<void>(PackedText{bytes.data(), bytes.size(), whole.size + 1}.text()), memlog::Error);
  std::fill(bytes.begin(), bytes.begin() + 4, static_cast<unsigned char>(0));
  CHECK_THROWS_AS(static_cast<void>(PackedText{bytes.data(), bytes.size(), whole.size}.text()), memlog::Error);
}
