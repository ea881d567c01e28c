#include "command.h"

namespace memlog::app {

// One file each in commands/; to add a command, write its file and add it here.
Command peak();
Command by_task();
Command leaks();
Command crash();
Command spikes();
Command report();
Command check();
Command compare();
Command plot();
Command correlate();
Command events();
Command formats_command();

std::vector<Command> commands() {
  std::vector<Command> list;
  for (const auto make : {peak, by_task, leaks, crash, spikes, report, check, compare, plot, correlate, events, formats_command}) list.push_back(make());
  return list;
}

}  // namespace memlog::app
