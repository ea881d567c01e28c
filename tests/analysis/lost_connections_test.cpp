#include "memlog/analysis/lost_connections.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace memlog;

TEST_CASE("lost connections: the lines that libraries print") {
  const std::string_view lines[] = {
      // telethon, pyrogram
      "Server closed the connection: [Errno 104] Connection reset by peer",
      "Server closed the connection: 0 bytes read on a total of 8 expected bytes",
      "Attempt 1 at connecting failed: ConnectionRefusedError: [Errno 111] Connect call failed ('149.154.167.51', 443)",
      "Attempt 2 at connecting failed: TimeoutError: ",
      "Automatic reconnection failed 5 time(s)",
      "Connection closed while receiving data",
      "Closing current connection to begin reconnect...",
      "Disconnecting from 149.154.167.51:443/TcpFull...",
      "Failed reconnection attempt 0 with ConnectionRefusedError",
      "ConnectionError: Cannot send requests while disconnected",
      "Unable to connect due to network issues: Connection failed",
      "[NetworkTask-3] Retrying \"upload.GetFile\" due to: Request timed out",
      "telegram.error.NetworkError: httpx.ConnectError: All connection attempts failed",
      // aiohttp
      "aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host api.telegram.org:443 ssl:default [Connect call failed]",
      "ServerDisconnectedError: Server disconnected",
      "ClientConnectionResetError: Cannot write to closing transport",
      "ConnectionTimeoutError: Connection timeout to host https://api.example.org/",
      "aiohttp.client_exceptions.ServerTimeoutError: Timeout on reading data from socket",
      // redis, celery, kombu
      "consumer: Connection to broker lost. Trying to re-establish the connection...",
      "consumer: Cannot connect to redis://localhost:6379/0: Error 111 connecting to localhost:6379. Connection refused..",
      "redis.exceptions.ConnectionError: Connection closed by server.",
      "Error while reading from redis:6379 : (104, 'Connection reset by peer')",
      "redis.exceptions.TimeoutError: Timeout reading from socket",
      "kombu.exceptions.OperationalError: [Errno 111] Connection refused",
      "amqp.exceptions.ConnectionForced: Too many heartbeats missed",
      "Server unexpectedly closed connection",
      // websockets, websocket-client, discord.py
      "websockets.exceptions.ConnectionClosedError: no close frame received or sent",
      "sent 1011 (internal error) keepalive ping timeout; no close frame received",
      "WebSocket closed with 1006, reconnecting",
      "websocket connection to wss://stream.example.org:443/ws closed",
      "WebSocketConnectionClosedException: Connection to remote host was lost.",
      "Attempting a reconnect in 5.47s",
      "Shard ID None WebSocket closed with 1000",
      "disconnected, rc=7",
      // asyncio, ssl, sockets
      "socket.send() raised exception.",
      "Fatal read error on socket transport",
      "asyncio.exceptions.IncompleteReadError: 0 bytes read on a total of 8 expected bytes",
      "ConnectionResetError: [Errno 104] Connection reset by peer",
      "ConnectionAbortedError: SSL handshake is taking longer than 60.0 seconds: aborting the connection",
      "BrokenPipeError: [Errno 32] Broken pipe",
      "OSError: [Errno 113] No route to host",
      "socket.gaierror: [Errno -3] Temporary failure in name resolution",
      "ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:1007)",
      // psycopg, asyncpg, MySQL, pymongo
      "psycopg2.OperationalError: server closed the connection unexpectedly",
      "psycopg.OperationalError: connection failed: connection to server at \"10.0.0.7\", port 5432 failed: Connection refused",
      "SSL connection has been closed unexpectedly",
      "psycopg2.InterfaceError: connection already closed",
      "terminating connection due to administrator command",
      "asyncpg.exceptions.ConnectionDoesNotExistError: connection was closed in the middle of operation",
      "(2013, 'Lost connection to MySQL server during query')",
      "(2006, 'MySQL server has gone away')",
      "Can't connect to MySQL server on 'db' (111)",
      "pymongo.errors.AutoReconnect: db:27017: connection closed",
      // requests, urllib3, httpx, gRPC
      "requests.exceptions.ConnectionError: ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
      "HTTPSConnectionPool(host='api.example.org', port=443): Max retries exceeded with url: /v1",
      "HTTPSConnectionPool(host='api.example.org', port=443): Read timed out. (read timeout=10)",
      "Failed to establish a new connection: [Errno 111] Connection refused",
      "Resetting dropped connection: api.example.org",
      "httpx.RemoteProtocolError: Server disconnected without sending a response.",
      "httpx.ReadTimeout",
      "failed to connect to all addresses; last error: UNAVAILABLE",
      // and plain words
      "connection lost",
      "Connection to 10.0.0.1:5432 lost",
      "Lost connection, trying again",
      "Disconnected",
      "no disconnects until now, then: Connection reset by peer",
      "Traceback (most recent call last):\n  File \"a.py\", line 3\nConnectionResetError: [Errno 104]",
  };
  for (const std::string_view line : lines) {
    CAPTURE(line);
    CHECK(tells_lost_connection(line));
  }
}

TEST_CASE("lost connections: near misses") {
  const std::string_view lines[] = {
      "",
      "connection pool size 10",
      "Connection pool is full, discarding connection: api.telegram.org. Connection pool size: 10",
      "reconnect_interval=5",
      "reconnect=True, timeout=30",
      "auto_reconnect=True",
      "auto-reconnect enabled",
      "reconnect interval is 5 seconds",
      "max_reconnect_attempts: 3",
      "no disconnects",
      "no disconnects in the last 24 hours",
      "0 disconnects",
      "disconnects: 0",
      "disconnected: 0 | connected: 12",
      "never disconnected since start",
      "Not disconnecting (already have no connection)",
      "on_disconnect handler registered",
      "await client.disconnect()",
      "GET /api/disconnect HTTP/1.1 200",
      "Connection to 149.154.167.51:443/TcpFull complete!",
      "Connected to redis://localhost:6379/0",
      "connection established",
      "connection established, 3 tasks failed",
      "Starting new HTTPS connection (1): api.example.org:443",
      "Reconnected to gateway",
      "Shard ID None has connected to Gateway (Session ID: 4f1e6a)",
      "Can't keep up, shard ID 0 websocket is 39.3s behind.",
      "websocket listening on 0.0.0.0:8765",
      "connect_timeout=10 read_timeout=30",
      "{\"connectTimeout\":5000,\"readTimeout\":30000}",
      "request timeout is 30 s",
      "Task app.ocr timed out after 300 s",
      "TimeoutError: media group 7 items",
      "The broker_connection_retry configuration setting will no longer determine whether broker connection retries are made",
      "Will retry if the connection is lost",
      "Connection: close",
      "lost 3 frames",
  };
  for (const std::string_view line : lines) {
    CAPTURE(line);
    CHECK_FALSE(tells_lost_connection(line));
  }
}

TEST_CASE("lost connections: a line without end is looked at as far as it may tell something") {
  std::string line;
  while (line.size() < 1 << 20) line += "not disconnected, ";
  CHECK_FALSE(tells_lost_connection(line));
  CHECK(tells_lost_connection("connection lost " + line));
}
