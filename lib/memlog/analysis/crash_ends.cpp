#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "memlog/analysis/crash.h"
#include "memlog/base/text.h"

// Ends that somebody tells and that were no kills: as planned, which is no death, or of something else than memory. Such
// words count more than what memory looks like.
namespace memlog {

using namespace crash;

void Crash::note_service(const Event& event, const Slice& slice) {
  if (event.time.known()) {
    services_.add(event, slice);
    return;
  }
  // compose writes no times: it is now, if a life is told around it.
  Event now = event;
  for (const Life& open : lives_) {
    if (!open.empty() && open.last_source.input == event.input && (!now.time.known() || now.time.ns < open.last_time.ns)) now.time = open.last_time;
  }
  services_.add(now, slice);
}

// A shell's `Terminated`, a bare status, an exception: of whose life the log tells around it.
void Crash::end_without_name(const Event& event, const Slice& slice) {
  std::size_t count = 0;
  const std::optional<ProcessId> only = only_life_of(event, count);
  if (count == 0 && event.kind == EventKind::end_hint) note_service(event, slice);
  if (event.kind == EventKind::last_words && event.is(flag::kCritical)) {
    if (count == 1) hints_.forget_last_words(*only);
    if ((event.is(flag::kHigh) || event.is(flag::kRepeats)) && !event.is(flag::kShutdown)) {
      last_failure_ = {memory_error(event, slice), event.is(flag::kRepeats), event.delta_mb};
    }
    if (event.is(flag::kHigh) && count <= 1) failed_allocation(event, only, slice);
    return;
  }
  if (count != 1) return;
  Hints::Hint hint{.process = *only, .ends = true, .orderly = event.is(flag::kOrderly), .last_words = event.kind == EventKind::last_words};
  hint.told.time = event.time;
  hint.told.verdict = Verdict::not_oom;
  hint.told.confidence = hint.last_words ? Confidence::medium : Confidence::high;
  hint.told.evidence.push_back({"stated_end", event.time, std::string(trim(slice.batch.context_of(event))), {event.input, event.line}});
  hints_.add(std::move(hint));
}

Death Crash::memory_error(const Event& event, const Slice& slice) {
  Death told = words_of(event, slice);
  told.verdict = Verdict::probable_oom;
  told.confidence = Confidence::medium;
  told.evidence.back().kind = "memory_error";
  return told;
}

// It says itself that it ended for want of memory, which one large allocation may be, however little it has. In a log of its
// own these words are about the life that they fit, or nobody's.
void Crash::failed_allocation(const Event& event, std::optional<ProcessId> whose, const Slice& slice) {
  Death told = memory_error(event, slice);
  if (whose) hints_.add({.process = *whose, .told = std::move(told), .ends = true, .last_words = !event.is(flag::kShutdown), .for_memory = true});
  else add_kill(std::move(told));
}

// What `finally:` and exit hooks write behind a failed allocation is no goodbye that anybody asked for. Where one was logged,
// which the program may survive, the goodbye has to come directly behind it.
void Crash::stops_for_memory(const Event& goodbye, const std::string& text) {
  constexpr std::int64_t kSoonNs = 120 * kNanosPerSecond;
  constexpr std::uint64_t kBehind = 12;
  constexpr std::uint64_t kDirectlyBehind = 2;
  const Death& told = last_failure_.told;
  if (told.evidence.empty()) return;
  // Somebody asked for it, whatever had failed; and so for all that it says behind that.
  for (const std::string_view asked : {"SIG", "ignal", "KeyboardInterrupt", "by user", "by the user", "estarting", "changed", "eloading"}) {
    if (text.find(asked) == std::string::npos) continue;
    last_failure_ = {};
    return;
  }
  const Evidence failed = told.evidence.back();
  const std::uint64_t within = last_failure_.logged ? kDirectlyBehind : kBehind;
  if (failed.source.input != goodbye.input || goodbye.line <= failed.source.line || goodbye.line > failed.source.line + within) return;
  // Python's own words have no time; the logger that told the error has.
  const bool timed = failed.time.known() && failed.time.dated;
  if (timed && goodbye.time.ns - failed.time.ns > kSoonNs) return;
  if (!timed && last_failure_.logged && !(std::fabs(static_cast<double>(goodbye.time.ns) - last_failure_.logged_ns) <= static_cast<double>(kSoonNs))) return;
  // It is this life's, and waits for no other.
  std::erase_if(kills_, [&](const Death& kill) {
    const Evidence& said = kill.evidence.back();
    return said.kind == "memory_error" && said.source.input == failed.source.input && said.source.line == failed.source.line;
  });
  Hints::Hint hint{.process = goodbye.process, .told = told, .ends = true, .for_memory = true, .said_goodbye = true};
  hint.told.time = goodbye.time;
  hint.told.evidence.push_back({"goodbye", goodbye.time, text, {goodbye.input, goodbye.line}});
  hints_.add(std::move(hint));
}

// Celery's main process says that a worker ended by itself, and not for memory. Told to end, it is no death.
void Crash::end_worker(const Event& event, const Slice& slice) {
  Life& ended = life(event.process);
  const std::string text(slice.batch.context_of(event));
  const bool asked = ended.shut_down || text.find("SIGTERM") != std::string::npos || text.find("signal 15") != std::string::npos;
  if (!ended.empty() && !asked && !(options_.tasks_filtered && ended.readings == 0)) {
    Death death = death_of(event.process, ended);
    if (event.time.known()) death.time = event.time;
    death.host = event.host;
    death.pid = slice.batch.metric_of(event, name::kPid);
    death.verdict = Verdict::not_oom;
    death.confidence = Confidence::high;
    death.evidence.push_back({"stated_end", event.time, text, {event.input, event.line}});
    add_death(std::move(death));
  }
  ended = Life{};
}

namespace {

// It said goodbye behind a failed allocation; but it had been told to stop before that. What a supervisor says behind the
// goodbye follows from it.
Services::Stop stop_before_goodbye(const Services& services, const Death& death, const Services::Lives& lives) {
  const auto has = [&](std::string_view kind) { return std::any_of(death.evidence.begin(), death.evidence.end(), [&](const Evidence& e) { return e.kind == kind; }); };
  if (!has("memory_error") || !has("goodbye")) return {};
  constexpr std::int64_t kBeforeNs = Services::kSlackNs + kNanosPerSecond;
  Death until = death;
  until.restarted_at = death.time;
  until.restarted_at.ns -= kBeforeNs;
  const Services::Stop stop = services.stopped(until, lives);
  return stop.asked == Services::Asked::yes && !stop.failed && stop.words->time.known() ? stop : Services::Stop{};
}

}  // namespace

// A restart, or a log that ends at the limit, of which a supervisor tells what it was: what it asked for is no death.
void Crash::tell_stated_ends(const ReadResult& result) {
  const Tags tags = tags_of(result.names.processes);
  std::map<ProcessId, std::uint16_t> inputs;
  for (const Death& death : deaths_) inputs.emplace(death.process, death.input);
  for (ProcessId process = 0; process < lives_.size(); ++process) {
    if (!lives_[process].empty()) inputs.emplace(process, lives_[process].last_source.input);
  }
  const auto is_told = [](const Death& death) { return death.verdict == Verdict::not_oom || std::any_of(death.evidence.begin(), death.evidence.end(), is_kill); };
  std::vector<const Death*> open;
  for (const Death& death : deaths_) {
    if (!is_told(death)) open.push_back(&death);
  }
  std::stable_sort(open.begin(), open.end(), [](const Death* a, const Death* b) { return a->last_seen.ns < b->last_seen.ns; });
  Services::Lives lives{result.names.processes, tags, inputs, open.empty() ? nullptr : open.back()};
  for (const ClockOffset& offset : clock_offsets_) {
    if (offset.reference.empty()) services_.set_shift(offset.input, static_cast<std::int64_t>(offset.offset_s * 1e9));
  }
  for (const Services::Shift& shift : services_.find_shifts(open, starts_, lives)) {
    const double seconds = static_cast<double>(shift.ns) / 1e9;
    clock_offsets_.push_back({.input = shift.input, .offset_s = seconds, .low_s = seconds, .high_s = seconds, .pairs = shift.pairs, .by_ends = true});
  }
  std::vector<Services::Stop> stops;
  for (const Death& death : deaths_) stops.push_back(is_told(death) ? stop_before_goodbye(services_, death, lives) : services_.stopped(death, lives));
  std::size_t next = 0;
  using Asked = Services::Asked;
  std::erase_if(deaths_, [&](Death& death) {
    const Services::Stop stop = stops[next++];
    if (stop.asked == Asked::no) return false;
    // What nothing ties to this program makes a death at the limit less certain, and no more; but a program that ends by
    // itself within minutes of this one's last word is this one.
    const std::int64_t gap_ns = death.restarted_at.known() ? death.restarted_at.ns - death.last_seen.ns : 0;
    constexpr std::int64_t kShortGapNs = 600 * kNanosPerSecond;
    const bool perhaps = stop.asked == Asked::perhaps && !(stop.failed && gap_ns <= kShortGapNs);
    if (perhaps && death.verdict == Verdict::oom) {
      death.confidence = death.confidence == Confidence::high ? Confidence::medium : Confidence::low;
      death.evidence.push_back(*stop.words);
      death.evidence.back().kind = "other_stop";
      return false;
    }
    if (stop.failed) {
      death.verdict = Verdict::not_oom;
      death.confidence = stop.asked == Asked::yes ? Confidence::high : Confidence::medium;
      Evidence told = *stop.words;
      const auto offset = std::find_if(clock_offsets_.begin(), clock_offsets_.end(), [&](const ClockOffset& o) { return o.input == told.source.input && o.reference.empty(); });
      if (!told.time.known()) {
        told.text += " (its time is not told)";
      } else if (offset != clock_offsets_.end()) {
        told.time.ns += static_cast<std::int64_t>(offset->offset_s * 1e9);
        told.time.zone_minutes = death.last_seen.zone_minutes;
        told.text += " (its clock differs; corrected)";
      }
      const bool within = told.time.known() && told.time.ns > death.time.ns && (!death.restarted_at.known() || told.time.ns <= death.restarted_at.ns);
      if (within) death.time.ns = told.time.ns;
      death.evidence.insert(death.evidence.begin(), std::move(told));
      return false;
    }
    survivors_.add(death);
    return true;
  });
}

namespace {

// Whoever writes a log ends its lines: a file that stops in the middle of one was cut, by a copy or a full disk.
bool ends_in_mid_line(const InputSummary& input) {
  if (!input.compression.empty() || !input.error.empty() || !input.encoding.starts_with("utf-8")) return false;
  std::FILE* const file = std::fopen(input.path.c_str(), "rb");
  if (file == nullptr) return false;
  const bool found = std::fseek(file, -1, SEEK_END) == 0;
  const int last = found ? std::fgetc(file) : '\n';
  std::fclose(file);
  return last != '\n' && last != EOF;
}

}  // namespace

// What a shell says in a log that tells no life, and that fits none or several, is no death of its own; nor is it passed over.
void Crash::leave_out_bare() {
  const auto tells_life = [&](std::uint16_t input) {
    const auto of_input = [&](const Death& death) { return !death.told_alone && death.input == input; };
    return std::any_of(deaths_.begin(), deaths_.end(), of_input) || std::any_of(lives_.begin(), lives_.end(), [&](const Life& life) { return !life.empty() && life.last_source.input == input; });
  };
  std::erase_if(kills_, [&](const Death& kill) {
    if (kill.bare && !tells_life(kill.input)) not_placed_.push_back(kill.evidence.back());
    return kill.bare;
  });
}

// The end of such a file says nothing of the process: only what somebody else tells of its death counts.
void Crash::leave_out_cut(const ReadResult& result) {
  std::erase_if(deaths_, [&](const Death& death) {
    const bool by_silence = death.verdict == Verdict::probable_oom && death.confidence == Confidence::low && death.evidence.size() == 1 && death.evidence[0].kind == "silence";
    if (!by_silence || !ends_in_mid_line(result.inputs[death.input])) return false;
    cut_.push_back(death.evidence[0].source);
    return true;
  });
}

}  // namespace memlog
