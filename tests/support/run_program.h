#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "support/log_builder.h"

// The program itself, as a user runs it.
namespace memlog::test {

struct Ran {
  std::string out;
  std::string err;
  int status = -1;   // of the last memlog in the command line, wherever in a pipe it stood
};

struct RunOptions {
  std::string stdin_text = {};
  std::vector<std::pair<std::string, std::string>> files = {};   // name and text, in $TMP
  std::string chunk = {};                                   // MEMLOG_CHUNK
  std::string threads = {};                                 // `--threads` behind the command
  std::string folder = MEMLOG_TESTDATA;                     // where the line is run
};

inline void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

// Runs a line of shell, in the folder of samples unless told otherwise. `memlog` is the program under test, $TMP a folder of this run's own; its
// path is shown as TMP.
inline Ran run_shell(const std::string& line, const RunOptions& options = {}) {
  TempDirectory dir;
  for (const auto& [name, text] : options.files) dir.write("tmp/" + name, text);
  std::filesystem::create_directories(dir.path("tmp"));
  dir.write("stdin", options.stdin_text);
  std::string script = "unset NO_COLOR COLUMNS; export LC_ALL=C TERM=xterm TMP='" + dir.path("tmp") + "'\n";
  script += options.chunk.empty() ? "unset MEMLOG_CHUNK\n" : "export MEMLOG_CHUNK=" + options.chunk + "\n";
  script += "memlog() { ";
  if (!options.threads.empty()) {
    script += "case \"$1\" in ''|-*|help) ;; *) memlog_command=$1; shift; set -- \"$memlog_command\" --threads " + options.threads + " \"$@\" ;; esac; ";
  }
  script += "'" MEMLOG_BINARY "' \"$@\"; memlog_status=$?; echo $memlog_status > '" + dir.path("status") + "'; return $memlog_status; }\n";
  script += "cd '" + options.folder + "' || exit 99\n" + line + "\n";
  dir.write("script", script);
  const std::string shell = "sh '" + dir.path("script") + "' < '" + dir.path("stdin") + "' > '" + dir.path("out") + "' 2> '" + dir.path("err") + "'";
  const int ended = std::system(shell.c_str());
  Ran ran{read_file(dir.path("out")), read_file(dir.path("err")), WIFEXITED(ended) ? WEXITSTATUS(ended) : -1};
  if (const std::string status = read_file(dir.path("status")); !status.empty()) ran.status = std::atoi(status.c_str());
  replace_all(ran.out, dir.path("tmp"), "TMP");
  replace_all(ran.err, dir.path("tmp"), "TMP");
  return ran;
}

}  // namespace memlog::test
