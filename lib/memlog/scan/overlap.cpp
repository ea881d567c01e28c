#include "memlog/scan/overlap.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    bool found = false;
    each_in(piece, [&](std::uint64_t) { found = true; });
    return found;
  }

  // Calls `on_place(at)` for each place, from the beginning of all text, where it ends within `piece`.
  template <typename OnPlace>
  void each_in(std::string_view piece, OnPlace on_place) {
    // Found before, but for what ends in the new piece.
    const std::size_t known = text_.size();
    text_.append(piece);
    const std::size_t from = known + 1 > head_.size() ? known + 1 - head_.size() : 0;
    for (auto at = text_.find(head_, from); at != std::string::npos; at = text_.find(head_, at + 1)) {
      if (at == 0 || text_[at - 1] == '\n') on_place(passed_ + at);
    }
    // A byte before it as well: whether it begins a line must still be seen.
    if (text_.size() <= head_.size() + 1) return;
    const std::size_t past = text_.size() - head_.size() - 1;
    text_.erase(0, past);
    passed_ += past;
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
  std::string text_;          // of what was read, as much as `head_` may lie in
  std::uint64_t passed_ = 0;  // bytes before it
};

// An input's text, piece by piece, to be compared with another one's.
class TextReader {
 public:
  TextReader(const InputPath& path, const InputStream::Options& options) : reader_(open_source(path, options.expansion), kLook) {}

  // What comes next; empty at the end.
  std::string_view rest() {
    while (rest_.empty() && reader_.next(chunk_)) rest_ = chunk_.text();
    return rest_;
  }
  void pass(std::size_t n) { rest_.remove_prefix(n); }

 private:
  ChunkReader reader_;
  Chunk chunk_;
  std::string_view rest_;
};

// The lines of `older` from the byte `at` on, if `newer` begins with all of them; else 0.
std::uint64_t same_lines(const InputPath& older, std::uint64_t at, const InputPath& newer, const InputStream::Options& options) {
  TextReader a(older, options);
  for (std::string_view text = a.rest(); at > 0 && !text.empty(); text = a.rest()) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(at, text.size()));
    a.pass(n);
    at -= n;
  }
  TextReader b(newer, options);
  std::uint64_t lines = 0;
  bool begun = false;
  for (;;) {
    const std::string_view left = a.rest();
    if (left.empty()) return lines + (begun ? 1 : 0);
    const std::string_view right = b.rest();
    const std::size_t n = std::min(left.size(), right.size());
    if (n == 0 || left.substr(0, n) != right.substr(0, n)) return 0;
    lines += static_cast<std::uint64_t>(std::count(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(n), '\n'));
    begun = left[n - 1] != '\n';
    a.pass(n);
    b.pass(n);
  }
}

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

std::uint64_t repeated_lines_of(const InputPath& older, const InputPath& newer, const InputStream::Options& options) {
  constexpr std::size_t kMostPlaces = 8;
  try {
    std::string head = head_of(newer, options);
    if (!has_time(head)) return 0;
    HeadSearch looked(std::move(head));
    std::vector<std::uint64_t> places;
    for (TextReader text(older, options); !text.rest().empty(); text.pass(text.rest().size())) {
      looked.each_in(text.rest(), [&](std::uint64_t at) {
        if (places.size() < kMostPlaces) places.push_back(at);
      });
    }
    for (const std::uint64_t at : places) {
      if (const std::uint64_t lines = same_lines(older, at, newer, options); lines > 0) return lines;
    }
    return looked.lines_at_end();
  } catch (const Error&) {
    return 0;  // it will be told when the input is read for its records
  }
}

}  // namespace memlog
