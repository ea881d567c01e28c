#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "memlog/analysis/record.h"
#include "memlog/analysis/row_lines.h"
#include "memlog/report/line_writer.h"
#include "memlog/report/render.h"
#include "memlog/report/tenths_text.h"
#include "memlog/scan/read_events.h"

namespace memlog {

// Every record, normalised, one line each: written as it comes, so memory does not grow with the log.
class EventWriter {
 public:
  using Sink = std::function<void(std::string_view)>;

  using Room = std::function<std::span<char>()>;

  // `output` is ndjson, json (one document) or csv. `sink` takes what is written, in pieces of up to some 256 KiB. `room` is
  // asked behind each of them, and may lend memory that the next one is written into as far as it goes.
  EventWriter(Output output, Sink sink, Room room = {});

  void fold(const Slice& slice);

  // The end of the document; for json the inputs, which are only known now.
  void finish(const ReadResult& result);

 private:
  // One line: of JSON, or of CSV.
  template <bool kJson>
  void append(const Event& event, const Slice& slice);
  // The numbers of most readings, up to the task's name; false if they are others, and nothing is written.
  template <bool kJson>
  bool quick_numbers(const Timestamp& time, const FourTenths& four, double container_mb);
  template <bool kJson>
  void numbers(const Event& event);
  template <bool kJson>
  void rest(const Event& event, const Slice& slice);
  template <bool kJson>
  std::string_view plain_rest(EventKind kind, ProcessId process, std::uint16_t input, const Slice& slice);
  template <bool kJson>
  void append_row(const ReadingRow& row, const Slice& slice);
  // One of its readings, whose form is not known.
  template <bool kJson>
  void append_reading(const ReadingRow& row, std::size_t i, const Slice& slice);
  void append_plain(std::string_view task, std::string_view rest, std::uint64_t line);
  void begin_line();
  template <bool kJson>
  void end_line();
  template <bool kJson, std::size_t N>
  void key(const char (&json)[N]);
  template <bool kJson>
  void word(std::string_view text);
  template <bool kJson>
  void metrics(const Event& event, const Slice& slice);
  template <bool kJson>
  void percents(double free);
  template <bool kJson>
  void number(double value);
  std::string escaped(std::string_view text) const;
  std::string_view name(NameId name, const RunNames& names);
  std::string_view process(ProcessId id, const ProcessTable& processes);
  std::string_view path(std::uint16_t input, const std::vector<InputSummary>& inputs);
  void append_path(std::string& out, std::string_view path) const;
  void flush();

  Output output_;
  Sink sink_;
  Room room_;
  LineWriter out_;
  // As the output writes them: what repeats is escaped once. Names have padding behind them.
  std::vector<std::string> names_;
  std::string own_name_;  // of the last task whose number is many tasks'
  std::vector<std::string> processes_;
  // What stands between task and line of an ordinary reading: half of its text, and the same in most.
  struct Rest {
    EventKind kind = EventKind::sample;
    ProcessId process = 0;
    std::uint16_t input = 0;
    std::string text;                // with padding; empty: none yet
  };
  static constexpr std::size_t kRests = 64;
  std::vector<Rest> rests_{kRests};
  RowLines lines_;
  RowLines::Places places_;        // in what numbers() has written
  std::unordered_map<std::string, ProcessId> first_of_name_;
  std::vector<std::string> paths_;
  std::uint64_t written_ = 0;
  std::size_t flush_at_;
};

}  // namespace memlog
