#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/input/source.h"

// Packed inputs, each a Source around another one.
namespace memlog::input {

// Bytes that are looked at to tell a packed file from a plain one: tar has its mark at 257.
inline constexpr std::size_t kHeadSize = 512;

// The compression that `head` begins with (`gzip`, `xz`, `zstd`, `bzip2`, `lz4`), or nothing.
std::string_view compression_of(std::string_view head);

// `head` begins a tar or zip archive.
bool is_archive(std::string_view head);

// Puts what was read ahead back in front of the rest.
std::unique_ptr<Source> with_head(std::unique_ptr<Source> rest, std::string head);

// Reads up to kHeadSize bytes; fewer at the end or before damage.
std::string read_head(Source& source);

// Decompressed, each by its own library, because libarchive keeps back what it has before a damaged place, which may be
// all of a small log.
std::unique_ptr<Source> decompressed(std::unique_ptr<Source> raw, std::string_view compression);
std::unique_ptr<Source> gunzipped(std::unique_ptr<Source> raw);
std::unique_ptr<Source> unxzed(std::unique_ptr<Source> raw);
std::unique_ptr<Source> unzstded(std::unique_ptr<Source> raw);
std::unique_ptr<Source> unbzip2ed(std::unique_ptr<Source> raw);
std::unique_ptr<Source> unlz4ed(std::unique_ptr<Source> raw);

// Fails with Error where `packed` expands beyond `limit`.
std::unique_ptr<Source> limited(std::unique_ptr<Source> packed, const ExpansionLimit& limit);

// One member of an archive that `raw` gives.
std::unique_ptr<Source> open_member(std::unique_ptr<Source> raw, const std::string& member);

struct ArchiveMember {
  std::string name;
  std::int64_t modified = 0;  // seconds since 1970; 0 where the archive does not tell
};
// The regular files in an archive, in its order. A damaged archive gives what was readable; `error` says why it ended.
std::vector<ArchiveMember> list_members(std::unique_ptr<Source> raw, std::string& error);

// A name that logs have: an ending that says so, or one behind a rotation's number, date or compression.
bool looks_like_a_log(std::string_view path);

// `logs.txt` is part 0 of its rotation, `logs.txt.2.gz` part 2: the higher, the older. The set's name goes to `base`.
std::uint64_t rotation_number(std::string_view path, std::string& base);

}  // namespace memlog::input
