#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/analysis/row_texts.h"
#include "memlog/event/process_table.h"
#include "memlog/event/reading_columns.h"
#include "memlog/report/line_writer.h"

namespace memlog {

// Lines of readings in rows, which differ in a time, five numbers and the number of the line: all else is a form that is
// copied. Forms are learned from lines that were written another way; how a line looks is not known here.
class RowLines {
 public:
  // Where in a text its time and its numbers begin.
  struct Places {
    std::size_t time = 0;
    std::array<std::size_t, RowTexts::kNumbers> numbers{};

    // The same in what follows on the first `n` characters.
    Places behind(std::size_t n) const {
      Places out = *this;
      out.time -= n;
      for (std::size_t& number : out.numbers) number -= n;
      return out;
    }
  };

  // A line ends with `end`, of four characters at most; between two there is `separator`, of as many.
  RowLines(std::string_view separator, std::string_view end);

  // The row that is written now; `first_line` is the number of its first line. It must live as long as it is that. Readings
  // of `merged`, a number that many tasks have (kNoName: none has), get no form.
  void begin(const ReadingRow& row, std::uint64_t first_line, NameId merged);

  // Writes lines of the row's readings from `i` on until one has no form yet, or `out` has `most` bytes. Gives the
  // reading that is next.
  std::size_t write(LineWriter& out, std::size_t i, std::size_t most);

  // Whether the form of the reading's line is worth learning.
  bool wants(std::size_t i);
  // `line` is the reading's, without separator, up to the number of the line.
  void learn(std::size_t i, std::string_view line, const Places& places);

 private:
  struct Form {
    NameId task = kNoName;
    EventKind kind = EventKind::sample;
    ProcessId process = 0;
    RowTexts::Shape shape = kNoShape;
    std::uint16_t size = 0;
    std::uint16_t time = 0;                                      // places
    std::array<std::uint16_t, RowTexts::kNumbers> numbers{};
    std::string text;                // zeros where numbers stand, and behind it

    bool is_of(NameId of_task, EventKind of_kind, ProcessId of_process, RowTexts::Shape of_shape) const {
      return task == of_task && kind == of_kind && process == of_process && shape == of_shape;
    }
  };
  struct Slot {
    Form form;
    std::uint64_t asked = 0;         // who asked last: forms come and go only for what is asked for twice in a row
  };

  static constexpr RowTexts::Shape kNoShape = ~RowTexts::Shape{0};
  static constexpr std::size_t kMostForm = 1024;
  static constexpr std::size_t kPiece = 64;     // forms are copied in pieces
  static constexpr std::size_t kSlots = 1024;

  std::size_t write_known(LineWriter& out, std::size_t i, std::size_t end, std::size_t most);
  void read_texts(std::size_t i);
  std::uint64_t key(std::uint8_t label, RowTexts::Shape shape) const;
  Slot& slot(std::uint64_t key) { return slots_[(key * 0x9E3779B97F4A7C15ULL >> 32) % kSlots]; }
  const Form*& last(std::uint8_t label, RowTexts::Shape shape) { return last_[2 * label + ((shape ^ shape >> 3 ^ shape >> 6 ^ shape >> 9 ^ shape >> 12) & 1)]; }
  bool is_merged(std::uint8_t label) const { return merged_ != kNoName && row_->task_of(label) == merged_; }
  // Null where there is none.
  const Form* find(std::uint8_t label, RowTexts::Shape shape);

  struct Few {
    std::array<char, 4> text{};
    std::size_t size = 0;

    explicit Few(std::string_view of) : size(of.copy(text.data(), text.size())) {}
    char* put(char* place) const {
      std::memcpy(place, text.data(), text.size());
      return place + size;
    }
  };

  const Few separator_;
  const Few end_;
  std::vector<Slot> slots_;
  const ReadingRow* row_ = nullptr;
  std::uint64_t first_line_ = 0;
  NameId merged_ = kNoName;
  std::int64_t day_ = -1;                    // that `date_` is of
  std::array<char, 16> date_{};              // `2025-11-16T`
  bool has_date_ = false;
  Form none_;
  // The forms that were last used for each label: of lines that differ in the length of one number, each has a place.
  std::array<const Form*, 2 * ReadingColumns::kLabels> last_{};
  RowTexts texts_;
  std::size_t texts_begin_ = 0;              // of which readings they are
  std::size_t texts_end_ = 0;
};

}  // namespace memlog
