#include <cmath>

#include "memlog/format/words.h"

// Heroku: what the platform says about a dyno's memory, and its runtime metrics in both forms.
//
//   Process running mem=1053M(203.3%)
//   Error R15 (Memory quota vastly exceeded)
//   source=web.1 dyno=heroku.1.2 sample#memory_total=21.22MB sample#memory_rss=21.22MB … sample#memory_quota=512.00MB
//   source=web.1 dyno=heroku.1.2 measure=memory_total val=509 units=MB
//   source=heroku.2808254.web.1.d97d0ea7-cf3d-411b-b453-d2943a50b456 measure=memory_total val=21.22 units=MB
namespace memlog {

namespace {

using detail::add;

std::optional<double> size_after(std::string_view s, std::string_view key) {
  const auto at = s.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  s.remove_prefix(at + key.size());
  return detail::take_size_mb(s);
}

Parsed parse_metrics(const Line& line, std::string_view s, EventBatch& out) {
  std::string_view rest = s.substr(7);
  std::string_view dyno = take_until(rest, " ");
  // The oldest form: `heroku.2808254.web.1.d97d0ea7-cf3d-411b-b453-d2943a50b456`, the application's number and the dyno's id.
  if (consume(dyno, "heroku.")) {
    if (std::string_view behind = dyno; take_integer(behind) && consume(behind, ".")) dyno = behind;
    const auto name = dyno.find('.');
    const auto number = name == std::string_view::npos ? name : dyno.find('.', name + 1);
    dyno = dyno.substr(0, number);
  }
  Event event = detail::event_from(line, EventKind::sample, out);
  // In a drain without the dyno in its prefix; with it, the dyno's other lines name no process either.
  if (line.process.empty() && line.host != dyno) event.process = out.names.intern(dyno);
  if (s.find("sample#memory_") != std::string_view::npos) {
    const auto rss = size_after(s, "sample#memory_rss=");
    const auto total = size_after(s, "sample#memory_total=");
    if (!rss && !total) return Parsed::nothing;
    if (rss) event.rss_mb = *rss;
    if (total) event.container_mb = *total;
    if (const auto quota = size_after(s, "sample#memory_quota=")) event.limit_mb = *quota;
    for (const std::string_view key : {"memory_cache", "memory_swap"}) {
      const auto at = s.find(key);
      if (at == std::string_view::npos) continue;
      std::string_view number = s.substr(at + key.size());
      if (!consume(number, "=")) continue;
      if (const auto mb = detail::take_size_mb(number)) out.add_metric(event, out.names.intern(key == "memory_cache" ? "page_cache_mb" : "swap_mb"), *mb);
    }
    return add(event, out);
  }
  const bool is_rss = s.find(" measure=memory_rss ") != std::string_view::npos;
  if (!is_rss && s.find(" measure=memory_total ") == std::string_view::npos) return Parsed::nothing;
  const auto at = s.find(" val=");
  if (at == std::string_view::npos) return Parsed::nothing;
  std::string_view number = s.substr(at + 5);
  const auto value = take_decimal(number);
  if (!value) return detail::malformed(line, s.substr(at + 5), "a number after 'val='", out);
  (is_rss ? event.rss_mb : event.container_mb) = *value;
  return add(event, out);
}

// What `mem=1053M(205.7%)` says of the dyno's quota. Both figures are rounded, quotas are multiples of 256 MB.
double quota_of(double mb, double percent) {
  constexpr double kStep = 256;
  constexpr double kRounded = 0.01;
  if (!(percent > 0)) return kMissing;
  const double quota = mb * 100 / percent;
  const double nearest = std::round(quota / kStep) * kStep;
  return nearest > 0 && std::fabs(quota - nearest) <= kRounded * nearest ? nearest : kMissing;
}

// Heroku's own words, whole. Behind a logger's or another program's prefix somebody quotes them.
bool says(const Line& line, std::string_view words) {
  return !line.prefixed && trim(line.message) == words;
}

Parsed parse(const Line& line, EventBatch& out) {
  std::string_view s = line.message;
  if (s.starts_with("source=")) return s.find("memory_") != std::string_view::npos ? parse_metrics(line, s, out) : Parsed::nothing;
  if (consume(s, "Process running mem=")) {
    const std::string_view number = s;
    const auto mb = detail::take_size_mb(s);
    if (!mb) return detail::malformed(line, number, "a size after 'mem='", out);
    Event event = detail::event_from(line, EventKind::sample, out);
    event.rss_mb = *mb;
    if (consume(s, "(")) {
      if (const auto percent = take_decimal_with(s, "%")) {
        event.process_percent = *percent;
        event.limit_mb = quota_of(*mb, *percent);
      }
    }
    return add(event, out);
  }
  if (says(line, "Error R14 (Memory quota exceeded)")) {
    Event event = detail::event_from(line, EventKind::sample, out);
    event.alert = Alert::high;
    event.flags |= flag::kHigh;
    event.context = out.add_text(line.message);
    return add(event, out);
  }
  if (says(line, "Stopping all processes with SIGTERM")) {
    // A deploy, a scaling, the daily cycling: what comes after is planned, a SIGKILL included.
    Event event = detail::event_from(line, EventKind::worker_exited, out);
    event.flags |= flag::kOrderly;
    event.context = out.add_text(line.message);
    return add(event, out, Parsed::note);
  }
  if (std::string_view rest = s; consume(rest, "Process exited with status ") && rest != "137") return detail::tell_ending(line, detail::ending_of_status(trim(rest)), {}, out);
  const bool quota = says(line, "Error R15 (Memory quota vastly exceeded)");
  const bool killed = says(line, "Stopping process with SIGKILL") || s.starts_with("Process exited with status 137");
  if (!quota && !killed) return Parsed::nothing;
  Event event = detail::death(line, quota ? EventKind::oom_kill : EventKind::kill, out);
  out.events.push_back(event);
  return Parsed::event;
}

}  // namespace

extern const Format heroku = {"heroku", "Heroku's memory errors R14 and R15 and the runtime metrics of dynos", "sPES",
                              "2026-08-18T22:04:11.123456+00:00 heroku[worker.1]: Process running mem=1053M(203.3%)", parse};

}  // namespace memlog
