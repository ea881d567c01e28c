#include "save_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "memlog/base/error.h"

namespace memlog::app {

namespace {

using Write = std::function<void(const Sink&)>;

bool write_file(const std::string& path, const Write& write, std::error_code& error) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  int cause = file ? 0 : errno;
  // Between two pieces others may set errno.
  const auto note = [&] {
    if (!file && cause == 0) cause = errno;
  };
  write([&](std::string_view text) {
    errno = 0;
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    note();
  });
  errno = 0;
  file.close();
  note();
  if (!file) error.assign(cause, std::generic_category());
  return static_cast<bool>(file);
}

// A new file takes the old one's place, so that nobody sees half of it. Links stay, and lead to the new one.
bool replace_file(const std::string& path, const Write& write, std::error_code& error) {
  std::string place = path;
  if (std::filesystem::is_symlink(path, error)) place = std::filesystem::weakly_canonical(path, error).string();
  error.clear();
  if (place.empty()) place = path;
  const std::string part = place + ".part" + std::to_string(::getpid());
  bool written = false;
  try {
    written = write_file(part, write, error);
  } catch (...) {
    // What could not be told to its end is not left beside what was there before.
    std::remove(part.c_str());
    throw;
  }
  if (written) std::filesystem::rename(part, place, error);
  if (written && !error) return true;
  std::remove(part.c_str());
  return false;
}

}  // namespace

void save_file(const std::string& path, std::string_view text) {
  save_file(path, [&](const Sink& sink) { sink(text); });
}

void save_file(const std::string& path, const std::function<void(const Sink&)>& write) {
  std::error_code error;
  // Pipes and devices are written to: `--html >(gzip > page.gz)`, and /dev/null must stay what it is. So is what a link
  // leads to that does not exist yet.
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  const bool special = std::filesystem::exists(status) ? !std::filesystem::is_regular_file(status) : std::filesystem::is_symlink(path, error);
  error.clear();
  if (special ? write_file(path, write, error) : replace_file(path, write, error)) return;
  throw Error("cannot write '" + path + "'" + (error ? ": " + error.message() : ""));
}

}  // namespace memlog::app
