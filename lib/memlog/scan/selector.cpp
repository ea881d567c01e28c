#include "memlog/scan/selector.h"

namespace memlog {

namespace {

std::int64_t of_day(std::int64_t ns) {
  const std::int64_t rest = ns % kNanosPerDay;
  return rest < 0 ? rest + kNanosPerDay : rest;
}

// The clock that the log shows: users give the times that they read there.
std::int64_t local(const Timestamp& time) {
  return time.zone_minutes == Timestamp::kNoZone ? time.ns : time.ns + time.zone_minutes * 60 * kNanosPerSecond;
}

// A bound that is no clock's digits: given with its zone, or counted from the last record, whose zone is known.
bool is_moment(const TimeBound& bound) { return bound.zoned || bound.kind == TimeBound::Kind::before_last; }

std::int64_t resolve(const TimeBound& bound, std::optional<std::int64_t> last) {
  if (bound.kind != TimeBound::Kind::before_last) return bound.ns;
  return last.value_or(0) - bound.ns;
}

// How a process began or ended.
bool tells_of_life(const Event& event) {
  switch (event.kind) {
    case EventKind::restart:
    case EventKind::oom_kill:
    case EventKind::kill:
    case EventKind::heap_limit:
    case EventKind::pressure_kill:
    case EventKind::worker_started:
    case EventKind::worker_exited:
    case EventKind::worker_lost:
    case EventKind::time_limit:
    case EventKind::kill_hint:
    case EventKind::service_stopped:
    case EventKind::service_started:
    case EventKind::said_start: return true;
    default: return event.is(flag::kBoot);
  }
}

}  // namespace

Selector::Selector(const Filter& filter, std::optional<std::int64_t> last)
    : filter_(filter), since_(resolve(filter.since, last)), until_(resolve(filter.until, last)) {}

TimeWindow Selector::window() const {
  TimeWindow window;
  const auto is_plain = [](const TimeBound& bound) { return bound.kind == TimeBound::Kind::before_last || (bound.kind == TimeBound::Kind::absolute && !bound.zoned); };
  if (is_plain(filter_.since)) window.from_ns = since_;
  if (is_plain(filter_.until)) window.to_ns = until_;
  return window;
}

bool Selector::in_time(const Event& event) const {
  if (!filter_.since.is_set() && !filter_.until.is_set()) return true;
  if (!event.time.known()) return false;
  const bool utc = event.time.zone_minutes != Timestamp::kNoZone;
  const std::int64_t ns = local(event.time);
  const std::int64_t for_since = is_moment(filter_.since) && utc ? event.time.ns : ns;
  const std::int64_t for_until = is_moment(filter_.until) && utc ? event.time.ns : ns;
  const bool day_since = filter_.since.kind == TimeBound::Kind::of_day;
  const bool day_until = filter_.until.kind == TimeBound::Kind::of_day;
  const bool after = !filter_.since.is_set() || (day_since ? of_day(ns) : for_since) >= since_;
  const bool before = !filter_.until.is_set() || (day_until ? of_day(ns) : for_until) <= until_;
  // `--since 23:00 --until 01:00` is the night.
  if (day_since && day_until && since_ > until_) return after || before;
  return after && before;
}

template <typename Match>
bool Selector::cached(std::vector<signed char>& cache, std::uint32_t id, Match match) {
  if (id >= cache.size()) cache.resize(id + 1, -1);
  if (cache[id] < 0) cache[id] = match() ? 1 : 0;
  return cache[id] == 1;
}

bool Selector::of_process(const Event& event, const RunNames& names) {
  return !filter_.process || cached(process_, event.process, [&] { return filter_.process->matches(names.processes.full_name(event.process)); });
}

bool Selector::selected(const Event& event, const EventBatch& batch, const RunNames& names) {
  if (event.task == kNoName) return !filter_.task && of_process(event, names);
  const auto matches = [&](const Regex& pattern, std::vector<signed char>& cache) {
    const auto match = [&] { return pattern.matches(task_name(event, batch, names)); };
    return event.own_name != kNoText ? match() : cached(cache, event.task, match);
  };
  if (filter_.task && !matches(*filter_.task, task_)) return false;
  if (filter_.not_task && matches(*filter_.not_task, not_task_)) return false;
  return of_process(event, names);
}

bool Selector::is_evidence(const Event& event, const RunNames& names) { return tells_of_life(event) && of_process(event, names); }

}  // namespace memlog
