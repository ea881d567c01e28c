#include "memlog/scan/file_years.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "memlog/base/error.h"
#include "memlog/scan/file_order.h"
#include "memlog/scan/line_times.h"

namespace memlog {

namespace {

constexpr std::size_t kLook = 64 << 10;

// What the first lines of a file say of its days: whether most of them lack the year, and one in the midst of those that are
// like most. One line may be of somebody else, or older than all the others.
struct Days {
  bool known = false;
  bool yearless = false;
  std::int64_t ns = 0;
  std::optional<std::int64_t> first_yearless = {};  // where the first date has no year and others have: both
  std::optional<std::int64_t> first_dated = {};
};

Days days_of(const InputPath& path, const InputStream::Options& options) {
  if (path.once) return {};
  std::vector<std::int64_t> dated;
  std::vector<std::int64_t> yearless;
  bool yearless_first = false;
  try {
    ChunkReader reader(open_source(path, options.expansion), kLook);
    Chunk chunk;
    if (!reader.next(chunk)) return {};
    first_time_in(chunk.text(), [&](const Timestamp& time) {
      if (time.yearless) yearless.push_back(time.ns);
      else if (time.dated) dated.push_back(time.ns);
      yearless_first |= dated.empty() && !yearless.empty();
      return false;
    });
  } catch (const Error&) {
    // It will be told when the input is read for its records.
  }
  if (dated.empty() && yearless.empty()) return {};
  Days days{true, false, dated.empty() ? yearless.front() : dated.front()};
  if (yearless.size() > dated.size()) days = {true, true, yearless[yearless.size() / 2]};
  if (yearless_first && !dated.empty()) {
    days.first_yearless = yearless.front();
    days.first_dated = dated.front();
  }
  return days;
}

// The day of a date without a year in the year that puts it nearest to what `distance` measures from.
template <typename Distance>
std::int64_t nearest_year(std::int64_t ns, std::int64_t from_year, std::int64_t to_year, const Distance& distance) {
  const CivilDate written = civil_from_days(ns / kNanosPerDay);
  std::optional<std::int64_t> best;
  for (std::int64_t year = from_year; year <= to_year; ++year) {
    const std::int64_t day = days_from_civil(year, written.month, written.day);
    if (!best || distance(day) < distance(*best)) best = day;
  }
  return *best;
}

// The first date lies before the last writing: with this a date gets the year that puts it nearest to another.
constexpr std::int64_t kHalfYear = 182;

}  // namespace

std::vector<InputPath> settle_years(std::vector<InputPath> inputs, const InputStream::Options& options) {
  std::vector<Days> days(inputs.size());
  bool any = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    days[i] = days_of(inputs[i], options);
    any |= days[i].known && days[i].yearless && !inputs[i].date;
    if (!days[i].first_yearless || inputs[i].date) continue;
    const std::int64_t near = *days[i].first_dated / kNanosPerDay;
    const std::int64_t year = civil_from_days(near).year;
    inputs[i].modified = nearest_year(*days[i].first_yearless, year - 1, year + 1, [&](std::int64_t day) { return std::abs(day - near); }) + kHalfYear;
  }
  if (!any || inputs.size() < 2) return inputs;
  std::optional<std::int64_t> first;
  std::optional<std::int64_t> last;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!days[i].known || days[i].yearless) continue;
    const std::int64_t begin = days[i].ns;
    const std::int64_t end = std::max(begin, end_time(inputs[i], options).value_or(begin));
    first = std::min(first.value_or(begin), begin);
    last = std::max(last.value_or(end), end);
  }
  if (!first) return inputs;
  const std::int64_t from = *first / kNanosPerDay;
  const std::int64_t to = *last / kNanosPerDay;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!days[i].known || !days[i].yearless || inputs[i].date || days[i].first_yearless) continue;
    const auto distance = [&](std::int64_t day) { return day < from ? from - day : std::max<std::int64_t>(0, day - to); };
    inputs[i].modified = nearest_year(days[i].ns, civil_from_days(from).year - 1, civil_from_days(to).year + 1, distance) + kHalfYear;
  }
  return inputs;
}

}  // namespace memlog
