#include "memlog/analysis/crash_services.h"

#include <algorithm>

#include "memlog/analysis/crash_strangers.h"
#include "memlog/base/text.h"

namespace memlog::crash {

namespace {

constexpr std::size_t kMostWords = 10'000;
// A program that is told to stop writes on for this long, and is killed after it.
constexpr std::int64_t kStopsWithinNs = 120 * kNanosPerSecond;
// Render starts the new instance before it stops the old one.
constexpr std::int64_t kDeploysWithinNs = 600 * kNanosPerSecond;
// Between a supervisor's word for a start and the program's own.
constexpr std::int64_t kStartsWithinNs = 60 * kNanosPerSecond;
// A gap longer than this has room for too many shifts.
constexpr std::int64_t kShortGapNs = 15 * 60 * kNanosPerSecond;
constexpr std::int64_t kSoonBeforeNs = 300 * kNanosPerSecond;
constexpr std::int64_t kHalfHourNs = 30 * 60 * kNanosPerSecond;
// Who was seen this long (or two periods) before the machine went down was running until then.
constexpr double kSoonS = 300;

// systemd before 250 has names in some of its words and descriptions in the others: `Stopping My bot...`.
std::string_view description_in(std::string_view text) {
  for (const std::string_view job : {"Stopping ", "Stopped ", "Started "}) {
    if (!text.starts_with(job)) continue;
    text.remove_prefix(job.size());
    while (text.ends_with('.')) text.remove_suffix(1);
    return text;
  }
  return {};
}

// `kubectl describe` of a container that ended.
bool tells_state(std::string_view words) { return words.starts_with("Exit Code:"); }

// Without what stands around a member of a container's state.
std::string words_in(std::string_view text) {
  text = trim(text);
  if (text.ends_with(',')) text.remove_suffix(1);
  return std::string(text);
}

// Logs without a name of their own are those of bots, which call themselves so; a pool's workers are Celery's.
bool is_called_alike(std::string_view service, std::string_view process) {
  const auto holds = [&](std::string_view word) {
    return std::search(service.begin(), service.end(), word.begin(), word.end(), [](char a, char b) { return to_lower(a) == b; }) != service.end();
  };
  if (process.starts_with("ForkPoolWorker-")) return holds("celery") || holds("worker");
  return holds("bot");
}

}  // namespace

void Services::add(const Event& event, const Slice& slice) {
  if (words_.size() >= kMostWords) return;
  Word word;
  word.name = stem_of(slice.names.processes.name(event.process));
  word.host = event.host;
  word.time = event.time;
  const bool orderly = event.is(flag::kOrderly) || event.kind == EventKind::service_stopped;
  word.what = event.kind == EventKind::service_started ? Word::What::start : orderly ? Word::What::stop : Word::What::end;
  word.machine = event.kind == EventKind::machine_stopped;
  word.evidence = {word.what == Word::What::end ? "stated_end" : "goodbye", event.time, words_in(slice.batch.context_of(event)), {event.input, event.line}};
  if (event.input >= programs_.size()) programs_.resize(event.input + 1U);
  Programs& programs = programs_[event.input];
  if (!word.name.empty()) {
    programs.names.insert(word.name);
  } else if (const std::string_view described = description_in(word.evidence.text); event.kind != EventKind::worker_exited && !described.empty()) {
    word.name = described;
    programs.descriptions.insert(word.name);
  }
  words_.push_back(std::move(word));
}

const Evidence* Services::stop_before_kill(std::string_view name, const Event& kill, const Timestamp& now) const {
  const Timestamp& killed = kill.time.known() ? kill.time : now;
  if (name.empty() || !killed.known()) return nullptr;
  const std::string_view stem = stem_of(name);
  for (auto word = words_.rbegin(); word != words_.rend(); ++word) {
    // Without a name it is about all that this log tells of.
    const bool same = word->name.empty() ? !word->machine && word->evidence.source.input == kill.input : word->name == stem && (word->host == kill.host || word->host == kNoName);
    if (word->what != Word::What::stop || !same) continue;
    if (!word->time.known()) {
      // Neither has a time: what stands before it.
      if (!kill.time.known() && word->evidence.source.input == kill.input) return &word->evidence;
      continue;
    }
    if (word->time.ns <= killed.ns && killed.ns - word->time.ns <= kStopsWithinNs) return &word->evidence;
  }
  return nullptr;
}

// The supervisor started the same program when this one says that it started.
bool Services::started_around(const Word& stop, const Death& death, std::int64_t shift) const {
  if (!death.restarted_at.known() || !stop.time.known()) return false;
  return std::any_of(words_.begin(), words_.end(), [&](const Word& word) {
    return word.what == Word::What::start && word.time.known() && word.name == stop.name && word.host == stop.host && word.evidence.source.input == stop.evidence.source.input &&
           word.time.ns + shift >= death.restarted_at.ns - kStartsWithinNs && word.time.ns + shift <= death.restarted_at.ns + kSlackNs;
  });
}

// The platform said so, and the old instance, which it stops soon after that, wrote on for longer.
bool Services::is_over(const Word& deploy, const Death& death, std::int64_t shift) const {
  return std::any_of(words_.begin(), words_.end(), [&](const Word& word) {
    return word.what == Word::What::start && word.time.known() && word.evidence.source.input == deploy.evidence.source.input && word.evidence.text.starts_with("==> ") &&
           word.time.ns >= deploy.time.ns && word.time.ns + shift <= death.last_seen.ns - kStopsWithinNs;
  });
}

// Who is told to stop may write on for a while; who has ended may not. A machine that goes down takes with it what ran until
// then.
bool Services::is_in_time(const Word& word, const Death& death, std::int64_t shift) const {
  const std::int64_t at = word.time.ns + shift;
  // A deploy that began this life did not end it, nor one that was over when the life went on.
  const bool deploy = word.what == Word::What::stop && word.evidence.text.starts_with("==> ") && death.started_at.known() && at > death.started_at.ns && !is_over(word, death, shift);
  if (at < death.last_seen.ns - (deploy ? kDeploysWithinNs : word.what == Word::What::stop ? kStopsWithinNs : kSlackNs)) return false;
  if (death.restarted_at.known() && at > death.restarted_at.ns + kSlackNs) return false;
  const auto soon_ns = static_cast<std::int64_t>(std::max(kSoonS, is_known(death.period_s) ? 2 * death.period_s : 0) * 1e9);
  return !word.machine || at <= death.last_seen.ns + soon_ns;
}

Services::Asked Services::is_of(const Word& stop, const Death& death, std::int64_t shift, const Lives& lives) const {
  if (stop.time.known() ? !is_in_time(stop, death, shift) : lives.untimed != &death) return Asked::no;
  if (stop.machine) return stop.host == kNoName || death.host == kNoName || stop.host == death.host || stop.evidence.source.input != death.input ? Asked::yes : Asked::no;
  // A program in the journal goes by its tag: `host bot`.
  std::string_view own = lives.processes.host(death.process);
  own = own.substr(own.rfind(' ') + 1);
  if (!stop.name.empty() && (stop.name == own || stop.name == lives.processes.name(death.process))) return Asked::yes;
  if (is_anothers(stop.name, death.process, lives.processes, lives.tags) || is_of_machine(stop.name) || is_one_shot(stop.name)) return Asked::no;
  if (tells_state(stop.evidence.text) && is_another_container(stop.name, stop.evidence.text, death.process, lives.processes)) return Asked::no;
  const std::uint16_t input = stop.evidence.source.input;
  if (started_around(stop, death, shift)) return Asked::yes;
  const auto names = std::count_if(programs_[input].names.begin(), programs_[input].names.end(), [](const std::string& name) { return !is_one_shot(name); });
  const bool one = names <= 1 && programs_[input].descriptions.size() <= 1;
  const auto elsewhere = std::count_if(lives.inputs.begin(), lives.inputs.end(), [&](const auto& life) { return life.second != input; });
  if (!one || (input != death.input && elsewhere != 1)) return Asked::no;
  // In the journal that holds the life's lines a unit that merely ends like the program's name is perhaps its own, perhaps not.
  if (input == death.input && !own.empty() && stop.name.size() > own.size() + 1 && stop.name.ends_with(own) && !is_alnum(stop.name[stop.name.size() - own.size() - 1])) return Asked::perhaps;
  const bool tied = input == death.input || stop.name.empty() || is_called_alike(stop.name, lives.processes.name(death.process));
  return tied ? Asked::yes : Asked::perhaps;
}

Services::Stop Services::stopped(const Death& death, const Lives& lives) const {
  Stop found;
  if (!death.last_seen.known()) return found;
  for (const Word& word : words_) {
    if (word.what == Word::What::start) continue;
    // A log that states no zone shows the local time, which a journal with a zone tells as well.
    const bool zoned = word.time.zone_minutes != Timestamp::kNoZone && death.last_seen.zone_minutes == Timestamp::kNoZone;
    const std::int64_t local = zoned ? word.time.zone_minutes * 60 * kNanosPerSecond : 0;
    const auto found_shift = shifts_.find(word.evidence.source.input);
    Asked asked = is_of(word, death, found_shift == shifts_.end() ? 0 : found_shift->second, lives);
    if (local != 0 && found_shift == shifts_.end()) asked = std::max(asked, is_of(word, death, local, lives));
    // The first that is told of it: systemd says `Stopped` of what has ended by itself, too.
    if (asked > found.asked) found = {asked, &word.evidence, word.what == Word::What::end};
    if (asked == Asked::yes) break;
  }
  return found;
}

// Which deaths the words of an input tell of at such a shift: close to the end, since a long gap holds any.
std::vector<std::size_t> Services::matched(std::uint16_t input, std::int64_t shift, const std::vector<const Death*>& deaths, const Lives& lives) const {
  std::vector<std::size_t> found;
  for (std::size_t d = 0; d < deaths.size(); ++d) {
    const Death& death = *deaths[d];
    const auto due_ns = static_cast<std::int64_t>((60 + (is_known(death.period_s) ? 2 * death.period_s : 0)) * 1e9);
    const std::int64_t until = death.restarted_at.known() ? death.restarted_at.ns : death.last_seen.ns + due_ns;
    if (until - death.last_seen.ns > kShortGapNs) continue;
    const bool told = std::any_of(words_.begin(), words_.end(), [&](const Word& word) {
      if (word.what == Word::What::start || word.evidence.source.input != input || !word.time.known()) return false;
      return word.time.ns + shift <= until + kSlackNs && is_of(word, death, shift, lives) != Asked::no;
    });
    if (told) found.push_back(d);
  }
  return found;
}

std::vector<Services::Shift> Services::find_shifts(const std::vector<const Death*>& deaths, const std::vector<std::int64_t>& starts, const Lives& lives) {
  std::vector<Shift> found;
  std::map<std::uint16_t, std::vector<std::int64_t>> ends;
  for (const Word& word : words_) {
    // Who states a zone but UTC tells the local time.
    if (word.time.known() && word.time.zone_minutes != Timestamp::kNoZone && word.time.zone_minutes != 0) continue;
    if (word.what != Word::What::start && word.time.known()) ends[word.evidence.source.input].push_back(word.time.ns);
  }
  for (const auto& [input, times] : ends) {
    const bool own = std::any_of(lives.inputs.begin(), lives.inputs.end(), [&, at = input](const auto& life) { return life.second == at; });
    if (own || shifts_.count(input) != 0) continue;
    // A clock that puts a word where the process does start is right; so is one by which a stop explains a restart.
    const bool right = std::any_of(times.begin(), times.end(), [&](std::int64_t at) {
      return std::any_of(starts.begin(), starts.end(), [&](std::int64_t start) { return at <= start + kSlackNs && start - at <= kSoonBeforeNs; });
    });
    if (right || !matched(input, 0, deaths, lives).empty()) continue;
    std::size_t clusters = 1;
    for (std::size_t i = 1; i < times.size(); ++i) clusters += times[i] - times[i - 1] > kStopsWithinNs ? 1 : 0;
    Shift best;
    std::vector<std::size_t> of_best;
    bool several = false;
    for (int half = -28; half <= 28; ++half) {
      if (half == 0) continue;
      const std::int64_t shift = half * kHalfHourNs;
      const auto pairs = matched(input, shift, deaths, lives);
      if (pairs.empty() || 2 * pairs.size() < clusters) continue;
      // Of as many the last end, which is the one that a platform shows; then whole hours.
      const auto rank = [&](const std::vector<std::size_t>& p, std::int64_t by) { return 4 * p.size() + (p.back() + 1 == deaths.size() ? 2U : 0U) + (by % (2 * kHalfHourNs) == 0 ? 1U : 0U); };
      const std::size_t weight = rank(pairs, shift);
      const std::size_t most = of_best.empty() ? 0 : rank(of_best, best.ns);
      if (weight < most) continue;
      several = weight == most;
      best = {input, shift, pairs.size()};
      of_best = pairs;
    }
    if (of_best.empty() || several) continue;
    shifts_[input] = best.ns;
    found.push_back(best);
  }
  return found;
}

}  // namespace memlog::crash
