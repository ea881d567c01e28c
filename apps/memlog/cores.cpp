#include "cores.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "memlog/base/decimal.h"
#include "memlog/base/text.h"

namespace memlog::app {

namespace {

// The beginning of a small file; empty when it cannot be read.
std::string read_small(const std::string& path) {
  char buffer[4096];
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t n = ::read(fd, buffer, sizeof buffer);
  ::close(fd);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
}

// `200000 100000`: time in each period, or `max`.
std::optional<double> quota_of(std::string_view text) {
  const auto time = take_integer(text);
  if (!time || !consume(text, " ")) return std::nullopt;
  const auto period = take_integer(text);
  if (!period || *period == 0) return std::nullopt;
  return static_cast<double>(*time) / static_cast<double>(*period);
}

// Of this process' group and those around it: the least counts.
std::optional<double> cgroup_quota() {
  const std::string groups = read_small("/proc/self/cgroup");
  std::optional<double> least;
  const auto take = [&](const std::optional<double>& quota) {
    if (quota && (!least || *quota < *least)) least = quota;
  };
  std::string_view rest = groups;
  while (!rest.empty()) {
    std::string_view line = take_until(rest, "\n");
    if (!consume(line, "0::/")) continue;  // version 2
    std::string path(line);
    for (;;) {
      take(quota_of(read_small("/sys/fs/cgroup/" + path + (path.empty() ? "" : "/") + "cpu.max")));
      if (path.empty()) break;
      const auto slash = path.rfind('/');
      path.resize(slash == std::string::npos ? 0 : slash);
    }
  }
  if (!least) {  // version 1, as containers see it
    std::string text = read_small("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    const std::string period = read_small("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (!text.empty() && !period.empty()) {
      text.back() = ' ';
      take(quota_of(text + period));
    }
  }
  return least;
}

}  // namespace

std::size_t available_cores() {
  std::size_t cores = 1;
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    cores = static_cast<std::size_t>(std::max(CPU_COUNT(&set), 1));
  } else if (const long online = ::sysconf(_SC_NPROCESSORS_ONLN); online > 0) {
    cores = static_cast<std::size_t>(online);
  }
  if (cores > 1) {
    if (const auto quota = cgroup_quota()) cores = std::min(cores, static_cast<std::size_t>(std::max(1.0, std::ceil(*quota))));
  }
  return cores;
}

}  // namespace memlog::app
