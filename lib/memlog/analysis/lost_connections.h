#pragma once

#include <string_view>

namespace memlog {

// A line of a main log tells that a connection was lost, refused or could not be made, in the words of the libraries that
// print such lines. A setting (`reconnect_interval=5`), a count of none (`no disconnects`) and a connection that was
// made or is back are none.
bool tells_lost_connection(std::string_view message);

}  // namespace memlog
