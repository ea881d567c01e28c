#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "support/run_program.h"

// One readable file a case, tests/golden/<command>/<case>.golden:
//
//   a comment: what the case shows
//   $ memlog peak daily/memory_20251006.log | head -1
//   ==== stdin
//   ==== file NAME            (as $TMP/NAME)
//   ==== stdout
//   ==== stderr
//   ==== status 0
//
// Every case runs as it is, and on 64-byte chunks with 1, 2, 3 and 8 threads: same bytes. MEMLOG_UPDATE_GOLDEN=1 rewrites what was expected;
// read the diff before accepting it. Control characters stand in the files as their pictures: ␛ is ESC.
namespace {

using namespace memlog::test;
namespace fs = std::filesystem;

struct Golden {
  std::string comment;
  std::string command;
  RunOptions run;
  bool has_stdin = false;
  std::string out, err, status;
};

std::string pictured(std::string text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n') out += {'\xe2', '\x90', static_cast<char>(0x80 + byte)};
    else out += c;
  }
  return out;
}

std::string unpictured(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\xe2\x90") == 0 && i + 2 < text.size() && static_cast<unsigned char>(text[i + 2]) < 0xa0) {
      out += static_cast<char>(static_cast<unsigned char>(text[i + 2]) - 0x80);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// A section's text ends in a newline unless its heading says otherwise.
std::string section(const std::string& heading, const std::string& text) {
  if (text.empty()) return "==== " + heading + "\n";
  const bool open = text.back() != '\n';
  return "==== " + heading + (open ? " (no newline at the end)" : "") + "\n" + text + (open ? "\n" : "");
}

Golden parse(const std::string& text) {
  Golden golden;
  std::string* target = &golden.comment;
  bool open = false;
  const auto close = [&] {
    if (open && target != nullptr && !target->empty()) target->pop_back();
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto newline = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, newline - at);
    at = newline + 1;
    if (line.starts_with("$ ") && target == &golden.comment) {
      golden.command += (golden.command.empty() ? "" : "\n") + line.substr(2);
    } else if (line.starts_with("==== ")) {
      close();
      std::string heading = line.substr(5);
      const auto note = heading.find(" (no newline at the end)");
      open = note != std::string::npos;
      heading = heading.substr(0, note);
      if (heading == "stdin") {
        golden.has_stdin = true;
        target = &golden.run.stdin_text;
      } else if (heading.starts_with("file ")) {
        golden.run.files.emplace_back(heading.substr(5), "");
        target = &golden.run.files.back().second;
      } else if (heading == "stdout") {
        target = &golden.out;
      } else if (heading == "stderr") {
        target = &golden.err;
      } else {
        golden.status = heading;
        target = nullptr;
      }
    } else if (target != nullptr) {
      *target += line + "\n";
    }
  }
  close();
  return golden;
}

std::string written(const Golden& golden) {
  std::string text = golden.comment;
  std::string_view rest = golden.command;
  while (!rest.empty()) {
    const auto newline = rest.find('\n');
    text += "$ " + std::string(rest.substr(0, newline)) + "\n";
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  }
  if (golden.has_stdin) text += section("stdin", golden.run.stdin_text);
  for (const auto& [name, file] : golden.run.files) text += section("file " + name, file);
  return text + section("stdout", golden.out) + section("stderr", golden.err) + "==== " + golden.status + "\n";
}

Golden run(Golden golden, const std::string& chunk, const std::string& threads) {
  RunOptions options = golden.run;
  options.stdin_text = unpictured(options.stdin_text);
  for (auto& file : options.files) file.second = unpictured(file.second);
  options.chunk = chunk;
  options.threads = threads;
  const Ran ran = run_shell(golden.command, options);
  golden.out = pictured(ran.out);
  golden.err = pictured(ran.err);
  golden.status = "status " + std::to_string(ran.status);
  return golden;
}

// The first line in which two texts differ, both ways.
std::string difference(const std::string& want, const std::string& got) {
  std::size_t line = 1;
  std::size_t start = 0;
  for (std::size_t i = 0; i < std::min(want.size(), got.size()) && want[i] == got[i]; ++i) {
    if (want[i] == '\n') {
      ++line;
      start = i + 1;
    }
  }
  const auto line_of = [&](const std::string& text) { return start < text.size() ? text.substr(start, text.find('\n', start) - start) : "(end)"; };
  return "line " + std::to_string(line) + "\n  expected: " + line_of(want) + "\n  got:      " + line_of(got);
}

}  // namespace

TEST_CASE("golden: what users see") {
  const char* asked = std::getenv("MEMLOG_UPDATE_GOLDEN");
  const bool update = asked != nullptr && *asked != '\0' && std::string(asked) != "0";
  // MEMLOG_GOLDEN=peak/ runs only the cases whose path holds it.
  const char* only = std::getenv("MEMLOG_GOLDEN");
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(MEMLOG_SOURCE) / "tests" / "golden")) {
    if (entry.path().extension() != ".golden") continue;
    if (only == nullptr || entry.path().string().find(only) != std::string::npos) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  CHECK(!paths.empty());
  for (const fs::path& path : paths) {
    const std::string text = read_file(path);
    const Golden golden = parse(text);
    const std::string name = path.parent_path().filename().string() + "/" + path.filename().string();
    REQUIRE_MESSAGE(!golden.command.empty(), name, " has no command line");
    const Golden whole = run(golden, "", "");
    const std::string got = written(whole);
    if (update && got != text) {
      if (std::FILE* out = std::fopen(path.string().c_str(), "wb"); out != nullptr) {
        std::fwrite(got.data(), 1, got.size(), out);
        std::fclose(out);
      }
    } else {
      CHECK_MESSAGE(got == text, name, ": ", difference(text, got));
    }
    for (const char* threads : {"1", "2", "3", "8"}) {
      const std::string cut = written(run(golden, "64", threads));
      CHECK_MESSAGE(cut == got, name, " with ", threads, " threads on chunks of 64 bytes: ", difference(got, cut));
    }
  }
}
