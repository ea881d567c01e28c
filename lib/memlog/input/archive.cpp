#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "memlog/base/error.h"
#include "memlog/input/packed.h"

// The only file that includes libarchive: the members of tar and zip archives.
namespace memlog::input {

namespace {

// libarchive reading from a Source.
class Reader {
 public:
  explicit Reader(std::unique_ptr<Source> raw) : raw_(std::move(raw)), archive_(archive_read_new()) {
    archive_read_support_filter_none(archive_.get());
    archive_read_support_format_tar(archive_.get());
    archive_read_support_format_zip_streamable(archive_.get());
    archive_read_set_callback_data(archive_.get(), this);
    archive_read_set_read_callback(archive_.get(), &Reader::feed);
    if (archive_read_open1(archive_.get()) != ARCHIVE_OK) fail();
  }

  // The next entry, or null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) return nullptr;
    if (status < ARCHIVE_WARN) fail();
    rest_ = {};
    return entry;
  }

  // Block by block: archive_read_data() would drop what it has when a later block is damaged.
  std::size_t read(char* to, std::size_t n) {
    while (rest_.empty()) {
      const void* block = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(archive_.get(), &block, &size, &offset);
      if (status == ARCHIVE_EOF) return 0;
      if (status < ARCHIVE_WARN) fail();
      rest_ = {static_cast<const char*>(block), size};
    }
    const std::size_t k = std::min(n, rest_.size());
    std::memcpy(to, rest_.data(), k);
    rest_.remove_prefix(k);
    return k;
  }

  std::uint64_t bytes_read() const { return raw_->bytes_read(); }

 private:
  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };

  [[noreturn]] void fail() {
    const char* what = archive_error_string(archive_.get());
    // What has been read is more than what was looked at: the member's beginning is what the archive tells for sure.
    // Of a directory that stands behind its end it is told as if it lay before the beginning.
    const auto position = archive_read_header_position(archive_.get());
    throw Error("damaged archive" + (position < 0 ? std::string{} : " in the member at byte " + std::to_string(position)) + ": " + (what != nullptr ? what : "cannot be read"),
                "what stood before it was read");
  }

  static la_ssize_t feed(archive* a, void* self, const void** block) {
    auto* reader = static_cast<Reader*>(self);
    try {
      *block = reader->block_.data();
      return static_cast<la_ssize_t>(reader->raw_->read(reader->block_.data(), reader->block_.size()));
    } catch (const Error& error) {
      archive_set_error(a, EIO, "%s", error.what());
      return -1;
    }
  }

  std::unique_ptr<Source> raw_;
  std::array<char, 64 * 1024> block_;
  std::string_view rest_;          // of libarchive's block
  std::unique_ptr<archive, Free> archive_;
};

std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  return name != nullptr ? name : "";
}

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
    Reader reader(std::move(raw));
    while (archive_entry* entry = reader.next()) {
      if (archive_entry_filetype(entry) == AE_IFREG) members.push_back({name_of(entry), archive_entry_mtime(entry)});
    }
  } catch (const Error& failure) {
    error = failure.what();
  }
  return members;
}

}  // namespace memlog::input
