#include "memlog/envelope/peel.h"

#include "memlog/base/text.h"
#include "memlog/envelope/app_json.h"
#include "memlog/envelope/layers.h"

namespace memlog {

namespace {

// `2025-11-16T08:30:00…`: platforms put the T between date and time, Python's logging puts a blank there.
bool has_platform_time(std::string_view s) { return s.size() > 19 && s[10] == 'T' && s[4] == '-' && s[13] == ':'; }

// The layer, where it was there and is off now.
Layer if_off(bool off, Layer layer) { return off ? layer : Layer::none; }

Layer peel_platform_time(Line& line) {
  using namespace envelope;
  if (cri(line)) return Layer::cri;
  if (logplex(line)) return Layer::logplex;
  if (fly(line)) return Layer::fly;
  if (pm2_time(line)) return Layer::pm2_time;
  if (cloudwatch(line)) return Layer::cloudwatch;
  return if_off(bare_platform_time(line), Layer::platform_time);
}

// Layers that begin in ways that few messages do, tried when the common ones do not fit.
Layer peel_rare(Line& line, TextArena& arena) {
  using namespace envelope;
  const char first = line.message.front();
  switch (first) {
    case '{':
      if (docker_json(line, arena)) return Layer::docker_json;
      return journal_json(line, arena) ? Layer::journal_json : if_off(app_json(line, arena), Layer::app_json);
    case '<': return if_off(syslog_priority(line), Layer::syslog_priority);
    case '[':
      if (kernel(line)) return Layer::kernel;
      if (kubectl_prefix(line)) return Layer::kubectl_prefix;
      return if_off(line.host.empty() && concurrently(line), Layer::concurrently);
    case '@': return if_off(tai64n(line), Layer::tai64n);
    default: break;
  }
  if (is_digit(first)) {
    if (line.message.size() > 16 && line.message[10] == '.' && journal_short(line)) return Layer::journal_short;
    if (syslog_priority(line)) return Layer::syslog_priority;
    if (line.message.size() > 10 && line.message[10] == '_' && svlogd(line)) return Layer::svlogd;
    if (line.message.size() > 2 && line.message[2] == ':' && procfile(line)) return Layer::procfile;
    // `10月 27 …`
    if (line.message.size() > 2 && (static_cast<unsigned char>(line.message[1] | line.message[2]) & 0x80) != 0 && syslog(line)) return Layer::syslog;
    return pm2_time(line) ? Layer::pm2_time : if_off(pm2_name(line), Layer::pm2_name);
  }
  if (is_space(first) || (static_cast<unsigned char>(first) < 0x80 && !is_alpha(first))) return Layer::none;
  if (first == 'P' && line.message.starts_with("PM2 ") && pm2_name(line)) return Layer::pm2_name;
  if (is_lower(first) && kernel_decoded(line)) return Layer::kernel;
  if (syslog(line)) return Layer::syslog;
  // `Sun 2025-…`: the day of the week has two to six bytes in all languages.
  const auto blank = line.message.substr(0, 8).find(' ');
  const bool dated = blank != std::string_view::npos && blank >= 2 && blank + 5 < line.message.size() && line.message[blank + 5] == '-';
  if (dated && journal_short(line)) return Layer::journal_short;
  return if_off(is_lower(first) && stern(line), Layer::stern);
}

// A logger's own prefix, or a platform's time.
Layer peel_common(Line& line, char first) {
  if (first == '[') return envelope::celery(line) ? Layer::celery : if_off(envelope::python_logging(line), Layer::python_logging);
  if (!is_digit(first) && !is_upper(first)) return Layer::none;
  if (has_platform_time(line.message)) {
    if (const Layer layer = peel_platform_time(line); layer != Layer::none) return layer;
  }
  if (!envelope::python_logging(line)) return Layer::none;
  return line.prefixed ? Layer::python_logging : Layer::journal_short;
}

}  // namespace

void peel(Line& line, TextArena& arena) {
  // Any stack of them, each at most once by what it removes; a bound keeps a hostile line from costing more.
  constexpr int kMaxLayers = 8;
  constexpr int kMostComposed = 2;   // a stack of containers may run in another one
  int composed = 0;
  // Fly's own tool colours the words between the time and the message.
  int first_layer = 0;
  if (has_platform_time(line.message) && envelope::strip_ansi_inside(line, arena)) {
    line.layers |= static_cast<std::uint64_t>(Layer::ansi);
    first_layer = 1;
  }
  for (int layer = first_layer; layer < kMaxLayers && !line.message.empty(); ++layer) {
    const char first = line.message.front();
    Layer off = first == '\x1b' ? if_off(envelope::strip_ansi(line, arena), Layer::ansi) : peel_common(line, first);
    // A logger's prefix ends the stack: what follows is the application's own words, even if they look like one.
    const bool last = off != Layer::none && line.prefixed;
    if (off == Layer::none) off = peel_rare(line, arena);
    // A service that runs compose has the journal's or syslog's words in front of the container's.
    const bool word = is_alnum(first) || first == '_';
    if (off == Layer::none && word && composed < kMostComposed) off = if_off(envelope::docker_compose(line), Layer::docker_compose);
    if (off == Layer::none) break;
    composed += off == Layer::docker_compose ? 1 : 0;
    line.layers |= static_cast<std::uint64_t>(off) << (layer * kLayerBits);
    if (last) break;
  }
  line.message = envelope::unescape_python(line.message, arena);
}

bool peel_name(Line& line) { return envelope::collectors_name(line); }

bool has_layer(std::uint64_t layers, Layer layer) {
  for (; layers != 0; layers >>= kLayerBits) {
    if ((layers & ((1U << kLayerBits) - 1)) == static_cast<std::uint64_t>(layer)) return true;
  }
  return false;
}

std::string layers_text(std::uint64_t layers) {
  static constexpr std::string_view kNames[] = {"",          "ansi",           "celery",        "python logging", "kubernetes cri", "heroku",          "fly",    "pm2 time", "pm2",
                                                "platform time", "docker json", "docker compose", "journal json",  "journal",        "syslog", "syslog priority", "kernel", "kubectl",
                                                "json lines", "cloudwatch", "stern", "procfile", "concurrently", "multilog", "svlogd"};
  std::string out;
  for (; layers != 0; layers >>= kLayerBits) {
    const std::size_t layer = layers & ((1U << kLayerBits) - 1);
    if (layer >= std::size(kNames)) continue;
    if (!out.empty()) out += ", ";
    out += kNames[layer];
  }
  return out;
}

}  // namespace memlog
