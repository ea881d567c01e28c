#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "memlog/assemble/pending.h"
#include "memlog/event/batch.h"
#include "memlog/event/part.h"

namespace memlog::assemble {

// Puts the parts of one host's records together: snapshots with their alerts and lists, garbage collections, measured
// operations, restarts, reports. A record comes out when the first line arrives that cannot belong to it.
class BlockBuilder {
 public:
  // Where finished records go; set before each batch.
  void set_output(EventBatch* batch, std::vector<Event>* out) {
    batch_ = batch;
    out_ = out;
  }

  // Takes one part. Returns false when nothing is open that it could belong to: the line is somebody else's.
  bool take(const Event& part);

  // A record of one line comes: what is open ends before it.
  void before_record(const Event& record) {
    if (record.is(flag::kRecord)) any_record_ = true;
    if (!idle_) end_before_record();
  }

  // A whole snapshot tree comes that belongs to nothing before it: as its header would, it ends the tree before it.
  void before_tree();

  // The input ends.
  void finish();

  // The limit that the log's header states, NaN without one.
  double limit_mb() const { return limit_mb_; }

  bool idle() const { return idle_; }

 private:
  bool take_tree(const Event& part, Part kind);
  bool take_alert(const Event& part, Part kind);
  bool take_operation(const Event& part, Part kind);
  bool take_report(const Event& part, Part kind);
  bool take_start(const Event& part, Part kind);
  bool take_gc(const Event& part, Part kind);

  void tree_header(const Event& part);
  bool tree_ram(const Event& part);
  bool tree_detail(const Event& part);
  bool context(const Event& part);
  bool counters(const Event& part);
  void list_entry(const Event& part);
  void compact(const Event& part);
  void periodic(const Event& part);
  void usage(const Event& part, bool alert);

  void start(Pending& pending, const Event& part, EventKind kind);
  void start_sample(const Event& part) {
    close_gc();
    close_sample();
    debug_rule_ = false;
    start(sample_, part, EventKind::snapshot);
  }
  bool near(const Pending& pending, const Event& part) const;
  void merge_metrics(Pending& pending, const Event& part);
  void add_raw(Pending& pending, const Event& part);
  void set_task(Pending& pending, const Event& part);
  void set_context(Pending& pending, const Event& part);

  void end_before_record();
  void close_all();
  void close_sample();
  void close_list();
  void close_gc();
  void close_operation();
  void close_report();
  void split_critical(const Event& ram);
  void emit(Pending& pending, std::uint16_t flags);
  void emit_restart(const Event& part, std::uint16_t flags);
  void refresh_idle();

  EventBatch* batch_ = nullptr;
  std::vector<Event>* out_ = nullptr;
  Pending sample_;
  Pending debug_;
  Pending gc_;
  Pending operation_;
  Pending report_;
  Pending lead_;
  std::vector<ListEntry> list_;
  Timestamp list_written_;
  double limit_mb_ = kMissing;
  std::uint64_t title_line_ = 0;
  bool container_seen_ = false;
  bool debug_rule_ = false;     // the next rule ends a /memory-debug block
  bool any_record_ = false;
  bool idle_ = true;
};

}  // namespace memlog::assemble
