#include <csignal>
#include <exception>
#include <string>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "cli.h"
#include "command.h"
#include "docs.h"
#include "memlog/base/error.h"
#include "memlog/version.h"
#include "terminal.h"

namespace {

using namespace memlog;
using namespace memlog::app;

void say(const char* kind, const std::string& what, const std::string& help) {
  std::string text = "memlog: ";
  text += kind;
  text += ": ";
  // A message may bring its own help line.
  const auto own = what.find("\nhelp: ");
  text += what.substr(0, own);
  if (own != std::string::npos) text += "\n  help: " + what.substr(own + 7);
  if (!help.empty()) text += "\n  help: " + help;
  write_error(text);
}

std::string generated(const std::string& what, const std::vector<Command>& all, const std::vector<Option>& common) {
  if (what == "man") return man_page(all, common);
  if (what == "bash") return bash_completion(all, common);
  if (what == "zsh") return zsh_completion(all, common);
  if (what == "fish") return fish_completion(all, common);
  throw Error("nothing to generate for '" + what + "'", "one of: man, bash, zsh, fish");
}

int run(const std::vector<std::string>& arguments) {
  const std::vector<Command> all = commands();
  Common common;
  const std::vector<Option> options = common_options(common);
  const Request request = parse_arguments(arguments, all, options);
  switch (request.kind) {
    case Request::Kind::version: write_out("memlog " + std::string(kVersion) + "\n"); return kDone;
    case Request::Kind::usage: write_error(help_text(all, options)); return kFailed;
    case Request::Kind::help: write_out(request.command == nullptr ? help_text(all, options) : command_help(*request.command, options)); return kDone;
    case Request::Kind::generate: write_out(generated(request.generate, all, options)); return kDone;
    case Request::Kind::run: break;
  }
  if (threads_of(common) > 1) make_room_ahead();
  Context context{common, request.paths, terminal_style(common.color), write_out, room_out, [](const std::string& what) { say("warning", what, {}); },
                  [](const std::string& what) { say("note", what, {}); },
                  [](const std::string& what, const std::string& help) { say("error", what, help); }};
  return request.command->run(context);
}

}  // namespace

int main(int argc, char** argv) {
#ifdef __GLIBC__
  // The C library keeps larger and larger blocks for itself once one was given back. Ours live for long: what a window
  // of a report gave back would stay with us, in pieces. Blocks from 32 KiB on are few and are the system's again when
  // they are given back; one arena, since threads that read ahead ask for little.
  ::mallopt(M_MMAP_THRESHOLD, 32 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 128 * 1024);
  ::mallopt(M_ARENA_MAX, 1);
#endif
  // A reader that leaves is seen as EPIPE, which is success; the signal would be a death.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run({argv + 1, argv + argc});
  } catch (const ClosedPipe&) {
    return kDone;
  } catch (const Error& error) {
    say("error", error.what(), error.help());
  } catch (const std::exception& error) {
    say("error", error.what(), {});
  }
  return kFailed;
}
