#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <cerrno>

#include "memlog/base/error.h"
#include "memlog/input/packed.h"

// The only file that includes libarchive: what it decompresses, and the members of tar and zip archives.
namespace memlog::input {

namespace {

// libarchive reading from a Source.
class Reader {
 public:
  Reader(std::unique_ptr<Source> raw, bool members) : raw_(std::move(raw)), archive_(archive_read_new()) {
    archive_read_support_filter_all(archive_.get());
    if (members) {
      archive_read_support_format_tar(archive_.get());
      archive_read_support_format_zip_streamable(archive_.get());
    } else {
      archive_read_support_format_raw(archive_.get());
    }
    archive_read_set_callback_data(archive_.get(), this);
    archive_read_set_read_callback(archive_.get(), &Reader::feed);
    if (archive_read_open1(archive_.get()) != ARCHIVE_OK) fail("compressed");
  }

  // The next entry, or null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) return nullptr;
    if (status < ARCHIVE_WARN) fail("archive");
    return entry;
  }

  std::size_t read(char* to, std::size_t n, const std::string& kind) {
    const la_ssize_t got = archive_read_data(archive_.get(), to, n);
    if (got < 0) fail(kind);
    return static_cast<std::size_t>(got);
  }

  std::uint64_t bytes_read() const { return raw_->bytes_read(); }

 private:
  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };

  [[noreturn]] void fail(const std::string& kind) {
    const char* what = archive_error_string(archive_.get());
    throw Error("damaged " + kind + " data at byte " + std::to_string(raw_->bytes_read()) + ": " + (what != nullptr ? what : "cannot be read"),
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
  std::unique_ptr<archive, Free> archive_;
};

// Any compression that libarchive knows, as one stream of bytes.
class CompressedSource : public Source {
 public:
  CompressedSource(std::unique_ptr<Source> raw, std::string compression) : reader_(std::move(raw), false), compression_(std::move(compression)) {
    reader_.next();
  }
  std::size_t read(char* to, std::size_t n) override { return reader_.read(to, n, compression_); }
  std::uint64_t bytes_read() const override { return reader_.bytes_read(); }
  std::string compression() const override { return compression_; }

 private:
  Reader reader_;
  std::string compression_;
};

std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  return name != nullptr ? name : "";
}

class MemberSource : public Source {
 public:
  MemberSource(std::unique_ptr<Source> raw, std::string member) : reader_(std::move(raw), true), member_(std::move(member)) {
    if (!advance() && !member_.empty()) throw Error("the archive has no member '" + member_ + "'");
  }

  std::size_t read(char* to, std::size_t n) override {
    while (!ended_) {
      if (const std::size_t got = reader_.read(to, n, "archive"); got > 0) return got;
      if (!member_.empty() || !advance()) ended_ = true;
    }
    return 0;
  }
  std::uint64_t bytes_read() const override { return reader_.bytes_read(); }

 private:
  bool advance() {
    while (archive_entry* entry = reader_.next()) {
      if (archive_entry_filetype(entry) != AE_IFREG) continue;
      const std::string name = name_of(entry);
      if (member_.empty() ? looks_like_a_log(name) : name == member_) return true;
    }
    ended_ = true;
    return false;
  }

  Reader reader_;
  std::string member_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Source> decompressed_by_libarchive(std::unique_ptr<Source> raw, std::string compression) {
  return std::make_unique<CompressedSource>(std::move(raw), std::move(compression));
}

std::unique_ptr<Source> open_member(std::unique_ptr<Source> raw, const std::string& member) {
  return std::make_unique<MemberSource>(std::move(raw), member);
}

std::vector<ArchiveMember> list_members(std::unique_ptr<Source> raw, std::string& error) {
  std::vector<ArchiveMember> members;
  try {
    Reader reader(std::move(raw), true);
    while (archive_entry* entry = reader.next()) {
      if (archive_entry_filetype(entry) == AE_IFREG) members.push_back({name_of(entry), archive_entry_mtime(entry)});
    }
  } catch (const Error& failure) {
    error = failure.what();
  }
  return members;
}

}  // namespace memlog::input
