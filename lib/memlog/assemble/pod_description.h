#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "memlog/event/event.h"
#include "memlog/event/part.h"

namespace memlog::assemble {

// What `kubectl describe pod`, or a pod in YAML or JSON, says of a container around the state in which it died: in the first its
// name stands above and its limit below; in the others the limits of all stand far above, and the name right below.
class PodDescription {
 public:
  enum class Then : std::uint8_t { goes_on, is_complete };

  // A word of the description; whether what is known of the state before it is all that comes.
  Then take(const Event& part, std::string_view text);

  // A death in this line is of a container that is being described.
  bool describes(std::uint64_t line) const { return described_ && line <= last_line_ + kReach; }

  const std::string& pod() const { return pod_; }
  const std::string& container() const { return container_; }
  const std::string& started() const { return started_; }
  double limit_mb() const;

  // The state has been told; the next one is another's.
  void state_is_told();

 private:
  // Lines without any such word, the arguments and mounts of a container.
  static constexpr std::uint64_t kReach = 60;

  std::string pod_;
  std::string container_;
  std::string started_;
  std::map<std::string, double, std::less<>> limits_;  // by container
  double metadata_indent_ = kMissing;
  bool described_ = false;
  bool by_describe_ = false;           // `kubectl describe`, not YAML or JSON
  bool in_state_ = false;              // of YAML or JSON: names are of states
  bool in_limits_ = false;
  std::uint64_t last_line_ = 0;
};

}  // namespace memlog::assemble
