#include "memlog/assemble/run_rows.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "memlog/format/format.h"

using namespace memlog;

namespace {

std::string text_of(const Run& run) {
  std::string out;
  const auto add = [&](auto value) { out += std::to_string(value) + " "; };
  const auto add_time = [&](const Timestamp& time) {
    add(time.ns);
    add(int{time.digits});
    add(int{time.zone_minutes});
    add(int{time.dated});
    add(int{time.yearless});
  };
  add(run.task);
  add(run.process);
  add(run.host);
  add(run.run_id);
  add_time(run.start);
  add_time(run.end);
  for (const double mb : {run.start_mb, run.last_mb, run.peak_mb, run.delta_mb}) add(mb);
  add(run.line);
  add(run.end_line);
  add(int{run.input});
  return out + std::string(to_string(run.outcome));
}

struct Told {
  std::vector<std::string> runs;
  RunTracker tracker{[this](const Run& run) { runs.push_back(text_of(run)); }};
};

// What workers say, nearly all of it in order; one reading in `odd` is of any kind and task.
class Workers {
 public:
  Workers(unsigned seed, unsigned odd) : random_(seed), odd_(odd) {}

  BareReading next() {
    BareReading reading;
    reading.ns = 1'000'000'000 * std::int64_t{++line_};
    reading.digits = 3;
    reading.line = line_;
    reading.format = static_cast<std::uint8_t>(find_format("celery"));
    reading.process = below(7);
    reading.rss = 1000 + below(5000);
    reading.peak = below(9) == 0 ? BareReading::kNone : 1000 + below(7000);
    NameId& task = tasks_[reading.process];
    const bool odd = odd_ != 0 && below(odd_) == 0;
    const unsigned what = below(3);
    reading.task = odd || task == kNoName ? 1 + below(4) : task;
    reading.kind = odd ? kKinds[below(3)] : task == kNoName ? EventKind::task_start : what == 0 ? EventKind::task_end : EventKind::checkpoint;
    if (reading.kind == EventKind::task_start) task = reading.task;
    if (reading.kind == EventKind::task_end) task = kNoName;
    if (reading.kind == EventKind::task_end && below(4) != 0) reading.delta = static_cast<std::int32_t>(below(400)) - 200;
    return reading;
  }

  // What only events tell: kills, retries, several runs of a process at once.
  Event event() {
    Event event;
    event.time.ns = 1'000'000'000 * std::int64_t{line_} + 5;
    event.line = line_;
    event.process = below(7);
    event.task = 1 + below(4);
    event.rss_mb = 1000.25;
    event.run_id = below(3) == 0 ? 1 + below(3) : 0;
    const EventKind kinds[] = {EventKind::kill, EventKind::task_start, EventKind::task_end, EventKind::task_failed, EventKind::task_retried, EventKind::sample};
    event.kind = kinds[below(6)];
    return event;
  }

  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

 private:
  static constexpr EventKind kKinds[] = {EventKind::task_start, EventKind::task_end, EventKind::checkpoint};
  std::mt19937 random_;
  unsigned odd_;
  std::uint32_t line_ = 0;
  NameId tasks_[7] = {};
};

}  // namespace

TEST_CASE("runs: readings of several processes at once end the runs that they end one by one, in the same order") {
  for (const unsigned odd : {0u, 40u, 3u}) {
    for (unsigned seed = 1; seed <= 60; ++seed) {
      CAPTURE(odd);
      CAPTURE(seed);
      Workers workers(seed, odd);
      Told one_by_one;
      Told at_once;
      for (int slice = 0; slice < 40; ++slice) {
        std::vector<BareReading> readings;
        for (unsigned n = workers.below(60); n-- > 0;) readings.push_back(workers.next());
        for (const BareReading& reading : readings) one_by_one.tracker.fold(reading, 100);
        std::size_t seen = 0;
        // A run that starts and ends here is offered whole, with its peak.
        std::size_t offered = 0;
        const auto whole = [&](std::size_t start, std::size_t end, std::uint32_t high) {
          std::uint32_t highest = 0;
          for (std::size_t i = start; i <= end; ++i) {
            if (readings[i].process != readings[end].process) continue;
            highest = std::max(highest, readings[i].rss);
            if (readings[i].task == readings[start].task && readings[i].peak != BareReading::kNone && i > start) highest = std::max(highest, readings[i].peak);
          }
          offered += readings[start].kind == EventKind::task_start && readings[end].kind == EventKind::task_end && readings[start].task == readings[end].task && high == highest ? 1 : 100'000;
          return false;
        };
        at_once.tracker.fold_rows(readings, 100, [&](std::size_t i) { seen += i == seen ? 1 : 0; }, whole);
        CHECK(seen == readings.size());
        CHECK(offered <= readings.size());
        for (unsigned n = odd == 0 ? 0 : workers.below(3); n-- > 0;) {
          const Event event = workers.event();
          one_by_one.tracker.fold(event);
          at_once.tracker.fold(event);
        }
        CHECK(at_once.runs == one_by_one.runs);
        for (ProcessId process = 0; process < 7; ++process) CHECK(at_once.tracker.open_runs(process).size() == one_by_one.tracker.open_runs(process).size());
      }
      one_by_one.tracker.finish();
      at_once.tracker.finish();
      CHECK(one_by_one.runs.size() > 100);
      CHECK(at_once.runs == one_by_one.runs);
    }
  }
}
