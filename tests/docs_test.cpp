#include <doctest/doctest.h>

#include "support/run_program.h"

using namespace memlog::test;

namespace {

std::string checked_in(const char* name) { return read_file(std::filesystem::path(MEMLOG_SOURCE) / name); }

// The commands of a document's `console` blocks, each with what stands under it.
struct Shown {
  std::string command;
  std::string output;
};

std::vector<Shown> shown_in(const std::string& text) {
  std::vector<Shown> out;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto newline = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, newline - at);
    at = newline + 1;
    if (line.starts_with("```")) {
      inside = line == "```console";
    } else if (inside && line.starts_with("$ ")) {
      out.push_back({line.substr(2), {}});
    } else if (inside && !out.empty()) {
      out.back().output += line + "\n";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("docs: what README and docs show is what the program prints") {
  int commands = 0;
  std::vector<std::filesystem::path> files{std::filesystem::path(MEMLOG_SOURCE) / "README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(MEMLOG_SOURCE) / "docs")) files.push_back(entry.path());
  for (const auto& file : files) {
    for (const Shown& shown : shown_in(read_file(file))) {
      if (!shown.command.starts_with("memlog ")) continue;
      const Ran ran = run_shell(shown.command, {.folder = MEMLOG_SOURCE});
      CHECK_MESSAGE(ran.out == shown.output, file.filename().string(), ": $ ", shown.command, "\n", ran.out);
      ++commands;
    }
  }
  CHECK(commands > 5);
}

TEST_CASE("docs: man page and completions are what the options generate") {
  constexpr std::pair<const char*, const char*> kFiles[] = {
      {"man", "man/memlog.1"}, {"bash", "completions/memlog.bash"}, {"zsh", "completions/_memlog"}, {"fish", "completions/memlog.fish"}};
  for (const auto& [what, file] : kFiles) {
    CAPTURE(file);
    const Ran ran = run_shell(std::string("memlog --generate=") + what);
    CHECK(ran.status == 0);
    CHECK(ran.err == "");
    const bool current = ran.out == checked_in(file);
    CHECK_MESSAGE(current, file, " is not current: run scripts/generate-docs");
  }
}

TEST_CASE("docs: help that was asked for goes to standard output and ends in an example") {
  for (const char* line : {"memlog --help", "memlog -h", "memlog help", "memlog help peak", "memlog peak --help", "memlog by-task -h", "memlog leaks --help",
                           "memlog crash --help", "memlog events --help", "memlog formats --help"}) {
    CAPTURE(line);
    const Ran ran = run_shell(line);
    CHECK(ran.status == 0);
    CHECK(ran.err == "");
    CHECK(ran.out.find("memlog ") != std::string::npos);
  }
  CHECK(run_shell("memlog help peak").out == run_shell("memlog peak --help").out);
  // Nobody asked for this one: what to give goes to standard error.
  const Ran bare = run_shell("memlog");
  CHECK(bare.status == 2);
  CHECK(bare.out == "");
  CHECK(bare.err == run_shell("memlog --help").out);
}

TEST_CASE("docs: every option of the help is one that the parser takes") {
  for (const char* command : {"peak", "by-task", "leaks", "crash", "events", "formats"}) {
    const std::string help = run_shell(std::string("memlog help ") + command).out;
    for (std::size_t at = help.find("--"); at != std::string::npos; at = help.find("--", at + 2)) {
      const std::string option = help.substr(at, help.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at) - at);
      if (option.size() < 4 || option.ends_with("-")) continue;
      CAPTURE(command);
      CAPTURE(option);
      const Ran ran = run_shell(std::string("memlog ") + command + " " + option);
      CHECK(ran.err.find("unknown option") == std::string::npos);
    }
  }
}

TEST_CASE("docs: bash completes the values of a command's own options") {
  const char* script = "eval \"$(memlog --generate=bash)\"; COMP_WORDS=(memlog %s --metric ''); COMP_CWORD=3; _memlog; echo \"${COMPREPLY[*]}\"";
  const auto offered = [&](const std::string& command) {
    std::string line = script;
    line.replace(line.find("%s"), 2, command);
    return run_shell("bash -c 'memlog() { \"" MEMLOG_BINARY "\" \"$@\"; }; " + [&] {
      std::string quoted;
      for (const char c : line) quoted += c == '\'' ? "'\\''" : std::string(1, c);
      return quoted;
    }() + "'").out;
  };
  CHECK(offered("peak") == "rss vms container system_used\n");
  CHECK(offered("leaks") == "\n");
}
