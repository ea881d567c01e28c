#include "memlog/analysis/zones.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "memlog/base/error.h"
#include "memlog/base/size.h"

namespace memlog {

Zones preset_zones(const std::string& name) {
  if (name == "render-512") {
    return {name, {{"healthy", 0, Tone::good}, {"high", 350, Tone::warning}, {"critical", 450, Tone::bad}, {"crash imminent", 500, Tone::bad}}};
  }
  if (name == "host-2gb") return {name, {{"good", 0, Tone::good}, {"warning", 1000, Tone::warning}, {"critical", 1500, Tone::bad}}, 500, 25};
  throw Error("unknown preset '" + name + "'", "one of: render-512, host-2gb");
}

Zones limit_zones(const Limit& limit) {
  if (!is_known(limit.mb)) return {};
  return {"limit", {{"normal", 0, Tone::good}, {"high", 0.70 * limit.mb, Tone::warning}, {"critical", 0.90 * limit.mb, Tone::bad}, {"at the limit", 0.97 * limit.mb, Tone::bad}}};
}

std::int64_t tenths(double value) { return std::llround(value * 10.0); }

ZoneTimes::ZoneTimes(Zones zones) : zones_(std::move(zones)), ns_(zones_.zones.size()) {
  // A reading of a tenth belongs to the zone whose lower end it has reached.
  for (std::size_t i = 1; i < zones_.zones.size(); ++i) ends_.push_back(static_cast<std::int64_t>(std::ceil(zones_.zones[i].from_mb * 10.0 - 1e-6)));
}

ZoneTimes ZoneTimes::divided_again(Zones zones) const {
  ZoneTimes again(std::move(zones));
  for (const auto& [key, ns] : kept_.sorted()) again.hold_rss(key, ns);
  return again;
}

void ZoneTimes::hold(const Held& held) {
  hold_rss(tenths(held.rss_mb), held.ns);
  if (is_known(held.available_mb)) hold_available(tenths(held.available_mb), held.ns);
  if (is_known(held.free_percent)) hold_free(tenths(held.free_percent), held.ns);
}

void ZoneTimes::hold_rss(std::int64_t key, std::int64_t ns) {
  if (keeps_) kept_.add(key, ns);
  if (ns_.empty()) return;
  ns_[static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), key) - ends_.begin())] += ns;
}

void ZoneTimes::hold_available(std::int64_t key, std::int64_t ns) {
  if (!is_known(zones_.available_mb)) return;
  available_.known = true;
  available_.all_ns += ns;
  if (key < tenths(zones_.available_mb)) available_.low_ns += ns;
}

void ZoneTimes::hold_free(std::int64_t key, std::int64_t ns) {
  if (!is_known(zones_.free_percent)) return;
  free_.known = true;
  free_.all_ns += ns;
  if (key < tenths(zones_.free_percent)) free_.low_ns += ns;
}

std::vector<ZoneTimes::Share> ZoneTimes::shares() const {
  std::vector<Share> found;
  const std::int64_t all = std::accumulate(ns_.begin(), ns_.end(), std::int64_t{0});
  const auto add = [&](const std::string& name, double from, double to, std::int64_t ns, std::int64_t of, Tone tone) {
    found.push_back({name, from, to, static_cast<double>(ns) / 1e9, of > 0 ? static_cast<double>(ns) / static_cast<double>(of) : kMissing, tone});
  };
  for (std::size_t i = 0; i < ns_.size(); ++i) {
    const Zone& zone = zones_.zones[i];
    add(zone.name, zone.from_mb, i + 1 == ns_.size() ? kMissing : zones_.zones[i + 1].from_mb, ns_[i], all, zone.tone);
  }
  if (available_.known) add(fmt::format("system: below {:.0f} MB available", zones_.available_mb), kMissing, kMissing, available_.low_ns, available_.all_ns, Tone::bad);
  if (free_.known) add(fmt::format("system: below {:.0f} % free", zones_.free_percent), kMissing, kMissing, free_.low_ns, free_.all_ns, Tone::bad);
  return found;
}

Value ZoneTimes::value() const {
  Value::List list;
  for (const Share& share : shares()) {
    list.emplace_back(Value::Object{{"zone", share.name}, {"from_mb", rounded(share.from_mb, 4)}, {"to_mb", rounded(share.to_mb, 4)}, {"seconds", rounded(share.seconds, 3)}, {"share", rounded(share.share, 6)}});
  }
  return list;
}

Table ZoneTimes::table() const {
  Table table;
  table.columns = {{.heading = "ZONE", .flexible = true}, {.heading = "FROM MB", .right = true, .drop = 1}, {.heading = "TO MB", .right = true, .drop = 2}, {"TIME", true}, {"SHARE %", true}};
  for (const Share& share : shares()) {
    table.rows.push_back({{share.name, share.seconds > 0 ? share.tone : Tone::plain}, {share.from_mb}, {share.to_mb}, {format_duration(share.seconds)}, {share.share * 100.0}});
  }
  return table;
}

void ZoneTimes::pack(Packer& to) const {
  to.text(zones_.source);
  to.size(zones_.zones.size());
  for (std::size_t i = 0; i < zones_.zones.size(); ++i) {
    to.text(zones_.zones[i].name);
    to.plain(zones_.zones[i].from_mb);
    to.plain(zones_.zones[i].tone);
    to.plain(ns_[i]);
  }
  to.plain(zones_.available_mb);
  to.plain(zones_.free_percent);
  to.plain(available_);
  to.plain(free_);
  to.plain(keeps_);
  const std::vector<stats::StepSums::Step> kept = kept_.sorted();
  to.size(kept.size());
  to.bytes.reserve(to.bytes.size() + kept.size() * sizeof(stats::StepSums::Step));
  for (const auto& step : kept) to.plain(step);
}

ZoneTimes ZoneTimes::unpack(Unpacker& from) {
  Zones zones;
  zones.source = from.text();
  zones.zones.resize(from.size());
  std::vector<std::int64_t> ns;
  for (Zone& zone : zones.zones) {
    zone.name = from.text();
    zone.from_mb = from.plain<double>();
    zone.tone = from.plain<Tone>();
    ns.push_back(from.plain<std::int64_t>());
  }
  zones.available_mb = from.plain<double>();
  zones.free_percent = from.plain<double>();
  ZoneTimes times(std::move(zones));
  times.ns_ = std::move(ns);
  times.available_ = from.plain<System>();
  times.free_ = from.plain<System>();
  times.keeps_ = from.plain<bool>();
  for (std::size_t left = from.size(); left > 0; --left) {
    const auto step = from.plain<stats::StepSums::Step>();
    times.kept_.add(step.key, step.sum);
  }
  return times;
}

}  // namespace memlog
