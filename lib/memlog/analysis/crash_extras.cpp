#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "memlog/analysis/crash.h"
#include "memlog/analysis/crash_recurrence.h"
#include "memlog/analysis/record.h"
#include "memlog/base/size.h"
#include "memlog/base/text.h"
#include "memlog/format/format.h"

// What `memlog crash` tells on request: the minutes before, the lines around, the summary to paste, and what several
// deaths have in common.
namespace memlog {

using namespace crash;

namespace {

constexpr double kJumpMb = 50;
constexpr std::size_t kBarColumns = 16;
// A kill or a start that is farther from a death stands in its evidence only.
constexpr double kTellsWithinS = 3600;

std::string bar(double share) {
  constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * 8.0 * kBarColumns));
  std::string out;
  for (std::size_t i = 0; i < eighths / 8; ++i) out += "█";
  out += kEighths[eighths % 8];
  return out;
}

bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-' || c == '+'; }

// What stands before somebody's id, however short: `user 5`, `from_id: 5`, `customer-5`, `tg:5`.
bool says_whose(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) c = to_lower(c);
  const auto ends = [&](std::string_view key) {
    if (!lower.ends_with(key)) return false;
    return lower.size() == key.size() || std::string_view("_-.").find(lower[lower.size() - key.size() - 1]) != std::string_view::npos;
  };
  for (const std::string_view key : {"user", "chat", "id", "uid", "userid", "chatid", "account", "member", "owner", "customer", "client", "phone", "tel", "tg", "guild", "channel"}) {
    if (ends(key)) return true;
  }
  return false;
}

// A UUID, a hash, or another mixture of digits and letters that no word is.
bool is_token(std::string_view word) {
  std::size_t digits = 0;
  std::size_t changes = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    digits += is_digit(word[i]);
    if (i > 0 && is_digit(word[i]) != is_digit(word[i - 1])) ++changes;
  }
  return digits >= 3 && changes >= 3;
}

// Digits that may be an id: many, or behind a word that says so.
std::string without_numbers(std::string_view word, bool whose) {
  constexpr std::size_t kShortestId = 3;
  std::string out;
  for (std::size_t at = 0; at < word.size();) {
    std::size_t digits = at;
    while (digits < word.size() && is_digit(word[digits])) ++digits;
    const bool behind = at > 0 && std::string_view("_-.").find(word[at - 1]) != std::string_view::npos && says_whose(word.substr(0, at - 1));
    if (digits - at >= kShortestId || (digits > at && (whose || behind))) out += '#';
    else out += word.substr(at, std::max<std::size_t>(digits - at, 1));
    at = std::max(digits, at + 1);
  }
  return out;
}

// Programs write ids of users and chats into names, what users are called, and links; a count in one is shorter.
std::string without_ids(std::string_view name) {
  std::string out;
  bool whose = false;  // the word before says that an id follows
  for (std::size_t i = 0; i < name.size();) {
    std::size_t end = i;
    bool address = false;
    while (end < name.size() && (is_word(name[end]) || name[end] == '@')) address |= name[end++] == '@';
    if (end == i) {
      out += name[i++];
      continue;
    }
    const std::string_view word = name.substr(i, end - i);
    i = end;
    if (name.substr(i).starts_with("://")) {
      out += word;
      out += "://#";
      while (i < name.size() && name[i] != ' ' && name[i] != ')' && name[i] != '\'') ++i;
      continue;
    }
    if (address) out += "@#";  // an address, or what somebody is called
    else if (is_token(word)) out += '#';
    else out += without_numbers(word, whose);
    whose = says_whose(word);
  }
  return out;
}

// A sentence holds names in quotes, and figures outside of them.
std::string quoted_without_ids(const std::string& sentence) {
  const auto first = sentence.find('\'');
  const auto last = sentence.rfind('\'');
  if (first == last) return sentence;
  return sentence.substr(0, first) + without_ids(std::string_view(sentence).substr(first, last - first)) + sentence.substr(last);
}

}  // namespace

// What tells of the end and of the start behind it, at its time by the clock of the log: the records of the minutes
// before were gathered before anybody knew that their clocks differ, and end where the process did.
void Crash::complete_timelines() {
  if (!options_.timeline) return;
  for (Death& death : deaths_) {
    for (const crash::Evidence& evidence : death.evidence) {
      if (!evidence.time.known() || !death.time.known() || std::fabs(static_cast<double>(evidence.time.ns - death.time.ns)) / 1e9 > kTellsWithinS) continue;
      const auto known = std::find_if(death.timeline.begin(), death.timeline.end(), [&](const Moment& moment) {
        if (moment.source.input != evidence.source.input) return false;
        // A report of the kernel begins before the line that says it.
        const bool report = evidence.kind == "oom_kill" && moment.event == "oom_kill" && moment.source.line < evidence.source.line;
        return moment.source.line == evidence.source.line || (report && !moment.context.empty() && evidence.text.starts_with(moment.context));
      });
      if (known != death.timeline.end()) {
        if (crash::is_kill(evidence)) known->time = evidence.time;
        continue;
      }
      if (!crash::is_kill(evidence) && evidence.kind != "restart") continue;
      Moment moment;
      moment.time = evidence.time;
      moment.context = evidence.text;
      moment.event = evidence.kind;
      moment.process = death.process;
      moment.source = evidence.source;
      death.timeline.push_back(std::move(moment));
    }
    std::stable_sort(death.timeline.begin(), death.timeline.end(), [](const Moment& a, const Moment& b) { return a.time.ns < b.time.ns; });
  }
}

void Crash::tell_timeline(std::vector<Block>& blocks, const Death& death, const ReadResult& result) const {
  double full = is_known(death.limit.mb) && death.limit.source != "system" ? death.limit.mb : 0;
  for (const Moment& moment : death.timeline) full = std::max(full, is_known(moment.rss_mb) ? moment.rss_mb : 0);
  // Where all are of one day the day stands above them.
  constexpr std::size_t kDateColumns = 11;
  std::string day = death.timeline.empty() ? "" : format_time(death.timeline.front().time, ' ').substr(0, kDateColumns);
  for (const Moment& moment : death.timeline) {
    if (!moment.time.dated || !format_time(moment.time, ' ').starts_with(day)) day.clear();
  }
  blocks.emplace_back(Heading{fmt::format("THE LAST {} ({}bar: {})", format_duration(options_.before_s), day.empty() ? "" : day.substr(0, kDateColumns - 1) + ", ",
                                                 full > 0 ? format_size(full) : "no memory told")});
  Table table;
  bool processes = false;
  for (const Moment& moment : death.timeline) processes |= !result.names.processes.display(moment.process).empty();
  table.columns = {{"TIME"}, {"RSS MB", true}, {"MEMORY"}, {.heading = "JUMP", .right = true}, {.heading = "EVENT", .drop = 2}};
  if (processes) table.columns.push_back({.heading = "PROCESS", .flexible = true, .name = true, .drop = 1});
  table.columns.push_back({.heading = "WHAT", .flexible = true, .name = true});
  table.columns.push_back({.heading = "SOURCE", .flexible = true, .keep_end = true});
  const double told_jump = options_.thresholds.of("spike_mb");
  const double least_jump = is_known(told_jump) ? told_jump : kJumpMb;
  std::vector<double> last;  // by process
  for (const Moment& moment : death.timeline) {
    if (moment.process >= last.size()) last.resize(moment.process + 1, kMissing);
    const double jump = moment.rss_mb - last[moment.process];
    if (is_known(moment.rss_mb)) last[moment.process] = moment.rss_mb;
    const bool jumped = is_known(jump) && std::fabs(jump) >= least_jump;
    std::vector<Cell> row{{format_time(moment.time, ' ').substr(day.size())},
                          {moment.rss_mb},
                          {is_known(moment.rss_mb) && full > 0 ? Value(bar(moment.rss_mb / full)) : Value("")},
                          {jumped ? Value(fmt::format("{:+.1f}", jump)) : Value(""), jump > 0 ? Tone::bad : Tone::plain},
                          {moment.event}};
    if (processes) row.push_back({result.names.processes.display(moment.process)});
    row.push_back({moment.context.empty() ? moment.task : moment.task.empty() ? moment.context : moment.task + ": " + moment.context});
    row.push_back({source_text(moment.source.input, moment.source.line, result.inputs)});
    table.rows.push_back(std::move(row));
  }
  table.empty = "no record in that time";
  blocks.emplace_back(std::move(table));
}

std::optional<crash::Recurrence> Crash::find_recurrence(const ReadResult& result) const {
  const auto running = [this](const Death& last) {
    if (last.process >= lives_.size()) return Timestamp{};
    const crash::Life& life = lives_[last.process];
    if (life.shut_down || life.goodbye_time.known()) return Timestamp{};
    return life.empty() ? last.restarted_at : life.started.known() ? life.started : life.first_time;
  };
  return crash::find_recurrence(deaths_, options_.thresholds, survivors_, result.names, running);
}

void Crash::tell_recurrence(Report& report, const ReadResult& result) const {
  const auto recurrence = find_recurrence(result);
  if (!recurrence || (recurrence->shared.empty() && !recurrence->regular)) return;
  report.blocks.emplace_back(Heading{fmt::format("WHAT THE {} DEATHS HAVE IN COMMON", recurrence->deaths)});
  const auto say = [&](std::string text) { report.blocks.emplace_back(Paragraph{std::move(text), Tone::plain, 2}); };
  for (const auto& shared : recurrence->shared) {
    if (is_known(shared.more_than)) say(fmt::format("always above {:.0f} {}, which no session that survived was", shared.more_than, shared.name));
    else say(fmt::format("{}: {}, in {} of {}", shared.what, shared.name, shared.times, recurrence->deaths));
  }
  if (!recurrence->regular) return;
  // In one figure, which can be compared, as long as hours can be counted.
  const double hours = recurrence->uptime_mean_s / 3600.0;
  const std::string uptime = hours >= 1 && hours < 72 ? fmt::format("{:.1f} h", hours) : "about " + format_duration(recurrence->uptime_mean_s);
  say(fmt::format("each came {} after the start", uptime));
  if (recurrence->next_due.known()) say(fmt::format("the next one is due at {}", format_time(recurrence->next_due, ' ')));
}

void Crash::find_context(const ReadResult& result) {
  if (options_.context == 0 || deaths_.empty()) return;
  std::vector<std::string> paths;
  for (const InputSummary& input : result.inputs) paths.push_back(input.path);
  std::vector<Timestamp> times;
  for (const Death& death : deaths_) times.push_back(death.time);
  std::vector<std::int64_t> shifts_ns(paths.size());
  for (const crash::ClockOffset& offset : clock_offsets_) {
    if (offset.corrected && offset.input < shifts_ns.size()) shifts_ns[offset.input] = std::llround(offset.offset_s * 1e9);
  }
  auto found = lines_around(paths, times, options_.context, shifts_ns);
  for (std::size_t i = 0; i < deaths_.size(); ++i) deaths_[i].context = std::move(found[i]);
}

// What the maintainer of a program asks for in an issue. Contexts hold user ids and file names: they stay out unless
// asked for.
std::string Crash::paste(const Death& death, const ReadResult& result) const {
  std::string out = "## Out-of-memory summary\n\n";
  const auto name = [&](std::string_view text) { return options_.keep_context ? std::string(text) : without_ids(text); };
  const auto line = [&](std::string_view what, const std::string& text) { out += fmt::format("- {}: {}\n", what, text); };
  line("verdict", fmt::format("{} ({} confidence), {}", crash::to_string(death.verdict), crash::to_string(death.confidence), format_time(death.time, ' ')));
  if (death.started_at.known() && death.time.known()) {
    line("up for", (death.start_told ? "" : "at least ") + format_duration(static_cast<double>(death.time.ns + death.clock_back_ns - death.started_at.ns) / 1e9));
  }
  if (is_known(death.growth.window_s)) {
    line("growth before", fmt::format("{} to {} in {} ({:+.1f} MB/hour)", format_size(death.growth.start_mb), format_size(death.growth.end_mb),
                                      format_duration(death.growth.window_s), death.growth.mb_per_hour));
  }
  line("process", is_known(death.rss_mb) ? format_size(death.rss_mb) : "unknown");
  if (is_known(death.container_mb)) {
    line("container", fmt::format("{} (page cache and others {})", format_size(death.container_mb), format_size(std::max(0.0, death.container_mb - death.rss_mb))));
  }
  if (is_known(death.limit.mb)) line("limit", fmt::format("{} ({})", format_size(death.limit.mb), death.limit.source));
  if (death.leaked) line("leak", fmt::format("the floor grew by {:.1f} MB/hour", death.leak_mb_per_hour));
  for (const Run& run : death.in_flight) line("in flight", fmt::format("{} since {}", name(result.names.names.text(run.task)), format_time(run.start, ' ')));
  for (const crash::Cause& cause : death.causes) line("probable cause", fmt::format("{} ({} confidence)", options_.keep_context ? cause.explanation : quoted_without_ids(cause.explanation), crash::to_string(cause.confidence)));
  std::string used;
  for (std::size_t f = 0; f < kMaxFormats; ++f) {
    std::uint64_t lines = 0;
    for (const InputSummary& input : result.inputs) lines += input.format_lines[f];
    if (lines > 0) used += (used.empty() ? "" : ", ") + std::string(format_name(f, result));
  }
  const std::string_view version = writer_.told();
  line("log formats", version.empty() ? used : fmt::format("{} ({})", used, version));
  out += "\nLast operations:\n\n";
  for (std::size_t i = first_shown(death); i < death.operations.size(); ++i) {
    const crash::Operation& operation = death.operations[i];
    out += fmt::format("    {}  {:>7.1f} MB  {}{}\n", format_time(operation.time, ' '), operation.rss_mb, operation.name.empty() ? "(unnamed)" : name(operation.name),
                       options_.keep_context && !operation.context.empty() ? "  " + operation.context : "");
  }
  return out;
}

}  // namespace memlog
