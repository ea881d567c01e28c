#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "memlog/base/error.h"
#include "memlog/input/packed.h"

// The only file that includes libarchive: the members of tar and zip archives.
namespace memlog::input {

namespace {

std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  return name != nullptr ? name : "";
}

// libarchive reading from a Source.
class Reader {
 public:
  // `keeps_tail` keeps the archive's last bytes for finish(). Those read for detection count: a small archive has no others.
  explicit Reader(std::unique_ptr<Source> raw, bool keeps_tail = false) : raw_(std::move(raw)), keeps_tail_(keeps_tail), archive_(archive_read_new()) {
    archive_read_support_filter_none(archive_.get());
    archive_read_support_format_tar(archive_.get());
    archive_read_support_format_zip_streamable(archive_.get());
    archive_read_set_callback_data(archive_.get(), this);
    archive_read_set_read_callback(archive_.get(), &Reader::feed);
    if (archive_read_open1(archive_.get()) != ARCHIVE_OK) fail();
  }

  // The next entry, or null at the end. A header that cannot be read is damage; libarchive looks for the one behind it.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    int status = ARCHIVE_OK;
    while ((status = archive_read_next_header(archive_.get(), &entry)) == ARCHIVE_RETRY) {
      if (damage_.empty()) damage_ = told();
    }
    if (status == ARCHIVE_EOF) return nullptr;
    // A warning is about a name's characters or an attribute that is unknown: no harm to the member.
    if (status < ARCHIVE_WARN) fail();
    position_ = archive_read_header_position(archive_.get());
    name_ = name_of(entry);
    if (const char* written = archive_entry_pathname(entry); keeps_tail_) names_.emplace_back(name_, written != nullptr ? written : name_);
    ++entries_;
    rest_ = {};
    warned_.clear();
    return entry;
  }

  // Block by block: archive_read_data() would drop what it has when a later block is damaged.
  std::size_t read(char* to, std::size_t n) {
    reads_ = true;
    while (rest_.empty()) {
      if (!warned_.empty()) throw Error(warned_, kRead);
      const void* block = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(archive_.get(), &block, &size, &offset);
      if (status == ARCHIVE_EOF) return 0;
      if (status < ARCHIVE_WARN) fail();
      // A wrong checksum or size is a warning to libarchive. The block that it comes with is given before it is told.
      if (status != ARCHIVE_OK) warned_ = told();
      rest_ = {static_cast<const char*>(block), size};
    }
    const std::size_t k = std::min(n, rest_.size());
    std::memcpy(to, rest_.data(), k);
    rest_.remove_prefix(k);
    return k;
  }

  // Behind the last entry. A compression's checksum stands behind all that it holds, where nobody looks who knows the
  // archive's end; a zip's directory behind its members tells how many there were.
  void finish() {
    while (true) {
      const std::size_t got = raw_->read(block_.data(), block_.size());
      if (got == 0) break;
      remember({block_.data(), got});
    }
    if ((archive_format(archive_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP && damage_.empty()) damage_ = check_directory();
  }

  // Why entries may be missing; empty where none is.
  const std::string& damage() const { return damage_; }
  std::uint64_t bytes_read() const { return raw_->bytes_read(); }
  void park() { raw_->park(); }

 private:
  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };

  static constexpr const char* kRead = "what stood before it was read";
  // The record at a zip's end, and the longest comment behind it.
  static constexpr std::string_view kZipEnd = "PK\x05\x06";
  static constexpr std::size_t kZipEndSize = 22;
  static constexpr std::size_t kTail = kZipEndSize + 0xffff;

  [[noreturn]] void fail() { throw Error(told(), kRead); }

  // What libarchive says. What has been read is more than what was looked at: the member's beginning is what the archive
  // tells for sure.
  std::string told() const {
    const char* what = archive_error_string(archive_.get());
    return damaged(what != nullptr ? what : "cannot be read");
  }
  std::string damaged(const std::string& what) const {
    if (position_ < 0) return "damaged archive: " + what;
    const std::string at = " at byte " + std::to_string(position_) + ": " + what;
    // How far it was read: less than what was looked at. A compression around the archive tells its own place.
    const la_int64_t read = archive_filter_bytes(archive_.get(), 0);
    const std::string until = read > position_ && what.find(" at byte ") == std::string::npos ? " at byte " + std::to_string(position_) + ", read up to byte " + std::to_string(read) + ": " + what : at;
    return reads_ ? "damaged archive in the member" + until : "damaged archive in or behind the member '" + name_ + "'" + at;
  }

  std::string check_directory() const {
    const auto at = tail_.rfind(kZipEnd);
    if (at == std::string::npos || tail_.size() - at < kZipEndSize) return damaged("it ends before its directory");
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(tail_[at + i])); };
    const unsigned told = byte(10) | byte(11) << 8;
    constexpr unsigned kMore = 0xffff;  // told elsewhere
    const std::string_view directory = std::string_view(tail_).substr(0, at);
    const std::size_t size = byte(12) | byte(13) << 8 | byte(14) << 16 | static_cast<std::size_t>(byte(15)) << 24;
    if (told == kMore || size > directory.size()) return {};
    // Zip's 64-bit records stand between the directory and its end; `zip a.zip -` always writes them.
    constexpr std::string_view kLocator = "PK\x06\x07";
    constexpr std::size_t kLocatorSize = 20;
    constexpr std::size_t k64BitSize = 56 + kLocatorSize;
    const bool has_64_bits = at >= size + k64BitSize && directory.substr(at - kLocatorSize).starts_with(kLocator);
    const std::size_t begin = at - size - (has_64_bits ? k64BitSize : 0);
    const auto holds = [&](const std::string& name) { return directory.find(name, begin) != std::string_view::npos; };
    for (const auto& [name, written] : names_) {
      if (!holds(name) && !holds(written)) return "damaged archive: its directory does not name the member '" + name + "'";
    }
    if (told == entries_) return {};
    return "damaged archive: its directory names " + std::to_string(told) + " members, " + std::to_string(entries_) + " were found, the last at byte " + std::to_string(std::max<la_int64_t>(position_, 0));
  }

  void remember(std::string_view bytes) {
    if (!keeps_tail_) return;
    tail_.append(bytes);
    if (tail_.size() > 4 * kTail) tail_.erase(0, tail_.size() - kTail);
  }

  static la_ssize_t feed(archive* a, void* self, const void** block) {
    auto* reader = static_cast<Reader*>(self);
    try {
      *block = reader->block_.data();
      const std::size_t got = reader->raw_->read(reader->block_.data(), reader->block_.size());
      reader->remember({reader->block_.data(), got});
      return static_cast<la_ssize_t>(got);
    } catch (const Error& error) {
      archive_set_error(a, EIO, "%s", error.what());
      return -1;
    }
  }

  std::unique_ptr<Source> raw_;
  std::array<char, 64 * 1024> block_;
  std::string_view rest_;          // of libarchive's block
  std::string warned_;             // to be told behind it
  std::string damage_;
  std::string tail_;
  std::vector<std::pair<std::string, std::string>> names_;  // in UTF-8 and as written: the directory must hold one
  bool keeps_tail_;
  bool reads_ = false;             // the member, rather than looking for the next
  unsigned entries_ = 0;
  la_int64_t position_ = -1;       // of the member; libarchive forgets it when it fails
  std::string name_;
  std::unique_ptr<archive, Free> archive_;
};

class MemberSource : public Source {
 public:
  MemberSource(std::unique_ptr<Source> raw, std::string member) : reader_(std::move(raw)), member_(std::move(member)) {
    if (!advance()) throw Error("the archive has no member '" + member_ + "'");
  }

  std::size_t read(char* to, std::size_t n) override {
    const std::size_t got = ended_ ? 0 : reader_.read(to, n);
    ended_ |= got == 0;
    return got;
  }
  std::uint64_t bytes_read() const override { return reader_.bytes_read(); }
  void park() override { reader_.park(); }

 private:
  bool advance() {
    while (archive_entry* entry = reader_.next()) {
      if (archive_entry_filetype(entry) == AE_IFREG && name_of(entry) == member_) return true;
    }
    return false;
  }

  Reader reader_;
  std::string member_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Source> open_member(std::unique_ptr<Source> raw, const std::string& member) {
  return std::make_unique<MemberSource>(std::move(raw), member);
}

std::vector<ArchiveMember> list_members(std::unique_ptr<Source> raw, std::string& error) {
  std::vector<ArchiveMember> members;
  try {
    Reader reader(std::move(raw), true);
    while (archive_entry* entry = reader.next()) {
      if (archive_entry_filetype(entry) == AE_IFREG) members.push_back({name_of(entry), archive_entry_mtime(entry)});
      error = reader.damage();
    }
    error = reader.damage();
    reader.finish();
    error = reader.damage();
  } catch (const Error& failure) {
    if (error.empty()) error = failure.what();
  }
  return members;
}

}  // namespace memlog::input
