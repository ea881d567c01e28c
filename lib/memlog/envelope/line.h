#pragma once

#include <cstdint>
#include <string_view>

#include "memlog/base/decimal.h"
#include "memlog/base/time.h"

namespace memlog {

enum class Level : std::uint8_t { none, debug, info, warning, error, critical };

// What stood around a message, one bit pattern for the whole stack: five bits each, the outermost lowest.
enum class Layer : std::uint8_t {
  none,
  ansi,
  celery,
  python_logging,
  cri,
  logplex,
  fly,
  pm2_time,
  pm2_name,
  platform_time,
  docker_json,
  docker_compose,
  journal_json,
  journal_short,
  syslog,
  syslog_priority,
  kernel,
  kubectl_prefix,
  app_json,
  cloudwatch,
  stern,
  procfile,
  concurrently,
  tai64n,
  svlogd,
};
inline constexpr int kLayerBits = 5;
static_assert(static_cast<int>(Layer::svlogd) < 1 << kLayerBits);

// One line of a log without what loggers and platforms put around the message. All views point into the chunk or the
// batch's arena.
struct Line {
  std::string_view text;      // the whole line, without its line break
  std::string_view message;   // what is left when every envelope is off
  std::string_view process;   // `ForkPoolWorker-2`
  std::string_view task_id;   // Celery's, of the run that wrote the line
  std::string_view host;      // the container or host
  std::string_view logger;    // `memory_monitor`
  Timestamp time;             // the application's; the platform's where it gave none
  Timestamp platform_clock;   // the platform's, where the application gave its own as well
  Level level = Level::none;
  bool platform_time = false; // `time` is the platform's
  bool prefixed = false;      // a logger's prefix stood here: a record starts, it is not a further line of one
  bool fragment = false;      // the platform cut the message: the next line of this host goes on
  bool several = false;       // the message holds line breaks: several lines in one
  char stream = 0;            // `o` or `e` where the platform may cut messages: parts are joined by stream
  std::string_view split;     // there: the message as the platform handed it over, which joining needs
  std::string_view split_host;  // and of whom: envelopes within the message stand in its first part only
  std::size_t blanks_behind = 0;  // behind the end of `text`, where they were taken off
  double uptime_s = kMissing; // seconds since the machine's start, where the kernel gives only those
  std::uint64_t layers = 0;   // the envelopes that were taken off, see Layer
  std::uint64_t number = 0;   // in its input, 1-based
};

}  // namespace memlog
