#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "memlog/event/batch.h"
#include "memlog/format/format.h"
#include "memlog/scan/parse_chunk.h"

namespace memlog::assemble {

// Puts the messages together again that a platform had cut (Docker at 16 KiB, Kubernetes with P), and has the whole
// parsed as one line. The cut may be inside of a character, so nothing of a part means anything before.
class FragmentJoiner {
 public:
  explicit FragmentJoiner(ParseOptions options) : options_(options) { options_.survey = false; }  // it knows the pieces

  // Replaces the fragments among the batch's events by what the whole messages say. What is open at the end of the
  // batch goes on in the next one.
  void join(EventBatch& batch);

  // What is open goes on in another file; its parts so far stand in `input`.
  void next_input(std::uint16_t input);

  // The log ends: what is open is parsed as far as it goes.
  void finish(EventBatch& batch);

  // Of the lines from `first` up to `last`, not counted: how many are further pieces of a message.
  std::uint64_t pieces_between(std::uint64_t first, std::uint64_t last) const;

 private:
  struct Open {
    std::string host;
    std::string text;
    Timestamp time;
    std::uint64_t line = 0;
    std::int64_t parts = 0;    // in this file
    std::uint64_t pieces = 0;  // in all
    std::vector<std::pair<std::uint16_t, std::int64_t>> earlier_parts = {};  // in files before this one
    std::size_t last_size = 0;
    char stream = 0;
    bool platform_time = false;
    bool too_long = false;
  };

  Open* find(std::string_view host, char stream);
  void take(const Event& event, EventBatch& batch);
  void append(Open& open, std::string_view text);
  void start(const Event& event, EventBatch& batch);
  void complete(Open& open, EventBatch& batch);
  void close(Open* open, EventBatch& batch);
  static void count_as(Parsed kind, const Open& open, EventBatch& batch);
  void forget_parse(const Event& event, EventBatch& batch);

  ParseOptions options_;
  std::vector<Open> open_;
  std::vector<Event> in_;
  struct Joined {
    std::uint64_t line = 0;
    std::uint64_t pieces = 0;  // behind the first
  };
  std::vector<Joined> joined_;       // since the batch began, and the last few before
  std::uint64_t replaced_line_ = 0;  // events of this line are not what it says: it was a message's end
};

}  // namespace memlog::assemble
