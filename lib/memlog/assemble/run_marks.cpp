#include "memlog/assemble/run_marks.h"

#if MEMLOG_HAS_AVX2_CODE
#include "memlog/assemble/run_marks_avx512.h"
#endif

namespace memlog {

// Reading by reading, without a branch: marks come as they like.
template <typename Row>
void RunMarks::find_each(const Row& row) {
  make_room(row.size());
  RunMark* end = marks_.data();
  std::uint32_t high = 0;
  for (std::uint32_t i = 0; i < row.size(); ++i) {
    const auto is_mark = static_cast<std::uint32_t>(row.kind(i) != EventKind::sample);
    *end = {i, high};
    end += is_mark;
    high = std::max(high, row.rss(i)) & (is_mark - 1);
  }
  size_ = static_cast<std::size_t>(end - marks_.data());
  high_ = high;
}

void RunMarks::find(const BareRow& row) { find_each(row); }

void RunMarks::find(const ReadingRow& row, Vectors vectors) {
#if MEMLOG_HAS_AVX2_CODE
  if (vectors == Vectors::avx512) {
    make_room(row.size());
    size_ = avx512::find_marks(row.labels(), row.first_mark(), marks_.data());
    high_ = avx512::add_highs(row.readings(), {marks_.data(), size_});
    return;
  }
#endif
  find_each(row);
}

}  // namespace memlog
