#include "memlog/assemble/death_builder.h"

#include <cstdlib>

#include "memlog/format/format.h"

namespace memlog::assemble {

namespace {

// A report of a machine with many processes has a row for each.
constexpr std::uint64_t kLongestReport = 20'000;

// The kernel, the platform and the manager speak within seconds; with the pid they may take longer, and a pid is not
// given to another process so soon.
constexpr std::int64_t kSameDeathNs = 10 * kNanosPerSecond;
// The status may come when all that a container holds has ended.
constexpr std::int64_t kExitNs = 60 * kNanosPerSecond;
constexpr std::int64_t kSamePidNs = 120 * kNanosPerSecond;

// Where there are no times: lines between two tellings.
constexpr std::uint64_t kSameDeathLines = 50;

constexpr std::size_t kRemembered = 32;

// Lines between a container's state and its time.
constexpr std::uint64_t kTimeBehind = 12;
constexpr std::uint64_t kTimeBefore = 3;
// Why a pod was evicted stands at the top of its description, the times of its containers far below.
constexpr std::uint64_t kTimeBehindEviction = 40;

std::uint64_t time_behind(const Event& held) { return held.kind == EventKind::pressure_kill ? kTimeBehindEviction : kTimeBehind; }

// An eviction is of the pod, not of one of its containers.
bool is_described(EventKind kind) { return is_death(kind) && kind != EventKind::pressure_kill; }

// A SIGKILL has many reasons; any other word names one.
bool says_more(EventKind word, EventKind known) { return known == EventKind::kill && word != EventKind::kill; }

double pid_of(const Event& event, const EventBatch& batch) { return batch.metric_of(event, name::kPid); }

}  // namespace

DeathBuilder::DeathBuilder(ProcessTable& processes) : kernel_(find_format("kernel_oom")), processes_(processes) {}

void DeathBuilder::take(const Event& part) {
  const auto kind = static_cast<Part>(part.part);
  if (report_.open && part.line > report_.event.line + kLongestReport) emit();
  switch (kind) {
    case Part::oom_invoked:
      emit();
      open_at(part);
      return;
    case Part::oom_limit:
      if (!report_.open) open_at(part);
      report_.event.container_mb = part.container_mb;
      report_.event.limit_mb = part.limit_mb;
      return;
    case Part::oom_victim:
      if (!report_.open && knows(told_of(part))) return;
      if (!report_.open) open_at(part);
      victim_ = true;
      report_.event.process = part.process;
      if (report_.context.empty()) report_.context = std::string(batch_->context_of(part));
      add_metrics(part);
      return;
    case Part::oom_killed: {
      // The whole group goes: its first death stands for all.
      const bool group = group_line_ != 0 && part.line <= group_line_ + kSameDeathLines;
      if (group) group_line_ = part.line;
      if (group || knows(told_of(part))) return;
      if (!report_.open) open_at(part);
      victim_ = true;
      report_.event.process = part.process;
      report_.event.rss_mb = part.rss_mb;
      report_.event.vms_mb = part.vms_mb;
      report_.context = std::string(batch_->context_of(part));
      killed_line_ = part.line;
      add_metrics(part);
      emit();
      return;
    }
    case Part::state_time_behind: settle_held(part.time); return;
    case Part::state_time_before:
      if (!part.time.known()) {  // a container that runs, or never did
        if (held_.open && !is_death(held_.event.kind)) held_.clear();
        no_end_line_ = part.line;
        return;
      }
      settle_held(part.time);
      state_time_ = part.time;
      state_time_line_ = part.line;
      return;
    case Part::oom_group: group_line_ = part.line; return;
    default: return;  // rows of the table
  }
}

void DeathBuilder::take_word(const Event& part) {
  // What the words behind a state say of it, they say before the next one.
  const auto word = static_cast<PodWord>(static_cast<int>(part.delta_mb));
  const bool of_next = word == PodWord::pod || word == PodWord::metadata || word == PodWord::container || word == PodWord::containers || word == PodWord::end;
  if (of_next && held_.open && held_.event.time.known()) emit_held(held_.event.time);
  const auto then = pod_.take(part, batch_->context_of(part));
  if (!of_next && then == PodDescription::Then::is_complete && held_.open && held_.event.time.known()) emit_held(held_.event.time);
}

bool DeathBuilder::says_why(const Event& event) {
  if (!held_.open || !held_.event.time.known() || event.part == 0 || event.time.known()) return false;
  if (event.line > state_time_line_ + kTimeBefore || !says_more(event.kind, held_.event.kind)) return false;
  held_.event.kind = event.kind;
  held_.context = std::string(batch_->context_of(event));
  for (Told& told : told_) {
    if (told.line == held_.event.line) told.kind = event.kind;
  }
  return true;
}

bool DeathBuilder::is_told(Event& event) {
  if (!event.time.known() && event.part != 0 && state_time_line_ != 0 && event.line <= state_time_line_ + kTimeBefore) event.time = state_time_;
  const Told told = told_of(event);
  if (Told* const known = find(told)) {
    known->exited |= told.exit;
    if (!says_more(told.kind, known->kind)) return true;
    known->kind = told.kind;
    event.flags = static_cast<std::uint16_t>(event.flags & ~flag::kRecord);
    return false;
  }
  told_.push_back(told);
  if (told_.size() > kRemembered) told_.erase(told_.begin());
  return false;
}

bool DeathBuilder::holds(const Event& event) {
  if (event.time.known() || event.part == 0) return false;
  if (!is_death(event.kind)) {
    // The code of a death that was just told, and of a container that runs.
    const bool runs = no_end_line_ != 0 && event.line <= no_end_line_ + kTimeBehind;
    if (runs || (held_.open && event.line <= held_.event.line + time_behind(held_.event))) return true;
  }
  emit_held(held_.event.time);
  held_.open = true;
  held_.event = event;
  // A death is given its container when all of it has been told; of another end the pod has to do.
  if (!is_described(event.kind) && pod_.describes(event.line) && !pod_.pod().empty()) held_.event.process = processes_.intern({}, pod_.pod());
  held_.own_name = std::string(batch_->texts[event.own_name]);
  held_.context = std::string(batch_->context_of(event));
  held_.metrics.assign(batch_->metrics.begin() + event.metrics_begin, batch_->metrics.begin() + event.metrics_begin + event.metrics_count);
  return true;
}

void DeathBuilder::pass(const Event& event) {
  if (!held_.open) return;
  // Behind the description stands something else.
  const auto part = static_cast<Part>(event.part);
  const bool of_state = event.kind == EventKind::part ? part >= Part::pod_word && part <= Part::state_time_before : event.part != 0;
  const bool over = held_.event.time.known() && !of_state;
  if (over || event.line > held_.event.line + time_behind(held_.event)) emit_held(held_.event.time);
}

// In a pod's description more may come than the time.
void DeathBuilder::settle_held(const Timestamp& time) {
  if (!held_.open) return;
  if (!is_described(held_.event.kind) || !pod_.describes(held_.event.line)) {
    emit_held(time);
    return;
  }
  held_.event.time = time;
  for (Told& told : told_) {
    if (told.line == held_.event.line && time.known()) told.ns = time.ns;
  }
}

// Whose state it is, and since when that ran.
void DeathBuilder::describe_held() {
  if (!pod_.describes(held_.event.line)) return;
  std::string whose;
  if (!pod_.container().empty()) {
    whose = "container " + pod_.container();
    held_.event.process = processes_.intern({}, pod_.container());
  }
  if (!pod_.pod().empty()) whose += (whose.empty() ? "pod " : " of pod ") + pod_.pod();
  if (!pod_.started().empty()) whose += (whose.empty() ? "started " : ", started ") + pod_.started();
  if (!whose.empty()) held_.context += " (" + whose + ")";
  if (!is_known(held_.event.limit_mb)) held_.event.limit_mb = pod_.limit_mb();
  for (Told& told : told_) {
    if (told.line == held_.event.line) told.process = held_.event.process;
  }
  pod_.state_is_told();
}

void DeathBuilder::emit_held(const Timestamp& time) {
  if (!held_.open) return;
  if (is_described(held_.event.kind)) describe_held();
  Event& event = held_.event;
  event.time = time;
  event.part = 0;
  event.own_name = batch_->add_text(batch_->arena.add(held_.own_name));
  event.context = batch_->add_text(batch_->arena.add(held_.context));
  event.metrics_begin = static_cast<std::uint32_t>(batch_->metrics.size());
  batch_->metrics.insert(batch_->metrics.end(), held_.metrics.begin(), held_.metrics.end());
  // What tells the same death after it has that time as well.
  for (Told& told : told_) {
    if (told.line == event.line && time.known()) told.ns = time.ns;
  }
  out_->push_back(event);
  held_.clear();
}

void DeathBuilder::finish() {
  emit();
  emit_held(held_.event.time);
}

DeathBuilder::Told DeathBuilder::told_of(const Event& event) const {
  Told told;
  if (event.time.known()) told.ns = event.time.ns;
  told.line = event.line;
  told.pid = pid_of(event, *batch_);
  told.process = event.process;
  told.host = event.host;
  told.format = event.format;
  told.says_why = batch_->context_of(event).starts_with("FATAL");
  const std::string_view words = batch_->context_of(event);
  told.over_limit = words.find("ut of memory (used over ") != std::string_view::npos;
  told.mailed = words.find("Ran out of memory") != std::string_view::npos;
  told.exit = event.kind == EventKind::kill && (words.find("exited with status 137") != std::string_view::npos || words.find("exitCode=137") != std::string_view::npos);
  if (const auto pod = words.find(" of pod "); pod != std::string_view::npos && words.ends_with(')')) told.pod = words.substr(pod + 8, words.find_first_of(",)", pod) - pod - 8);
  told.kind = event.kind == EventKind::part ? EventKind::oom_kill : event.kind;
  return told;
}

bool DeathBuilder::knows(const Told& told) {
  const Told* const known = find(told);
  return known != nullptr && !says_more(told.kind, known->kind);
}

// Heroku's and Docker's status 137 of what they have just said to be killed for memory. Both tell it by name.
bool DeathBuilder::is_late_exit(const Told& known, const Told& told) {
  const bool same = known.format == told.format && known.process == told.process && known.host == told.host;
  return same && told.exit && !known.exited && known.kind == EventKind::oom_kill && told.ns >= known.ns && told.ns - known.ns <= kExitNs;
}

DeathBuilder::Told* DeathBuilder::find(const Told& told) {
  for (Told& known : told_) {
    const bool timed = known.ns != Timestamp::kNone && told.ns != Timestamp::kNone;
    const std::int64_t apart = timed ? std::abs(told.ns - known.ns) : 0;
    if (!timed && told.line > known.line + kSameDeathLines) continue;
    const bool same_teller = known.format == told.format;
    if (is_known(known.pid) && is_known(told.pid)) {
      if (known.pid == told.pid && apart <= kSamePidNs) return &known;
      // The same teller names two pids: two deaths. Different ones may count pids in different namespaces.
      if (same_teller) continue;
    }
    if (apart > kSameDeathNs && !is_late_exit(known, told)) continue;
    // A supervisor that names two programs: two deaths.
    if (same_teller && known.process != 0 && told.process != 0 && known.process != told.process) continue;
    // Pods of one deployment have containers of one name, which a leak kills at nearly the same time.
    if (!known.pod.empty() && !told.pod.empty() && known.pod != told.pod) continue;
    // systemd-oomd always names a group, be it the log's first process, whose number is 0.
    const bool pressure = known.kind == EventKind::pressure_kill && told.kind == EventKind::pressure_kill;
    if (same_teller && pressure && known.process != told.process) continue;
    // The kernel and systemd-oomd choose victims on their own; systemd repeats what either of them did.
    const bool two_killers = (known.kind == EventKind::pressure_kill) != (told.kind == EventKind::pressure_kill) && (known.format == kernel_ || told.format == kernel_);
    if (two_killers) continue;
    const bool hosts_differ = known.host != kNoName && told.host != kNoName && known.host != told.host;
    if (hosts_differ) continue;
    // Descriptions of several containers without times: each has its own reason, with its exit code right behind it.
    constexpr std::uint64_t kSameDescription = 5;
    const bool aborts = known.kind == EventKind::heap_limit && told.kind == EventKind::heap_limit && known.says_why != told.says_why;
    const bool reasons = known.kind != EventKind::kill && told.kind != EventKind::kill;
    // An evicted pod's containers leave a status, and the events below say it again.
    const bool evicted = known.kind == EventKind::pressure_kill && (told.kind == EventKind::pressure_kill || told.kind == EventKind::kill);
    // Render has two ways to tell one death.
    const bool both_ways = known.over_limit && told.over_limit && known.mailed != told.mailed && told.line <= known.line + kSameDescription;
    if (!timed && same_teller && !aborts && !both_ways && !evicted && (reasons || known.kind == told.kind || told.line > known.line + kSameDescription)) continue;
    return &known;
  }
  return nullptr;
}

void DeathBuilder::open_at(const Event& part) {
  report_.clear();
  victim_ = false;
  killed_line_ = 0;
  group_line_ = 0;
  report_.open = true;
  report_.event = part;
  report_.event.part = 0;
  report_.event.kind = EventKind::oom_kill;
  report_.event.process = part.process;
  report_.event.metrics_count = 0;
  report_.event.own_name = kNoText;
  report_.event.own_hash = 0;
  report_.event.flags = static_cast<std::uint16_t>((part.flags & flag::kPlatformTime) | flag::kRecord);
  add_metrics(part);
}

void DeathBuilder::add_metrics(const Event& part) {
  for (std::uint32_t i = 0; i < part.metrics_count; ++i) {
    const Metric& metric = batch_->metrics[part.metrics_begin + i];
    report_.set_metric(metric.name, metric.value);
  }
}

void DeathBuilder::emit() {
  if (!report_.open) return;
  if (!victim_) {
    report_.clear();
    return;
  }
  Event& event = report_.event;
  event.context = batch_->add_text(batch_->arena.add(report_.context));
  event.metrics_begin = static_cast<std::uint32_t>(batch_->metrics.size());
  event.metrics_count = static_cast<std::uint16_t>(report_.metrics.size());
  batch_->metrics.insert(batch_->metrics.end(), report_.metrics.begin(), report_.metrics.end());
  if (!is_told(event)) {
    out_->push_back(event);
    if (killed_line_ > event.line) tell_line(event);
  }
  report_.clear();
}

// The record begins with the report; what it is evidence of stands further down.
void DeathBuilder::tell_line(const Event& death) {
  Event line;
  line.kind = EventKind::kill_hint;
  line.flags = static_cast<std::uint16_t>((death.flags & flag::kPlatformTime) | flag::kRepeats | flag::kOrderly);
  line.time = death.time;
  line.host = death.host;
  line.process = death.process;
  line.input = death.input;
  line.format = death.format;
  line.context = death.context;
  line.line = killed_line_;
  out_->push_back(line);
}

}  // namespace memlog::assemble
