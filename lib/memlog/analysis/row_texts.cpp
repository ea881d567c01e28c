#include "memlog/analysis/row_texts.h"

#include <algorithm>

#include "memlog/base/swar.h"

namespace memlog {

namespace {

// Two numbers below 100, in two halves, as their four digits, the first one lowest.
[[gnu::always_inline]] inline std::uint32_t pair_digits(std::uint32_t numbers) {
  const std::uint32_t tens = (numbers * 103 >> 10) & 0x000F000F;
  return tens | (numbers - 10 * tens) << 8;
}

[[gnu::always_inline]] inline std::uint64_t joined(std::uint32_t low, std::uint32_t high) { return low | std::uint64_t{high} << 32; }

// Loops without a branch and of a length that is known, for the compiler to make vectors of.

[[gnu::always_inline]] inline void put_times(const std::uint32_t* seconds, std::uint64_t* texts, RowTexts::Shape* shapes) {
#pragma GCC unroll 1
  for (std::size_t i = 0; i < RowTexts::kMost; ++i) {
    const std::uint32_t hour = seconds[i] / 3600;
    const std::uint32_t rest = seconds[i] - 3600 * hour;
    const std::uint32_t minute = rest / 60;
    const std::uint32_t front = pair_digits(hour | minute << 16);
    const std::uint32_t back = pair_digits(rest - 60 * minute);
    texts[i] = joined(((front & 0xFFFF) | (front >> 16 & 0xFF) << 24) + 0x303A3030, (front >> 24 | back << 16) + 0x30303A30);
    shapes[i] = seconds[i] < 86'400 ? 0 : RowTexts::kOther;
  }
}

// Tenths up to 99,999.9; what tells their lengths goes to `shift` of the shapes.
[[gnu::always_inline]] inline void put_numbers(const std::uint32_t* tenths, unsigned shift, std::uint64_t* texts, RowTexts::Shape* shapes) {
#pragma GCC unroll 1
  for (std::size_t i = 0; i < RowTexts::kMost; ++i) {
    const std::uint32_t whole = tenths[i] / 10;
    const std::uint32_t first = whole / 10'000;
    const std::uint32_t four = whole - 10'000 * first;
    const std::uint32_t hundreds = four / 100;
    const std::uint32_t digits = pair_digits(hundreds | (four - 100 * hundreds) << 16);
    const std::uint32_t zeros = (whole < 10'000 ? 1U : 0U) + (whole < 1000 ? 1U : 0U) + (whole < 100 ? 1U : 0U) + (whole < 10 ? 1U : 0U);
    const std::uint64_t text = joined((first | digits << 8) + 0x30303030, (digits >> 24 | (tenths[i] - 10 * whole) << 16) + 0x302E30);
    texts[i] = text >> (8 * zeros);
    shapes[i] |= zeros << shift | (tenths[i] < 1'000'000 ? 0 : RowTexts::kOther);
  }
}

// One machine's way of doing both.
struct Putters {
  void (*times)(const std::uint32_t* seconds, std::uint64_t* texts, RowTexts::Shape* shapes);
  void (*numbers)(const std::uint32_t* tenths, unsigned shift, std::uint64_t* texts, RowTexts::Shape* shapes);
};

constexpr Putters kAnywhere = {[](auto... all) { put_times(all...); }, [](auto... all) { put_numbers(all...); }};
#if MEMLOG_HAS_AVX2_CODE
constexpr Putters kAvx2 = {[](auto... all) MEMLOG_AVX2 { put_times(all...); }, [](auto... all) MEMLOG_AVX2 { put_numbers(all...); }};
constexpr Putters kAvx512 = {[](auto... all) MEMLOG_AVX512 { put_times(all...); }, [](auto... all) MEMLOG_AVX512 { put_numbers(all...); }};
#endif

const Putters& putters(Vectors vectors) {
#if MEMLOG_HAS_AVX2_CODE
  if (vectors == Vectors::avx512) return kAvx512;
  if (vectors == Vectors::avx2) return kAvx2;
#endif
  static_cast<void>(vectors);
  return kAnywhere;
}

}  // namespace

void RowTexts::read(const ReadingRow& row, Vectors vectors) {
  const std::size_t size = std::min(row.size(), kMost);
  if (!swar::kUsable) return shapes_.fill(kOther);
  const Putters& put = putters(vectors);
  // A column's front, and whatever was there before behind it.
  alignas(64) std::array<std::uint32_t, kMost> column{};
  const auto load = [&](std::span<const std::uint32_t> all) { std::copy_n(all.begin(), size, column.begin()); };
  const auto put_number = [&](Number number) { put.numbers(column.data(), 3 * number, numbers_[number].data(), shapes_.data()); };
  load(row.seconds_of_day());
  put.times(column.data(), times_.data(), shapes_.data());
  load(row.readings());
  put_number(rss);
  load(row.all_vms());
  put_number(vms);
  load(row.all_available());
  put_number(available);
  load(row.all_free());
  put_number(free);
  // What is not free; where more than all is said to be, this is far above all numbers that have a text.
  for (std::uint32_t& value : column) value = 1000 - value;
  put_number(used);
}

}  // namespace memlog
