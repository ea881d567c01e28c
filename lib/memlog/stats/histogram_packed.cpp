#include <string>

#include "memlog/stats/histogram.h"

// A histogram's steps as bytes: how wide they are, the first key, then the distance of each to the one before, most of
// them in one byte with a bit that says that it was counted once.
namespace memlog {

namespace {

void put(std::uint64_t number, std::string& to) {
  for (; number >= 0x80; number >>= 7) to += static_cast<char>(number | 0x80);
  to += static_cast<char>(number);
}

std::uint64_t take(std::string_view& from) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; !from.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) break;
  }
  return number;
}

// Every tenth key, where readings have one decimal.
constexpr std::int64_t kUsual = 10;

}  // namespace

void Histogram::take_packed(std::string& to) {
  const std::vector<Step> all = steps();
  forget_steps();
  if (all.empty()) return;
  std::int64_t unit = kUsual;
  for (const Step& step : all) unit = step.key % kUsual == 0 ? unit : 1;
  put(coarsened_ * 2 + (unit == kUsual ? 1 : 0), to);
  const std::int64_t first = all.front().key / unit;
  put(first < 0 ? static_cast<std::uint64_t>(-first) * 2 + 1 : static_cast<std::uint64_t>(first) * 2, to);
  std::int64_t before = first;
  for (const Step& step : all) {
    const std::int64_t key = step.key / unit;
    put(static_cast<std::uint64_t>(key - before) * 2 + (step.count == 1 ? 0 : 1), to);
    if (step.count != 1) put(step.count, to);
    before = key;
  }
}

void Histogram::add_packed(std::string_view packed) {
  if (packed.empty()) return;
  const std::uint64_t form = take(packed);
  const std::int64_t unit = (form & 1) != 0 ? kUsual : 1;
  const std::uint64_t wider = form / 2;
  while (coarsened_ < wider) coarsen();
  const std::uint64_t first = take(packed);
  std::int64_t place = (first & 1) != 0 ? -static_cast<std::int64_t>(first / 2) : static_cast<std::int64_t>(first / 2);
  while (!packed.empty()) {
    const std::uint64_t step = take(packed);
    place += static_cast<std::int64_t>(step / 2);
    const std::uint64_t count = (step & 1) != 0 ? take(packed) : 1;
    std::int64_t key = place * unit;
    for (std::uint64_t i = wider; i < coarsened_; ++i) key = coarser(key);
    add_key(key, count);
  }
}

}  // namespace memlog
