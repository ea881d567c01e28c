#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Compressed files and archives for tests, as the usual programs write them.
namespace memlog::test {

// A format may take less than all at once.
inline bool write_all(archive* a, std::string_view text) {
  while (!text.empty()) {
    const la_ssize_t n = archive_write_data(a, text.data(), text.size());
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// `format`: raw (one compressed text), zip, ustar; `filter`: none, gzip, xz, zstd, bzip2, lz4, with its `options`
// (`compression-level=1`).
inline std::string pack(const std::vector<std::pair<std::string, std::string>>& files, const char* format, const char* filter, const char* options = nullptr) {
  std::size_t room = 1 << 16;
  for (const auto& [name, text] : files) room += text.size() + name.size() + 4096;
  std::string out(room, '\0');
  std::size_t used = 0;
  archive* a = archive_write_new();
  bool good = (std::string_view(filter) == "none" || archive_write_add_filter_by_name(a, filter) == ARCHIVE_OK) && archive_write_set_format_by_name(a, format) == ARCHIVE_OK;
  if (options != nullptr) good = good && archive_write_set_options(a, options) == ARCHIVE_OK;
  archive_write_set_bytes_per_block(a, 0);
  good = good && archive_write_open_memory(a, out.data(), out.size(), &used) == ARCHIVE_OK;
  for (const auto& [name, text] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_entry_set_mtime(entry, 1763281800, 0);
    good = good && archive_write_header(a, entry) == ARCHIVE_OK && write_all(a, text);
    archive_entry_free(entry);
  }
  good = archive_write_close(a) == ARCHIVE_OK && good;
  archive_write_free(a);
  out.resize(good ? used : 0);
  return out;
}

}  // namespace memlog::test
