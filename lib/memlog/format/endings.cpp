#include <algorithm>
#include <initializer_list>

#include "memlog/format/words.h"

// What those who start programs have in common: how they tell that one ended, and what statuses and signals mean.
namespace memlog::detail {

bool is_program_name(std::string_view s) {
  constexpr std::size_t kLongest = 128;
  return !s.empty() && s.size() <= kLongest && s.find_first_of(" \t\"'|(") == std::string_view::npos;
}

Ending ending_of_status(std::string_view digits) {
  if (!is_integer(digits) || digits.size() > 3) return Ending::none;
  if (digits == "137") return Ending::killed;
  // By itself, or of SIGINT, SIGTERM or SIGHUP.
  const bool asked = digits == "0" || digits == "130" || digits == "143" || digits == "129";
  return asked ? Ending::stopped : Ending::failed;
}

Ending ending_of_signal(std::string_view name) {
  consume(name, "SIG");
  const auto is_one_of = [&](std::initializer_list<std::string_view> known) { return std::find(known.begin(), known.end(), name) != known.end(); };
  if (is_one_of({"KILL", "9"})) return Ending::killed;
  if (is_one_of({"TERM", "15", "INT", "2", "HUP", "1"})) return Ending::stopped;
  if (is_integer(name)) return Ending::failed;
  return is_one_of({"SEGV", "ABRT", "BUS", "ILL", "FPE", "QUIT", "TRAP", "SYS", "XCPU", "XFSZ", "PIPE", "ALRM", "USR1", "USR2"}) ? Ending::failed : Ending::none;
}

Parsed tell_kill(const Line& line, EventKind kind, std::string_view name, EventBatch& out) {
  Event event = death(line, kind, out);
  if (!name.empty()) event.process = out.names.intern(name);
  out.events.push_back(event);
  return Parsed::event;
}

Parsed tell_service(const Line& line, EventKind kind, std::string_view name, EventBatch& out) {
  Event event = event_from(line, kind, out);
  event.process = name.empty() ? kNoName : out.names.intern(name);
  event.context = out.add_text(line.message);
  return add(event, out, Parsed::note);
}

Parsed tell_ending(const Line& line, Ending ending, std::string_view name, EventBatch& out) {
  switch (ending) {
    case Ending::none: return Parsed::nothing;
    case Ending::killed: return tell_kill(line, EventKind::kill, name, out);
    case Ending::stopped: return tell_service(line, EventKind::service_stopped, name, out);
    case Ending::failed: return tell_service(line, EventKind::service_ended, name, out);
  }
  return Parsed::nothing;
}

bool by_logger(const Line& line) {
  for (std::uint64_t layers = line.layers; layers != 0; layers >>= kLayerBits) {
    const auto layer = static_cast<Layer>(layers & ((1U << kLayerBits) - 1));
    if (layer == Layer::celery || layer == Layer::python_logging) return true;
  }
  return false;
}

std::string_view in_front(const Line& line) {
  const char* begin = line.text.data();
  if (line.message.data() < begin || line.message.data() > begin + line.text.size()) return {};
  return line.text.substr(0, static_cast<std::size_t>(line.message.data() - begin));
}

}  // namespace memlog::detail
