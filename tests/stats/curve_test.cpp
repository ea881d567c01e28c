#include "memlog/stats/curve.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace memlog::stats;

TEST_CASE("curve: few readings are all kept, by time") {
  Curve curve(16);
  curve.add(100, 5, 1, 11);
  curve.add(101, 7, 2, 12);
  curve.add(102, 6, 3, 13);
  const auto points = curve.points();
  REQUIRE(points.size() == 3);
  CHECK(points[1].mb == 7);
  CHECK(points[1].label == 2);
  CHECK(points[1].source == 12);
}

TEST_CASE("curve: the highest and the lowest of a long log survive, and memory stays bounded") {
  Curve curve(64);
  for (int i = 0; i < 100'000; ++i) curve.add(i * 60.0, i == 70'123 ? 999.0 : i == 30'001 ? 1.0 : 100.0 + i % 7, 0, static_cast<std::uint64_t>(i));
  const auto points = curve.points();
  CHECK(points.size() <= 128);
  CHECK(points.size() >= 60);
  const auto high = std::max_element(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.mb < b.mb; });
  CHECK(high->mb == 999.0);
  CHECK(high->source == 70'123);
  CHECK(std::min_element(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.mb < b.mb; })->mb == 1.0);
  CHECK(std::is_sorted(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.t < b.t; }));
}

TEST_CASE("curve: a clock that goes back behind the start adds to it") {
  Curve curve(8);
  curve.add(100, 5, 0, 1);
  curve.add(50, 9, 0, 2);
  CHECK(curve.points().size() == 2);
}
