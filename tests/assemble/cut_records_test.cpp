#include "memlog/assemble/cut_records.h"

#include <doctest/doctest.h>

#include "memlog/format/format.h"

using namespace memlog;

namespace {

CutRecords::Known snapshot(std::int64_t second, std::size_t log, std::string_view format = "snapshot_tree") {
  Event event;
  event.time.ns = second * kNanosPerSecond;
  event.kind = EventKind::snapshot;
  event.format = static_cast<std::uint8_t>(find_format(format));
  event.rss_mb = 400;
  event.vms_mb = 900;
  event.task = 1;
  event.alert = Alert::high;
  event.input = static_cast<std::uint16_t>(log);
  return {event, 0, log, 1};
}

}  // namespace

TEST_CASE("cut records: what a whole record of another log says, and less, is a part of it") {
  const CutRecords::Known whole = snapshot(10, 0);
  CutRecords records;
  records.note(whole);
  CutRecords::Known part = snapshot(10, 1);
  CHECK(!CutRecords::covers(whole, part));  // it says as much: that is a copy
  part.event.vms_mb = kMissing;
  CHECK(CutRecords::covers(whole, part));
  CHECK(records.whole_of(part) == 0);
  part.event.alert = Alert::none;
  part.event.time.ns += CutRecords::kBlockNs;  // its first lines are gone
  CHECK(CutRecords::covers(whole, part));
  part.event.time = {};
  CHECK(CutRecords::covers(whole, part));
  part.event.rss_mb = kMissing;
  CHECK(!CutRecords::covers(whole, part));  // without a time only the reading tells
}

TEST_CASE("cut records: other readings, later ones, those of the same log and of one line are none") {
  const CutRecords::Known whole = snapshot(10, 0);
  const auto covered = [&](std::size_t log, auto change) {
    CutRecords::Known part = snapshot(10, log);
    part.event.vms_mb = kMissing;
    change(part);
    return CutRecords::covers(whole, part);
  };
  CHECK(covered(1, [](CutRecords::Known&) {}));
  CHECK(!covered(0, [](CutRecords::Known&) {}));
  CHECK(!covered(1, [](CutRecords::Known& part) { part.event.rss_mb = 401; }));
  CHECK(!covered(1, [](CutRecords::Known& part) { part.task = 2; }));
  CHECK(!covered(1, [](CutRecords::Known& part) { part.event.process = 2; }));
  CHECK(!covered(1, [](CutRecords::Known& part) { part.event.alert = Alert::critical; }));
  CHECK(!covered(1, [](CutRecords::Known& part) { part.event.time.ns += CutRecords::kBlockNs + 1; }));
  CHECK(!covered(1, [](CutRecords::Known& part) { part.event.time.ns -= 1; }));
  CHECK(!covered(1, [](CutRecords::Known& part) { part.context = 7; }));
  CHECK(!covered(1, [](CutRecords::Known& part) { part.event.format = static_cast<std::uint8_t>(find_format("daily")); }));
}
