#include "memlog/analysis/lost_connections.h"

#include <string>
#include <vector>

#include "memlog/base/regex.h"
#include "memlog/base/text.h"

namespace memlog {

namespace {

// What is told of a connection may stand behind the name or the address of its other end, but not behind other words:
// `connection established, 3 tasks failed` lost none.
constexpr std::string_view kLost =
    "(?i)"
    // As words, not within `on_disconnect`, `reconnect_interval`, `client.disconnect()` or a path.
    R"((?:^|[^\w./-])(?:disconnect(?:ed|ing|ion)?|reconnect(?:ing|ion)?)(?:[^\w=(/-]|$))"
    R"(|\bconnection(?: (?:to|with|from|at|by|was|is|has|been|already|unexpectedly|suddenly|got|the|our|remote|peer|host|broker|server|database|db|gateway|redis|attempts?|\S*[\d.:/@"']\S*)){0,8} (?:lost|closed|reset|refused|aborted|broken|dropped|terminated|failed|forced|timed out)\b)"
    R"(|\b(?:lost|closed|dropped|broken|aborted|reset|terminating) (?:the |its |our |current )?connection\b|\bconnection timeout to\b)"
    // It could not be made.
    R"(|\b(?:cannot|can't|could not|couldn't|unable to|failed to) (?:re)?connect\b|\bfailed to establish (?:a |the )?(?:new )?connection\b|\bfailed reconnection\b)"
    R"(|\b(?:connecting|connect call) failed\b|\berror (?:\d+ )?connecting\b|\bmax retries exceeded with url\b|\bfailed to connect\b)"
    // Exceptions of Python, aiohttp, requests, urllib3, httpx, websockets, redis, pymongo, asyncpg, python-telegram-bot.
    R"(|(?-i:\bConnection(?:Reset|Aborted|Refused|Closed|Lost|Timeout|DoesNotExist)\w*|\bClientConn\w*Error\b|\b(?:Server|Remote)Disconnected\w*|\bWebSocketConnectionClosed\w*))"
    R"(|(?-i:\b(?:Connection|Connect|Network|IncompleteRead|NewConnection|SSLEOF|Read|ReadTimeout|ConnectTimeout|ServerTimeout|ServerSelectionTimeout|BrokenPipe)Error\b|\b(?:Connect|Read)Timeout\b|\bAutoReconnect\b))"
    // Web sockets, the system's own words, brokers and databases.
    R"(|\bweb ?socket\b[^;,]{0,40}?\b(?:closed|lost|failed|dropped)\b)"
    R"(|\bbroken pipe\b|\breset by (?:peer|server)\b|\bnetwork is unreachable\b|\bno route to host\b|\bfailure in name resolution\b|\bname or service not known\b)"
    R"(|\berrno (?:32|101|104|110|111|113)\b|\bserver has gone away\b|\beof (?:detected|occurred in violation)|\bsocket (?:is )?closed\b|\bsocket\.send\(\) raised\b)"
    R"(|\bfatal (?:read|write) error on socket\b|\b(?:read|connect|request|socket|ping|handshake|operation) timed out\b|\bping timeout\b|\btimeout reading from socket\b|\bheartbeats missed\b)";

// What takes the meaning away: nothing was lost, a count of none, a setting.
constexpr std::string_view kNothingLost =
    "(?i)"
    R"(\b(?:no|not|never|zero|0|without(?: any| a)?) (?:\w+ )?(?:dis|re)connect\w*)"
    R"(|\b(?:lost connection|disconnection|(?:dis|re)connect(?:ed|ion|ing)?)(?: count)?\s*[:=]\s*(?:0|no|none|false|null|true|yes|on|off|\d+(?:\.\d+)? ?(?:ms|s|seconds)?)(?:\W|$))"
    R"(|\b(?:dis|re)connect(?:ion)? (?:interval|delay|attempts|retries|policy|backoff|timeout|limit|handler|callback|logic|enabled|disabled)\b)"
    R"(|\bif (?:the )?connection (?:is |was )?(?:lost|closed|reset|refused)\b|\b(?:dis|re)connect(?:ion)? (?:is )?not (?:needed|required)\b)";

bool line_tells(std::string_view line) {
  static const Regex lost(kLost, "");
  static const Regex nothing_lost(kNothingLost, "");
  if (!lost.matches(line)) return false;
  // A line may hold both: what is left decides.
  std::string left(line);
  std::vector<std::string_view> groups;
  while (nothing_lost.match(left, groups)) left.replace(static_cast<std::size_t>(groups[0].data() - left.data()), groups[0].size(), "; ");
  return lost.matches(left);
}

}  // namespace

bool tells_lost_connection(std::string_view message) {
  // A record of several lines has a traceback behind it; a line's end, if it is that long, is data.
  constexpr std::size_t kLongest = 4096;
  while (!message.empty()) {
    if (line_tells(take_until(message, "\n").substr(0, kLongest))) return true;
  }
  return false;
}

}  // namespace memlog
