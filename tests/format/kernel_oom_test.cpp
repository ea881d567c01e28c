#include <doctest/doctest.h>

#include <string>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

namespace {

const std::string kKilled = "Memory cgroup out of memory: Killed process 4711 (python) total-vm:2623712kB, anon-rss:512000kB, file-rss:1024kB, shmem-rss:0kB, UID:0 pgtables:1048kB oom_score_adj:0";
const std::string kSystem = "System OOM encountered, victim process: python, pid: 4711";

}  // namespace

TEST_CASE("kernel_oom: the rows in which Kubernetes hands on the kernel's words are kills") {
  const std::string rows[] = {
      "3m          Warning   OOMKilling   node/n1   " + kKilled,
      "3m (x2 over 5m)   Warning   OOMKilling   node/n1   " + kKilled,
      "2m30s   Warning   OOMKilling   node/n1      kernel-monitor, n1   " + kKilled + "   2m30s   1   n1.17a2",
      "default   3m   Warning   OOMKilling   node/n1   " + kKilled,
      "kube-system   3m (x2 over 5m)   Warning   OOMKilling   node/n1   " + kKilled,
      "<unknown>   Warning   OOMKilling   node/n1   " + kKilled,
      "  Warning  OOMKilling  3m (x2 over 5m)  kernel-monitor  " + kKilled,
      "3m   Warning   SystemOOM   node/n1   " + kSystem,
      "default   3m   Warning   SystemOOM   node/n1   kubelet, n1   " + kSystem + "   3m   1   n1.17a2",
      "  Warning  SystemOOM  3m  kubelet  " + kSystem,
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    const Log log("LAST SEEN   TYPE      REASON      OBJECT          MESSAGE\n" + row + "\n");
    REQUIRE(log.records.size() == 1);
    const Record& kill = log.records[0];
    CHECK(kill.kind == EventKind::oom_kill);
    CHECK(kill.process_name == "python");
    CHECK(kill.number("pid") == 4711);
    CHECK(kill.at().empty());
    if (row.find("OOMKilling") != std::string::npos) CHECK(kill.rss_mb == doctest::Approx(501.0));
    CHECK(log.lines.records == 1);
    CHECK(log.lines.ignored == 1);
  }
}

TEST_CASE("kernel_oom: kernels of long ago wrote the words in other cases") {
  struct Words {
    std::string text;
    std::string process;
    double pid;
  };
  const Words words[] = {
      {"Out of Memory: Killed process 2343 (mysqld).", "mysqld", 2343},
      {"Out of memory: kill process 2344 (java) score 13241 or a child", "java", 2344},
      {"Out of Memory: Kill process 2345 (java) score 13241 and children.", "java", 2345},
      {"Out of memory: kill process 2344 (java) score 13241 or a child\nKilled process 2344 (java)", "java", 2344},
  };
  for (const Words& old : words) {
    CAPTURE(old.text);
    std::string text;
    for (std::string_view rest = old.text; !rest.empty();) text += "Dec  5 09:00:00 myhost kernel: " + std::string(take_until(rest, "\n")) + "\n";
    for (const std::string& log_text : {text, old.text + "\n"}) {
      const Log log(log_text);
      CHECK(log.accounted());
      REQUIRE(log.records.size() == 1);
      CHECK(log.records[0].kind == EventKind::oom_kill);
      CHECK(log.records[0].process_name.ends_with(old.process));
      CHECK(log.records[0].number("pid") == old.pid);
    }
  }
}

TEST_CASE("kernel_oom: two rows about one victim are one death, two victims are two") {
  const std::string killed = "3m   Warning   OOMKilling   node/n1   " + kKilled + "\n";
  const std::string system = "3m   Warning   SystemOOM   node/n1   " + kSystem + "\n";
  const std::string other = "3m   Warning   SystemOOM   node/n1   System OOM encountered, victim process: node, pid: 4800\n";
  CHECK(Log(killed + system).records.size() == 1);
  CHECK(Log(system + killed).records.size() == 1);
  CHECK(Log(system + other).records.size() == 2);
  CHECK(Log(killed + other).records.size() == 2);
  CHECK(Log(killed + "[ 1234.567890] " + kKilled + "\n").records.size() == 1);
}

TEST_CASE("kernel_oom: rows that only look like an event of a node are none, and one that is cut is malformed") {
  CHECK(Log("2025-11-16 08:30:00 - INFO - 3m   Warning   OOMKilling   node/n1   " + kKilled + "\n").records.empty());
  CHECK(Log("we saw Warning OOMKilling today: Killed process 4711 (python) total-vm:1kB\n").records.empty());
  CHECK(Log("3m   Warning   BackOff   pod/api   Back-off restarting failed container\n").records.empty());
  CHECK(Log("3m   Normal   OOMKilling   node/n1   " + kKilled + "\n").records.empty());
  CHECK(Log("3m   Warning   OOMKilling   node/n1   Memory cgroup out of memory: Killed process\n").lines.ignored == 1);
  CHECK(Log("3m   Warning   OOMKilling   node/n1   Memory cgroup out of memory: Killed process x\n").lines.malformed == 1);
  CHECK(Log("3m   Warning   SystemOOM   node/n1   System OOM encountered, victim process: python\n").lines.malformed == 1);
}
