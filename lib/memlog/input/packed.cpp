#include "memlog/input/packed.h"

#include <algorithm>
#include <cstring>

#include "memlog/base/error.h"
#include "memlog/base/text.h"

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
    if (at_ == head_.size()) return rest_->read(to, n);
    const std::size_t k = std::min(n, head_.size() - at_);
    std::memcpy(to, head_.data() + at_, k);
    at_ += k;
    return k;
  }
  std::uint64_t bytes_read() const override { return rest_->bytes_read(); }
  std::string compression() const override { return rest_->compression(); }
  int plain_file() const override { return rest_->plain_file(); }

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

// Takes `.2` or `-20251116` off and gives the number.
std::optional<std::uint64_t> strip_number(std::string_view& name) {
  const auto at = name.find_last_of(".-");
  if (at == std::string_view::npos || at == 0 || !is_number(name.substr(at + 1))) return std::nullopt;
  if (name[at] == '-' && name.size() - at != 9) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : name.substr(at + 1)) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  name = name.substr(0, at);
  return number;
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
  const auto number = strip_number(name);
  base = name;
  // Dates grow with time, numbers count back.
  if (number && *number > 10'000'000) return 1'000'000'000 - *number;
  return number.value_or(0);
}

}  // namespace memlog::input
