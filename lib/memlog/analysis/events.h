#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/analysis/record.h"
#include "memlog/report/render.h"
#include "memlog/scan/read_events.h"

namespace memlog {

// Every record, normalised, one line each: written as it comes, so memory does not grow with the log.
class EventWriter {
 public:
  using Sink = std::function<void(std::string_view)>;

  // `output` is ndjson, json (one document) or csv. `sink` takes what is written, in pieces of some 64 KiB.
  EventWriter(Output output, Sink sink);

  void fold(const Slice& slice);

  // The end of the document; for json the inputs, which are only known now.
  void finish(const ReadResult& result);

 private:
  void append_json(const Event& event, const Slice& slice);
  void append_csv_line(const Event& event, const Slice& slice);
  std::string_view escaped_name(NameId name, const RunNames& names);
  void flush_if_full();

  Output output_;
  Sink sink_;
  std::string buffer_;
  std::vector<std::string> escaped_;  // names as JSON strings
  std::uint64_t written_ = 0;
};

}  // namespace memlog
