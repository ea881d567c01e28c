#include "memlog/input/packed.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/base/time.h"

namespace memlog::input {

namespace {

struct Magic {
  std::string_view bytes;
  std::string_view name;
};
constexpr Magic kMagic[] = {{"\x1f\x8b", "gzip"}, {"\x28\xb5\x2f\xfd", "zstd"},           {std::string_view("\xfd" "7zXZ\0", 6), "xz"},
                            {"BZh", "bzip2"},     {std::string_view("\x04\x22\x4d\x18", 4), "lz4"}};

class HeadSource : public Source {
 public:
  HeadSource(std::unique_ptr<Source> rest, std::string head) : rest_(std::move(rest)), head_(std::move(head)) {}

  std::size_t read(char* to, std::size_t n) override {
    if (at_ == head_.size()) {
      head_ = std::string();
      at_ = 0;
      return rest_->read(to, n);
    }
    const std::size_t k = std::min(n, head_.size() - at_);
    std::memcpy(to, head_.data() + at_, k);
    at_ += k;
    return k;
  }
  std::uint64_t bytes_read() const override { return rest_->bytes_read(); }
  std::string compression() const override { return rest_->compression(); }
  int plain_file() override { return rest_->plain_file(); }
  void park() override { rest_->park(); }

 private:
  std::unique_ptr<Source> rest_;
  std::string head_;
  std::size_t at_ = 0;
};

class LimitedSource : public Source {
 public:
  LimitedSource(std::unique_ptr<Source> packed, const ExpansionLimit& limit) : packed_(std::move(packed)), limit_(limit) {}

  std::size_t read(char* to, std::size_t n) override {
    const std::size_t got = packed_->read(to, n);
    given_ += got;
    const bool many = given_ > limit_.bytes;
    if (many || (given_ > limit_.free_bytes && given_ / std::max<std::uint64_t>(bytes_read(), 1) > limit_.ratio)) {
      throw Error("expands to more than " + (many ? std::to_string(limit_.bytes) + " bytes" : std::to_string(limit_.ratio) + " times its size") +
                      " at byte " + std::to_string(bytes_read()) + ": not read on",
                  "'--no-expansion-limit' reads it to its end");
    }
    return got;
  }
  std::uint64_t bytes_read() const override { return packed_->bytes_read(); }
  std::string compression() const override { return packed_->compression(); }
  void park() override { packed_->park(); }

 private:
  std::unique_ptr<Source> packed_;
  ExpansionLimit limit_;
  std::uint64_t given_ = 0;
};

}  // namespace

std::string_view compression_of(std::string_view head) {
  for (const Magic& magic : kMagic) {
    if (head.starts_with(magic.bytes)) return magic.name;
  }
  return {};
}

namespace {

// tar of before 1988 has no mark. A header's checksum is of its bytes, with blanks in its own place.
bool has_tar_checksum(std::string_view head) {
  constexpr std::size_t kHeader = 512;
  constexpr std::size_t kAt = 148;
  constexpr std::size_t kLength = 8;
  if (head.size() < kHeader) return false;
  unsigned sum = 0;
  for (std::size_t i = 0; i < kHeader; ++i) sum += i >= kAt && i < kAt + kLength ? ' ' : static_cast<unsigned char>(head[i]);
  unsigned told = 0;
  for (const char c : trim_left(head.substr(kAt, kLength))) {
    if (c < '0' || c > '7') break;
    told = told * 8 + static_cast<unsigned>(c - '0');
  }
  return told == sum;
}

}  // namespace

bool is_archive(std::string_view head) {
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return true;
  return (head.size() >= 262 && head.substr(257, 5) == "ustar") || has_tar_checksum(head);
}

std::unique_ptr<Source> with_head(std::unique_ptr<Source> rest, std::string head) {
  return std::make_unique<HeadSource>(std::move(rest), std::move(head));
}

std::string read_head(Source& source) {
  std::string head(kHeadSize, '\0');
  std::size_t got = 0;
  try {
    while (got < head.size()) {
      const std::size_t n = source.read(head.data() + got, head.size() - got);
      if (n == 0) break;
      got += n;
    }
  } catch (const Error&) {
    // Damage behind the first bytes is told again when they have been read.
    if (got == 0) throw;
  }
  head.resize(got);
  return head;
}

std::unique_ptr<Source> decompressed(std::unique_ptr<Source> raw, std::string_view compression) {
  if (compression == "gzip") return gunzipped(std::move(raw));
  if (compression == "xz") return unxzed(std::move(raw));
  if (compression == "zstd") return unzstded(std::move(raw));
  if (compression == "bzip2") return unbzip2ed(std::move(raw));
  return unlz4ed(std::move(raw));
}

std::unique_ptr<Source> limited(std::unique_ptr<Source> packed, const ExpansionLimit& limit) {
  if (limit.lifted) return packed;
  return std::make_unique<LimitedSource>(std::move(packed), limit);
}

namespace {

bool is_number(std::string_view s) { return !s.empty() && s.size() <= 8 && std::all_of(s.begin(), s.end(), is_digit); }

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return name.size() > ending.size() && name.ends_with(ending); });
}

// Takes a compression's ending off.
bool strip_packing(std::string_view& name) {
  for (const std::string_view ending : {".gz", ".xz", ".zst", ".bz2", ".lz4"}) {
    if (name.size() <= ending.size() || !name.ends_with(ending)) continue;
    name.remove_suffix(ending.size());
    return true;
  }
  return false;
}

// A date in front of `digits`, perhaps with a time of day behind it, as microseconds since 1970.
std::optional<std::uint64_t> stamp_of(std::string_view digits) {
  constexpr std::size_t kDate = 8;
  constexpr std::size_t kSecond = 14;
  constexpr std::size_t kMicrosecond = 20;
  const std::size_t n = digits.size();
  if (n < kDate || n > kMicrosecond || (n < kSecond && n % 2 != 0)) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) {
    std::uint64_t value = 0;
    for (std::size_t i = at; i < at + length; ++i) value = value * 10 + (i < n ? static_cast<std::uint64_t>(digits[i] - '0') : 0);
    return value;
  };
  const std::uint64_t year = number(0, 4);
  const std::uint64_t month = number(4, 2);
  const std::uint64_t day = number(6, 2);
  const std::uint64_t hour = number(8, 2);
  const std::uint64_t minute = number(10, 2);
  const std::uint64_t second = number(12, 2);
  if (year < 1970 || year > 2250 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto days = static_cast<std::uint64_t>(days_from_civil(static_cast<std::int64_t>(year), static_cast<unsigned>(month), static_cast<unsigned>(day)));
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1'000'000 + number(kSecond, kMicrosecond - kSecond);
}

// Dates grow with time, numbers count back: above all numbers, the earlier the higher.
constexpr std::uint64_t kBeforeAllDates = std::uint64_t{1} << 62;

// Takes the date of a rotation off, and gives its place: `-20251116` of logrotate, `.2025-12-03` and `.2025-12-03_13-05-06`
// of Python's handlers, `.2025-12-03_13-05-06_123456` of Loguru, `.20260324-013318` of kubelet.
std::optional<std::uint64_t> strip_date(std::string_view& name) {
  std::size_t begin = name.size();
  const auto belongs = [](char c) { return is_digit(c) || c == '-' || c == '_' || c == ':' || c == 'T'; };
  while (begin > 0 && belongs(name[begin - 1])) --begin;
  // What belongs begins with the stamp, or with the dash in front of it.
  const bool dash = begin < name.size() && name[begin] == '-';
  if (!dash && (begin == 0 || name[begin - 1] != '.')) return std::nullopt;
  const std::string_view stamp = name.substr(dash ? begin + 1 : begin);
  const std::size_t base = dash ? begin : begin - 1;
  if (base == 0 || stamp.empty() || !is_digit(stamp.front()) || !is_digit(stamp.back())) return std::nullopt;
  std::string digits;
  std::copy_if(stamp.begin(), stamp.end(), std::back_inserter(digits), is_digit);
  // The date is written in one or in three pieces.
  const bool pieces = stamp.size() > 4 && stamp[4] == '-';
  constexpr std::size_t kPieces = 10;
  if (pieces ? stamp.size() < kPieces || stamp[7] != '-' || !is_digit(stamp[9]) : !is_number(stamp.substr(0, 8))) return std::nullopt;
  const auto at = stamp_of(digits);
  if (!at) return std::nullopt;
  name = name.substr(0, base);
  return kBeforeAllDates - *at;
}

// Takes what a rotation puts behind a name off, `.2` or a date or `.old`, and gives the place: the higher, the older.
std::optional<std::uint64_t> strip_number(std::string_view& name) {
  if (const auto date = strip_date(name)) return date;
  if (constexpr std::string_view kOld = ".old"; ends_with_any(name, {kOld})) {
    name.remove_suffix(kOld.size());
    return 1;
  }
  const auto at = name.find_last_of('.');
  if (at == std::string_view::npos || at == 0 || !is_number(name.substr(at + 1))) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : name.substr(at + 1)) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  name = name.substr(0, at);
  return number;
}

// `bot.2025-12-03_13-05-06_123456.log`, Loguru's: the set is `bot.log`. A date without a time of day is part of the name.
std::optional<std::uint64_t> strip_inner_date(std::string_view name, std::string& base) {
  const auto dot = name.find_last_of('.');
  if (dot == std::string_view::npos) return std::nullopt;
  std::string_view front = name.substr(0, dot);
  const auto place = strip_date(front);
  constexpr std::size_t kDate = 11;  // with the dot
  if (!place || dot - front.size() <= kDate || name[front.size()] != '.') return std::nullopt;
  base = front;
  base += name.substr(dot);
  return place;
}

}  // namespace

bool looks_like_a_log(std::string_view path) {
  std::string_view name = path.substr(path.find_last_of('/') + 1);
  if (name.empty() || name.front() == '.') return false;
  for (int i = 0; i < 3; ++i) {
    if (ends_with_any(name, {".log", ".txt", ".out", ".err", ".dat"})) return true;
    if (!strip_packing(name) && !strip_number(name)) break;
  }
  return name == "syslog" || name == "messages" || name == "kern" || name == "dmesg";
}

std::uint64_t rotation_number(std::string_view path, std::string& base) {
  std::string_view name = path;
  strip_packing(name);
  if (const auto place = strip_inner_date(name, base)) return *place;
  const auto number = strip_number(name);
  base = name;
  return number.value_or(0);
}

}  // namespace memlog::input
