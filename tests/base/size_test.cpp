#include "memlog/base/size.h"

#include <doctest/doctest.h>

#include "memlog/base/decimal.h"

using namespace memlog;

TEST_CASE("size: units are powers of 1024, as in the logs") {
  CHECK(parse_size_mb("512MB") == 512.0);
  CHECK(parse_size_mb("512") == 512.0);
  CHECK(parse_size_mb("512 mb") == 512.0);
  CHECK(parse_size_mb("2GB") == 2048.0);
  CHECK(parse_size_mb("1.5GiB") == 1536.0);
  CHECK(parse_size_mb("1G") == 1024.0);
  CHECK(parse_size_mb("512KiB") == 0.5);
  CHECK(parse_size_mb("1048576B") == 1.0);
  CHECK(parse_size_mb("1T") == 1024.0 * 1024.0);
  CHECK(parse_size_mb("0") == 0.0);
}

TEST_CASE("size: what is none is refused") {
  for (const std::string_view bad : {"", "MB", "-5MB", "512 apples", "512MBs", "5Q", "1.2.3", "512B5", "12 34"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_size_mb(bad));
  }
}

TEST_CASE("size: printed with one decimal, large ones in GB") {
  CHECK(format_size(598.4) == "598.4 MB");
  CHECK(format_size(2048) == "2048.0 MB");
  CHECK(format_size(20480) == "20.0 GB");
  CHECK(format_size(kMissing) == "-");
}
