#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/event/batch.h"

namespace memlog::assemble {

// A log whose lines carry two clocks, the platform's and the application's, which stand in different zones. The lines that
// carry both tell by how much; what the platform alone has dated is put on the application's clock, which is the log's.
// Two lines of a host that agree one after the other are believed, as long as no other two say something else.
class PlatformClock {
 public:
  // The first lines of a log are dated by what the lines behind them tell, up to this many from its beginning.
  static constexpr std::uint64_t kLookAhead = 200;

  // A batch that begins in these lines, before any line of it is corrected. In the order of the log.
  void look_ahead(const EventBatch& batch);

  // An event that the platform dated, with its line in the batch and its host's name.
  void correct(Event& event, std::uint64_t line, std::string_view host, EventBatch& batch);

  // A time that the platform gave to a line of this host, behind all notes that were told; by how much more its digits show
  // now, 0 where it stands.
  std::int64_t correct(Timestamp& time, std::string_view host) const;

  // The batch is over.
  void end(const EventBatch& batch);

  // A batch that is looked at by itself, the first of its log or not.
  static void correct_alone(EventBatch& batch);

 private:
  struct Difference {
    std::int64_t ahead_ns = 0;
    std::int64_t shown_ns = 0;
    std::int16_t zone_minutes = Timestamp::kNoZone;
    friend bool operator==(const Difference&, const Difference&) = default;
  };
  // What one host's lines have told so far.
  struct Host {
    std::string name;
    std::optional<Difference> last = {};  // of one line, which the next one may confirm
    std::optional<Difference> settled = {};
    bool doubtful = false;                // some line told something that no zones differ by, before any was settled
  };
  struct Hosts {
    std::vector<Host> list;
    bool differ = false;                // any is settled with a difference

    void take(const ClockNote& note);
    Host& of(std::string_view name);
    std::optional<Difference> told(std::string_view name) const;
  };

  void advance(const EventBatch& batch, std::uint64_t line);

  Hosts now_;
  Hosts first_;                         // what the first lines tell
  std::size_t next_ = 0;                // of the batch's notes
};

}  // namespace memlog::assemble
