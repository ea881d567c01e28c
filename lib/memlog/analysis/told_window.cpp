#include "memlog/analysis/told_window.h"

#include <algorithm>

#include "memlog/analysis/window.h"

namespace memlog {

namespace {

constexpr std::string_view kSources[] = {"", "option", "log", "system"};

// Thousands of tasks a day are not for memory.
constexpr std::string_view kLongField = "tasks";

void pack_limit(Packer& to, const Limit& limit) {
  to.plain(limit.mb);
  to.size(static_cast<std::size_t>(std::find(std::begin(kSources), std::end(kSources), limit.source) - std::begin(kSources)));
}

Limit unpack_limit(Unpacker& from) {
  Limit limit;
  limit.mb = from.plain<double>();
  if (const std::size_t source = from.size(); source < std::size(kSources)) limit.source = kSources[source];
  return limit;
}

// Tasks and leaks are the window's own fields; jumps and deaths come later.
void pack_advice(Packer& to, const AdviceInput& advice) {
  pack_limit(to, advice.limit);
  to.plain(advice.samples);
  to.plain(advice.p99_mb);
  to.plain(advice.max_mb);
  to.size(advice.processes);
  to.plain(advice.process_peak_mb);
  to.plain(advice.celery);
  to.plain(advice.run_end_p95_mb);
  to.plain(advice.run_ends);
  to.size(advice.counters.size());
  for (const CounterLimits::Counter& counter : advice.counters) {
    to.text(counter.name);
    to.plain(counter.deque);
    to.plain(counter.last);
    to.plain(counter.max);
    to.plain(counter.limit);
    to.plain(counter.state);
    to.plain(counter.max_at);
    to.plain(counter.input);
    to.plain(counter.line);
  }
  to.plain(advice.collections);
  to.plain(advice.freed_mb);
}

AdviceInput unpack_advice(Unpacker& from) {
  AdviceInput advice;
  advice.limit = unpack_limit(from);
  advice.samples = from.plain<std::uint64_t>();
  advice.p99_mb = from.plain<double>();
  advice.max_mb = from.plain<double>();
  advice.processes = from.size();
  advice.process_peak_mb = from.plain<double>();
  advice.celery = from.plain<bool>();
  advice.run_end_p95_mb = from.plain<double>();
  advice.run_ends = from.plain<std::uint64_t>();
  advice.counters.resize(from.size());
  for (CounterLimits::Counter& counter : advice.counters) {
    counter.name = from.text();
    counter.deque = from.plain<bool>();
    counter.last = from.plain<double>();
    counter.max = from.plain<double>();
    counter.limit = from.plain<double>();
    counter.state = from.plain<CounterLimits::State>();
    counter.max_at = from.plain<Timestamp>();
    counter.input = from.plain<std::uint16_t>();
    counter.line = from.plain<std::uint64_t>();
  }
  advice.collections = from.plain<std::uint64_t>();
  advice.freed_mb = from.plain<double>();
  return advice;
}

}  // namespace

bool ToldWindow::holds(const Timestamp& time) const {
  const std::int64_t ns = window::local_ns(time);
  return !windowed || (time.known() && ns >= from_ns && ns < to_ns);
}

void ToldWindow::set_limit(const Limit& limit, const Zones& zones) {
  advice.limit = limit;
  times = times.divided_again(zones);
  zoned = advice.samples > 0;
  for (auto& [key, value] : fields) {
    if (key == "limit_mb") value = rounded(limit.mb, 1);
    else if (key == "limit_source") value = text_or_null(limit.source);
    else if (key == "zones_of") value = text_or_null(zones.source);
  }
}

void ToldWindow::pack(Packer& to) const {
  to.plain(from_ns);
  to.plain(to_ns);
  to.plain(windowed);
  to.size(fields.size());
  for (const auto& [key, value] : fields) {
    to.text(key);
    if (key == kLongField) to.made_list(value);
    else to.value(value);
  }
  to.blocks(usage);
  to.plain(zoned);
  to.plain(early);
  to.blocks(tasks);
  to.blocks(leaks);
  to.blocks(counters);
  to.blocks(stated);
  to.text(gc);
  pack_advice(to, advice);
}

ToldWindow ToldWindow::unpack(Unpacker& from) {
  ToldWindow told;
  told.from_ns = from.plain<std::int64_t>();
  told.to_ns = from.plain<std::int64_t>();
  told.windowed = from.plain<bool>();
  told.fields.resize(from.size());
  for (auto& [key, value] : told.fields) {
    key = from.text();
    value = key == kLongField ? from.made_list() : from.value();
  }
  told.usage = from.blocks();
  told.zoned = from.plain<bool>();
  told.early = from.plain<bool>();
  told.tasks = from.blocks();
  told.leaks = from.blocks();
  told.counters = from.blocks();
  told.stated = from.blocks();
  told.gc = from.text();
  told.advice = unpack_advice(from);
  for (const auto& [key, value] : told.fields) {
    if (key == "tasks") told.advice.tasks = value;
    else if (key == "leaks") told.advice.leaks = value;
  }
  return told;
}

void ToldWindows::put_times(Packed& packed, const ZoneTimes& times) {
  Packer packer;
  times.pack(packer);
  packed.times.size = packer.bytes.size();
  if (packer.bytes.size() <= packed.room) {
    file_.overwrite(packed.times.at, packer.bytes);
    return;
  }
  // Times that have grown will grow again: with half as much room again the file stays in proportion to what it holds.
  packer.bytes.resize(packed.room == 0 ? packer.bytes.size() : packer.bytes.size() * 3 / 2);
  packed.room = packer.bytes.size();
  packed.times.at = file_.append(packer.bytes);
}

ZoneTimes ToldWindows::times_of(const Packed& packed) const {
  const std::string bytes = file_.read(packed.times.at, packed.times.size);
  Unpacker from(bytes);
  return ZoneTimes::unpack(from);
}

void ToldWindows::add(const ToldWindow& told) {
  from_.push_back(told.from_ns);
  packed_.push_back({});
  Packer packer;
  Place& place = packed_.back().told;
  place.at = file_.size();
  packer.many = [&] {
    file_.append(packer.bytes);
    place.size += packer.bytes.size();
    packer.bytes.clear();
  };
  told.pack(packer);
  packer.many();
  add_late(packed_.size() - 1, told.times);
}

// Times that may grow: those that have waited longest are put aside for them.
ZoneTimes& ToldWindows::add_late(std::size_t i, ZoneTimes times) {
  if (late_.size() == kLate) {
    put_times(packed_[late_.front().window], late_.front().times);
    late_.pop_front();
  }
  return late_.emplace_back(Late{i, std::move(times)}).times;
}

std::size_t ToldWindows::first_from(std::int64_t ns) const { return static_cast<std::size_t>(std::lower_bound(from_.begin(), from_.end(), ns) - from_.begin()); }

void ToldWindows::hold(std::size_t i, const Held& held) {
  const auto found = std::find_if(late_.begin(), late_.end(), [&](const Late& late) { return late.window == i; });
  // A clock that jumped back goes on in some old window.
  ZoneTimes& times = found != late_.end() ? found->times : add_late(i, times_of(packed_[i]));
  times.hold(held);
}

ToldWindow ToldWindows::window(std::size_t i) const {
  const Packed& packed = packed_[i];
  Unpacker from(std::make_shared<const std::string>(file_.read(packed.told.at, packed.told.size)));
  ToldWindow told = ToldWindow::unpack(from);
  const auto late = std::find_if(late_.begin(), late_.end(), [&](const Late& one) { return one.window == i; });
  told.times = late != late_.end() ? late->times : times_of(packed);
  return told;
}

}  // namespace memlog
