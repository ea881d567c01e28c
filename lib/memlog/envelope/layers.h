#pragma once

#include <string_view>

#include "memlog/envelope/line.h"
#include "memlog/event/text_arena.h"

// One layer each: takes it off `line.message` and returns true, or leaves the line as it is.
namespace memlog::envelope {

// ANSI colour and cursor sequences. Those in front go; those inside make a copy of the message in `arena`.
bool strip_ansi(Line& line, TextArena& arena);
// All sequences of a line that has one near its beginning.
bool strip_ansi_inside(Line& line, TextArena& arena);

// `celery-worker-1  | …`, what docker compose puts before a container's output, with `-t` a time as well.
bool docker_compose(Line& line);

// `[2025-11-16 08:30:00,123: INFO/ForkPoolWorker-2] …`, and a task's `task.name[id]: ` behind it.
bool celery(Line& line);

// `{"log":"…\n","stream":"stderr","time":"…"}`, Docker's json-file. Escapes go to `arena`.
bool docker_json(Line& line, TextArena& arena);

// `{"MESSAGE":"…","__REALTIME_TIMESTAMP":"…"}`, journalctl -o json.
bool journal_json(Line& line, TextArena& arena);

// `2025-11-16T08:30:00.123456789Z stderr F …`, Kubernetes' CRI logs.
bool cri(Line& line);

// `[pod/web/app] …`, kubectl logs --prefix.
bool kubectl_prefix(Line& line);

// `2025-11-16T08:30:00.123456+00:00 app[worker.1]: …`, Heroku.
bool logplex(Line& line);

// `2025-11-16T08:30:00Z app[148ed193b95789] lhr [info] …`, Fly.
bool fly(Line& line);

// `2025-11-16T08:30:00.123456789Z …`: docker logs -t, kubectl logs --timestamps, Render, journalctl -o short-iso.
bool bare_platform_time(Line& line);

// `2025-11-16T08:30:00.123000+00:00 app/web/0a1b2c3d …`, aws logs tail.
bool cloudwatch(Line& line);

// `web-5d8c7-x2v app …`, stern, which follows pods; with -t a time behind.
bool stern(Line& line);

// `08:30:00 web.1  | …`, foreman and honcho.
bool procfile(Line& line);

// `[web] …`, concurrently.
bool concurrently(Line& line);

// `@4000000069197f5207565d1c …`, multilog and s6-log; `2025-11-16_08:30:00.12345 …`, runit's svlogd, in UTC.
bool tai64n(Line& line);
bool svlogd(Line& line);

// `Nov 16 08:30:00 host python[42]: …`, RFC 3164 and the journal; Render's dashboard.
bool syslog(Line& line);

// `<30>1 2025-11-16T08:30:00Z host app 42 - - …`, RFC 5424, and RFC 3164 with its priority.
bool syslog_priority(Line& line);

// `Sun 2025-11-16 08:30:00 CET host python[42]: …` and `1763281800.123456 host python[42]: …`, journalctl.
bool journal_short(Line& line);

// `[  123.456789] …` and `[Sun Nov 16 08:30:00 2025] …`, dmesg; `[  123.456789] host kernel: …`, journalctl.
bool kernel(Line& line);

// `kern  :err   : [  123.456789] …`, dmesg -x.
bool kernel_decoded(Line& line);

// `2025-11-16T08:30:00: …` and `0|worker  | …`, pm2.
bool pm2_time(Line& line);
bool pm2_name(Line& line);

// The styles of Python's logging module, and a bare time in front of a message. A time before the words of one of the machine's
// own programs is the journal's: then the line is not `prefixed`.
bool python_logging(Line& line);

// What may be a container's or process's name in front of anything: see peel_name().
bool collectors_name(Line& line);

// `\U0001f4ca \u251c\u2500 \xe9` as the characters that Python could not encode; the text itself where there is none.
std::string_view unescape_python(std::string_view text, TextArena& arena);

// One colour sequence at the front of `s`, removed.
void skip_colour(std::string_view& s);

// A blank and then a logger's prefix or a time stand at the front of `s`, perhaps behind a colour's end.
bool logger_follows(std::string_view s);

// A level's name in upper case at the front of `s`; removed. Level::none without one.
Level take_level(std::string_view& s);

// `host tag[pid]: ` at the front of `s`, removed; `host` is the host with the tag, without the pid.
bool take_syslog_tag(std::string_view& s, std::string_view& host);

// `host kernel: ` or `host systemd[1]: ` at the front of `s`, removed: the machine's own programs, whose names no message
// has there by chance.
bool take_machine_tag(std::string_view& s, std::string_view& host);

// A level's name in any case; Level::none for another word.
Level level_of_word(std::string_view word);

// The application's clock wins over the platform's, whatever order they stand in.
void set_time(Line& line, const Timestamp& time, bool platform);

}  // namespace memlog::envelope
