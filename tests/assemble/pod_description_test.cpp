#include "memlog/assemble/pod_description.h"

#include <doctest/doctest.h>

#include <string>

#include "memlog/scan/read_events.h"
#include "support/log_builder.h"

using namespace memlog;

namespace {

// `process limit context` of each death, one a line. Wherever the text is cut.
std::string deaths(const std::string& log, std::size_t chunk = 1 << 18) {
  const test::TempDirectory directory;
  ReadOptions options;
  options.stream.chunk_size = chunk;
  ReadResult result;
  std::string out;
  read_events(list_inputs({directory.write("pod.txt", log)}), options, result, [&](const Slice& slice) {
    for (const Event& event : slice.events) {
      if (!is_death(event.kind) || !event.is(flag::kRecord)) continue;
      out += std::string(to_string(event.kind)) + " " + std::string(result.names.processes.name(event.process)) + " " + (is_known(event.limit_mb) ? std::to_string(static_cast<int>(event.limit_mb)) : "-") + " " +
             std::string(trim(slice.batch.context_of(event))) + "\n";
    }
  });
  if (chunk > 64) CHECK(deaths(log, 64) == out);
  return out;
}

const std::string kState = "    lastState:\n      terminated:\n        exitCode: 137\n        finishedAt: \"2025-11-16T08:30:58Z\"\n        reason: OOMKilled\n        startedAt: \"2025-11-16T07:30:58Z\"\n";

}  // namespace

TEST_CASE("pod description: names and limits of several containers stay apart") {
  const auto container = [](const std::string& name, const std::string& time, const std::string& limit) {
    return "  " + name + ":\n    State:          Running\n      Started:      Sun, 16 Nov 2025 09:00:00 +0000\n    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137\n      Started:      Sun, 16 Nov 2025 07:00:00 +0000\n      Finished:     Sun, 16 Nov 2025 " +
           time + " +0000\n    Ready:          True\n    Restart Count:  1\n    Limits:\n      cpu:     1\n      memory:  " + limit + "\n    Requests:\n      memory:  64Mi\n";
  };
  const std::string head = "Name:             bot-7c9-x\nNamespace:        prod\nContainers:\n";
  const auto expected = [](const std::string& name, const std::string& limit) { return "oom_kill " + name + " " + limit + " Reason:       OOMKilled (container " + name + " of pod bot-7c9-x, started Sun, 16 Nov 2025 07:00:00 +0000)\n"; };
  CHECK(deaths(head + container("bot", "08:00:00", "512Mi") + container("side", "08:10:00", "1Gi") + "Events:  <none>\n") == expected("bot", "512") + expected("side", "1024"));
  // Cut off behind the state, or in front of the names.
  CHECK(deaths(head + "  bot:\n    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137\n      Finished:     Sun, 16 Nov 2025 08:00:00 +0000\n") == "oom_kill bot - Reason:       OOMKilled (container bot of pod bot-7c9-x)\n");
  CHECK(deaths("    Last State:     Terminated\n      Reason:       OOMKilled\n      Finished:     Sun, 16 Nov 2025 08:00:00 +0000\n") == "oom_kill  - Reason:       OOMKilled\n");
}

TEST_CASE("pod description: YAML and JSON name the container behind its state") {
  CHECK(deaths(kState + "    name: worker\n") == "oom_kill worker - reason: OOMKilled (container worker, started 2025-11-16T07:30:58Z)\n");
  const std::string json = "{\n    \"metadata\": {\n        \"name\": \"bot-7c9-x\"\n    },\n    \"spec\": {\n        \"containers\": [\n            {\n                \"env\": [\n                    {\n                        \"name\": \"tz\"\n                    }\n                ],\n"
                           "                \"name\": \"bot\",\n                \"resources\": {\n                    \"limits\": {\n                        \"memory\": \"512Mi\"\n                    }\n                }\n            }\n        ]\n    },\n"
                           "    \"status\": {\n        \"containerStatuses\": [\n            {\n                \"lastState\": {\n                    \"terminated\": {\n                        \"exitCode\": 137,\n                        \"finishedAt\": \"2025-11-16T08:30:58Z\",\n"
                           "                        \"reason\": \"OOMKilled\",\n                        \"startedAt\": \"2025-11-16T07:30:58Z\"\n                    }\n                },\n                \"name\": \"bot\",\n                \"ready\": true\n";
  CHECK(deaths(json) == "oom_kill bot 512 \"reason\": \"OOMKilled\", (container bot of pod bot-7c9-x, started 2025-11-16T07:30:58Z)\n");
  // One line, of one container.
  CHECK(deaths("{\"containerStatuses\":[{\"name\":\"bot\",\"lastState\":{\"terminated\":{\"exitCode\":137,\"finishedAt\":\"2026-01-05T10:03:02Z\",\"reason\":\"OOMKilled\"}}}]}\n").starts_with("oom_kill bot - "));
}

TEST_CASE("pod description: a limit in bytes, and in powers of ten") {
  const auto pod = [](const std::string& limit) {
    return "metadata:\n  name: bot-7c9-x\nspec:\n  containers:\n  - image: x\n    name: worker\n    resources:\n      limits:\n        memory: " + limit + "\nstatus:\n  containerStatuses:\n  - image: x\n" + kState + "    name: worker\n";
  };
  for (const std::string limit : {"536870912", "\"536870912\"", "512Mi", "524288Ki"}) {
    CAPTURE(limit);
    CHECK(deaths(pod(limit)) == "oom_kill worker 512 reason: OOMKilled (container worker of pod bot-7c9-x, started 2025-11-16T07:30:58Z)\n");
  }
  CHECK(deaths(pod("512M")).starts_with("oom_kill worker 488 "));
  CHECK(deaths(pod("half")).starts_with("oom_kill worker - "));
}

TEST_CASE("pod description: a pod in JSON on one line says what it says on many") {
  const auto pod = [](const std::string& name, const std::string& limit, const std::string& state) {
    return R"({"apiVersion":"v1","kind":"Pod","metadata":{"annotations":{"last":"{\"spec\":{\"containers\":[{\"name\":\"zz\",\"resources\":{\"limits\":{\"memory\":\"99Mi\"}}}]}}"},"name":")" + name +
           R"("},"spec":{"containers":[{"name":"side","resources":{"limits":{"memory":"64Mi"}}},{"image":"x","name":"bot","resources":{"limits":{"memory":)" + limit +
           R"(},"requests":{"memory":"256Mi"}}}]},"status":{"containerStatuses":[{"name":"side","lastState":{},"state":{"running":{"startedAt":"2025-11-16T07:00:02Z"}}},{)" + state + R"("name":"bot","restartCount":5}]}})";
  };
  const auto ended = [](const std::string& reason, const std::string& code, const std::string& time) {
    return R"("lastState":{"terminated":{"exitCode":)" + code + R"(,"finishedAt":)" + time + R"(,"reason":")" + reason + R"(","startedAt":"2025-11-16T07:30:12Z"}},)";
  };
  const std::string oom = ended("OOMKilled", "137", "\"2025-11-16T07:41:55Z\"");
  const std::string kill = ended("Error", "137", "\"2025-11-16T07:41:57Z\"");
  const auto expected = [](const std::string& kind, const std::string& limit, const std::string& reason, const std::string& name) {
    return kind + " bot " + limit + " \"exitCode\": 137, \"reason\": \"" + reason + "\" (container bot of pod " + name + ", started 2025-11-16T07:30:12Z)\n";
  };
  CHECK(deaths(pod("a-1", "\"512Mi\"", oom) + "\n") == expected("oom_kill", "512", "OOMKilled", "a-1"));
  CHECK(deaths(pod("a-1", "536870912", oom) + "\n") == expected("oom_kill", "512", "OOMKilled", "a-1"));
  // A line each, and all on one: pods whose containers have one name and die at once, and one without a time.
  const std::string pods[] = {pod("a-1", "\"512Mi\"", oom), pod("a-2", "\"256Mi\"", ended("Completed", "0", "\"2025-11-16T07:41:56Z\"")), pod("a-3", "\"1Gi\"", kill), pod("a-4", "\"1Gi\"", ended("Error", "137", "null"))};
  const std::string all = expected("oom_kill", "512", "OOMKilled", "a-1") + expected("kill", "1024", "Error", "a-3") + expected("kill", "1024", "Error", "a-4");
  CHECK(deaths(pods[0] + "\n" + pods[1] + "\n" + pods[2] + "\n" + pods[3] + "\n") == all);
  const std::string list = pods[0] + "," + pods[1] + ", " + pods[2] + "," + pods[3];
  CHECK(deaths(R"({"apiVersion": "v1", "items": [)" + list + R"(], "kind": "List"})" + "\n") == all);
  CHECK(deaths("[" + list + "]\n") == all);
  // What the text's end cuts off does not hide what stands before it, and no part of it is too much.
  const std::string whole = R"({"items":[)" + list + "]}";
  for (std::size_t n = 0; n <= whole.size(); n += 7) deaths(whole.substr(0, n) + "\n");
  CHECK(deaths(whole.substr(0, whole.size() - 300) + "\n").starts_with(expected("oom_kill", "512", "OOMKilled", "a-1")));
  // The line is one record.
  const test::Log log(whole + "\n");
  CHECK(log.accounted());
  CHECK(log.lines.records == 1);
}

TEST_CASE("pod description: far from one, and in other texts, such lines mean nothing") {
  std::string far = "Name:             bot-7c9-x\nContainers:\n  bot:\n";
  for (int i = 0; i < 100; ++i) far += "text\n";
  CHECK(deaths(far + "      Reason:       OOMKilled\n") == "oom_kill  - Reason:       OOMKilled\n");
  CHECK(deaths("name: bot\nmemory: 512Mi\nlimits:\nmetadata:\n  x:\n") == "");
}

TEST_CASE("pod description: lists of all namespaces and events in JSON tell deaths") {
  CHECK(deaths("NAMESPACE  NAME  READY  STATUS  RESTARTS  AGE\nprod  bot-7c9-x  0/1  OOMKilled  3 (12m ago)  10m\n").starts_with("oom_kill "));
  CHECK(deaths("{\"kind\":\"Event\",\"reason\":\"OOMKilling\",\"message\":\"Memory cgroup out of memory: Killed process 23793 (celery) total-vm:2623712kB, anon-rss:506500kB, file-rss:1268kB, shmem-rss:0kB\",\"lastTimestamp\":\"2025-11-16T08:30:00Z\"}\n").starts_with("oom_kill celery - "));
}
