#include "memlog/scan/overlap.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

#include "memlog/base/error.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/scan/line_times.h"

namespace memlog {

namespace {

constexpr std::size_t kLook = 64 << 10;

// Enough to be found nowhere else.
constexpr std::size_t kHead = 4 << 10;

bool has_time(std::string_view text) {
  return first_time_in(text, [](const Timestamp&) { return true; }).known();
}

// The first whole lines of a file.
std::string head_of(const InputPath& path, const InputStream::Options& options) {
  ChunkReader reader(open_source(path, options.expansion), kLook);
  Chunk chunk;
  if (!reader.next(chunk)) return {};
  const std::string_view text = chunk.text();
  if (text.size() <= kHead) return std::string(text);
  const auto end = text.rfind('\n', kHead);
  return std::string(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

// Looks for `head` in text that comes piece by piece.
class HeadSearch {
 public:
  explicit HeadSearch(std::string head) : head_(std::move(head)) {}

  bool finds_in(std::string_view piece) {
    text_.append(piece);
    for (auto at = text_.find(head_); at != std::string::npos; at = text_.find(head_, at + 1)) {
      if (at == 0 || text_[at - 1] == '\n') return true;
    }
    // A byte before it as well: whether it begins a line must still be seen.
    if (text_.size() > head_.size() + 1) text_.erase(0, text_.size() - head_.size() - 1);
    return false;
  }

  // The text ends with so many of the first lines of `head`.
  std::uint64_t lines_at_end() const {
    for (std::size_t at = 0; at < text_.size(); ++at) {
      const bool begins_line = at == 0 || text_[at - 1] == '\n';
      const std::string_view rest = std::string_view(text_).substr(at);
      if (!begins_line || !head_.starts_with(rest) || !has_time(rest)) continue;
      return static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n')) + (rest.ends_with('\n') ? 0 : 1);
    }
    return 0;
  }

 private:
  std::string head_;
  std::string text_;   // of what was read, as much as `head_` may lie in
};

}  // namespace

Overlap overlap_of(const InputPath& older, const InputPath& newer, Search search, const InputStream::Options& options) {
  try {
    std::string head = head_of(newer, options);
    if (!has_time(head)) return {};
    HeadSearch looked(std::move(head));
    ChunkReader reader(open_source(older, options.expansion), kLook);
    Chunk chunk;
    if (search == Search::tail) {
      std::error_code error;
      const auto size = std::filesystem::file_size(older.path, error);
      if (!older.archive.empty() || error || !reader.by_region()) return {};
      const std::uint64_t last = size / kLook;
      for (std::uint64_t region = last > 0 ? last - 1 : 0; region <= last; ++region) {
        chunk.first_line = 1;
        reader.load(region, chunk);
        if (looked.finds_in(chunk.text())) return {true, 0};
      }
    } else {
      while (reader.next(chunk)) {
        if (looked.finds_in(chunk.text())) return {true, 0};
      }
    }
    const std::uint64_t lines = looked.lines_at_end();
    return {lines > 0, lines};
  } catch (const Error&) {
    return {};  // it will be told when the input is read for its records
  }
}

}  // namespace memlog
