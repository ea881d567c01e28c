#include <doctest/doctest.h>

#include "support/log_builder.h"

using namespace memlog;
using namespace memlog::test;

TEST_CASE("samplers: docker stats in follow mode, a container that is gone passed over") {
  const Log log(testdata("samplers/docker-stats-follow.log"));
  REQUIRE(log.samples().size() == 2);
  CHECK(log.records[0].process_name == "photoz-db-1");
  CHECK(log.records[0].rss_mb == doctest::Approx(177.9));
  CHECK(log.records[0].limit_mb == doctest::Approx(908.6));
  CHECK(log.records[1].rss_mb == doctest::Approx(1280));
}

TEST_CASE("samplers: docker stats as JSON") {
  const Log log(testdata("samplers/docker-stats.json.log"));
  REQUIRE(log.samples().size() == 1);
  CHECK(log.records[0].rss_mb == doctest::Approx(2.352));
  CHECK(log.records[0].process_name == "web-1");
}

TEST_CASE("samplers: rows of kubectl top take the time of the date above them") {
  const Log log(testdata("samplers/kubectl-top.log"));
  REQUIRE(log.samples().size() == 3);
  CHECK(log.records[1].process_name == "worker-7f6b9");
  CHECK(log.records[1].rss_mb == doctest::Approx(2048));
  CHECK(log.records[2].at() == "2026-01-05 10:01:00Z");
}

TEST_CASE("samplers: mprof in any order, functions as tasks") {
  const Log log(testdata("samplers/mprofile_20190112.dat"));
  CHECK(log.samples().size() == 3);
  CHECK(log.of(EventKind::task_start)[0].task_name == "app.load");
  CHECK(log.of(EventKind::task_end)[0].rss_mb == doctest::Approx(101.5));
  CHECK(log.lines.records == 4);
  CHECK(log.accounted());
}

TEST_CASE("samplers: psrecord's rows count under their heading alone") {
  const Log log(testdata("samplers/psrecord.log"));
  REQUIRE(log.samples().size() == 2);
  CHECK(log.records[1].rss_mb == doctest::Approx(2426.141));
  CHECK(log.records[1].vms_mb == doctest::Approx(5810.457));
  CHECK(Log("0.1 2.0 3.0 4.0\n").records.empty());
}

TEST_CASE("samplers: the monitor script's time line dates docker's and ps' rows") {
  const Log log(testdata("samplers/monitor.log"));
  REQUIRE(log.samples().size() == 2);
  CHECK(log.records[0].at() == "2026-01-05 10:00:00");
  CHECK(log.records[1].process_name == "celery[42]");
  CHECK(log.records[1].rss_mb == doctest::Approx(234567 / 1024.0));
}

TEST_CASE("heroku: all forms of the runtime metrics name the same dyno") {
  for (const char* source : {"web.1 dyno=heroku.145.aa", "heroku.web.1", "heroku.2808254.web.1.d97d0ea7-cf3d-411b-b453-d2943a50b456"}) {
    CAPTURE(source);
    const Parsing drained("source=" + std::string(source) + " measure=memory_rss val=470.5 units=MB\n");
    REQUIRE(drained.size() == 1);
    CHECK(drained.process(0) == "web.1");
    CHECK(drained[0].rss_mb == 470.5);
    // With the dyno in the platform's prefix it is the container, as for the dyno's other lines.
    const Parsing prefixed("2026-08-18T22:10:00.000000+00:00 heroku[web.1]: source=" + std::string(source) + " measure=memory_rss val=470.5 units=MB\n");
    REQUIRE(prefixed.size() == 1);
    CHECK(prefixed.host(0) == "web.1");
    CHECK(prefixed.process(0) == "");
  }
}

TEST_CASE("samplers: quantities of kubectl top as Kubernetes writes them") {
  const auto mb = [](const std::string& row) {
    const Log log("Mon Jan  5 10:00:00 UTC 2026\n" + row + "\n");
    CHECK(log.accounted());
    return log.samples().size() == 1 ? log.samples()[0].rss_mb : -1.0;
  };
  CHECK(mb("web-5d8c7   250m   512Mi") == doctest::Approx(512));
  CHECK(mb("web-5d8c7   250m   524288Ki") == doctest::Approx(512));
  CHECK(mb("web-5d8c7   1500m   2Gi") == doctest::Approx(2048));
  CHECK(mb("web-5d8c7   250m   512M") == doctest::Approx(512e6 / 1048576));
  CHECK(mb("web-5d8c7   250m   2G") == doctest::Approx(2e9 / 1048576));
  CHECK(mb("web-5d8c7   250m   524288k") == doctest::Approx(524288e3 / 1048576));
  CHECK(mb("web-5d8c7   2   1Gi") == doctest::Approx(1024));
  CHECK(mb("shop   web-5d8c7   2   1048576Ki") == doctest::Approx(1024));
  CHECK(mb("node-1   1500m   12%   1048576Ki   27%") == doctest::Approx(1024));
  // Other tables: a word, a number and a size.
  CHECK(mb("Total   12   3M") == -1.0);
  CHECK(mb("Total   12   3Mi") == -1.0);
  CHECK(mb("page   2   10M") == -1.0);
  CHECK(mb("web-5d8c7   250m   512MiB") == -1.0);
  CHECK(mb("web-5d8c7   250m   512X") == -1.0);
}

TEST_CASE("samplers: a container that stands still in docker stats is no sample of 0 MB") {
  const std::string rows[] = {
      R"({"BlockIO":"0B / 0B","CPUPerc":"0.00%","Container":"x","ID":"6ff177b22ce5","MemPerc":"0.00%","MemUsage":"0B / 0B","Name":"gone","NetIO":"0B / 0B","PIDs":"0"})",
      R"({"BlockIO":"--","CPUPerc":"--","Container":"x","ID":"6ff177b22ce5","MemPerc":"--","MemUsage":"-- / --","Name":"gone","NetIO":"--","PIDs":"--"})",
      "6ff177b22ce5   gone-1   0.00%   0B / 0B   0.00%   0B / 0B   0B / 0B   0",
      "6ff177b22ce5   gone-1   0.00%   0B / 908.6MiB   0.00%   0B / 0B   0B / 0B   0",
      "6ff177b22ce5   gone-1   --   -- / --   --   --   --   --",
      "gone-1   0.00%   0B / 0B",
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    const Log log(row + "\n6ff177b22ce5   web-1   49.92%   177.9MiB / 908.6MiB   19.58%\n");
    REQUIRE(log.records.size() == 1);
    CHECK(log.records[0].rss_mb == doctest::Approx(177.9));
    CHECK(log.lines.records == 1);
    CHECK(log.lines.ignored == 1);
  }
}

TEST_CASE("samplers: mprof's readings come by their time, whatever order they stand in") {
  const std::string text =
      "MEM 50.0 1547322141.0\nMEM 300.0 1547322143.0\nMEM 60.0 1547322142.0\nCHLD 1 20.0 1547322142.2\nMEM 310.0 1547322144.0\nMEM 70.0 1547322142.5\n"
      "FUNC app.load 50.0 1547322141.1 310.0 1547322144.0\nMEM 320.0 1547322145.0\n";
  std::string first;
  for (const std::size_t chunk : {std::size_t{1} << 20, std::size_t{64}, std::size_t{25}}) {
    CAPTURE(chunk);
    LogOptions options;
    options.chunk_size = chunk;
    options.raw = true;
    const Log log(text, options);
    std::string told;
    for (const Record& r : log.records) told += std::to_string(static_cast<int>(r.rss_mb)) + "@" + std::to_string(r.line) + ":" + r.raw_text.substr(0, 4) + " ";
    CHECK(told == "50@1:MEM  60@3:MEM  20@4:CHLD 70@6:MEM  300@2:MEM  310@5:MEM  50@7:FUNC 310@7:FUNC 320@8:MEM  ");
    CHECK(log.lines.records == 8);
    CHECK(log.accounted());
  }
}

TEST_CASE("samplers: more of mprof's readings than are held are in order, too") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "MEM " + std::to_string(100 + i) + ".0 " + std::to_string(1547322000 + (i ^ 3)) + ".0\n";
  const Log log(text);
  REQUIRE(log.records.size() == 5000);
  for (std::size_t i = 1; i < log.records.size(); ++i) REQUIRE(log.records[i].time.ns > log.records[i - 1].time.ns);
}
