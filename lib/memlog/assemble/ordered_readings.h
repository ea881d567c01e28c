#pragma once

#include <string>
#include <vector>

#include "memlog/event/batch.h"

namespace memlog::assemble {

// Readings that a sampler wrote in any order, each with its full time: they come out by it, as far as a bounded number of
// them reaches. Two in the wrong order would be a jump that nobody measured.
class OrderedReadings {
 public:
  // Where to put what is ready, and whose texts it shall have.
  void set_output(EventBatch* batch, std::vector<Event>* out);

  void take(const Event& reading);
  // All that is held: something else follows.
  void flush();
  bool idle() const { return held_.empty(); }

 private:
  static constexpr std::size_t kMostHeld = 1024;

  struct Held {
    Event event;
    // They outlive the batch that it came in.
    std::string raw;
    std::string own_name;
  };

  void emit(std::size_t n);

  EventBatch* batch_ = nullptr;
  std::vector<Event>* out_ = nullptr;
  std::vector<Held> held_;  // by time
};

}  // namespace memlog::assemble
