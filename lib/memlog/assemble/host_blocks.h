#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "memlog/assemble/block_builder.h"
#include "memlog/base/decimal.h"

namespace memlog::assemble {

// What is open in the records of several lines, host by host: lines of one never belong to another's.
class HostBlocks {
 public:
  // Where finished records go; set before each batch.
  void set_output(EventBatch* batch, std::vector<Event>* out) {
    batch_ = batch;
    out_ = out;
    for (auto& [host, blocks] : hosts_) blocks.set_output(batch, out);
  }

  // Most lines are of the host of the line before.
  BlockBuilder& of(NameId host) {
    if (last_ < hosts_.size() && hosts_[last_].first == host) return hosts_[last_].second;
    for (last_ = 0; last_ < hosts_.size(); ++last_) {
      if (hosts_[last_].first == host) return hosts_[last_].second;
    }
    BlockBuilder& fresh = hosts_.emplace_back(host, BlockBuilder{}).second;
    fresh.set_output(batch_, out_);
    return fresh;
  }

  // No record of any host has come yet.
  bool empty() const { return hosts_.empty(); }
  // Nothing is open.
  bool idle() const {
    return std::all_of(hosts_.begin(), hosts_.end(), [](const auto& host) { return host.second.idle(); });
  }
  // The header of some host's log states a limit.
  bool any_limit() const {
    return std::any_of(hosts_.begin(), hosts_.end(), [](const auto& host) { return is_known(host.second.limit_mb()); });
  }

  // The input ends.
  void finish() {
    for (auto& [host, blocks] : hosts_) blocks.finish();
  }

 private:
  EventBatch* batch_ = nullptr;
  std::vector<Event>* out_ = nullptr;
  std::vector<std::pair<NameId, BlockBuilder>> hosts_;
  std::size_t last_ = 0;
};

}  // namespace memlog::assemble
