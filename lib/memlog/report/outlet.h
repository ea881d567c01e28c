#pragma once

#include <string>
#include <string_view>

#include "memlog/report/render.h"

namespace memlog {

// Text on its way to a sink. Renderers append to `text`, and pass on what has gathered between two entries: an answer
// is never held as a whole.
class Outlet {
 public:
  explicit Outlet(const Sink& sink) : sink_(sink) {}

  std::string text;                // what waits; not empty once something was written

  // The last characters stay: who goes on wants to know how the text ends.
  void pass_on() {
    if (text.size() < kPiece) return;
    sink_(std::string_view(text).substr(0, text.size() - kKept));
    text.erase(0, text.size() - kKept);
  }
  void finish() {
    if (!text.empty()) sink_(text);
    text.clear();
  }

 private:
  static constexpr std::size_t kPiece = 64 * 1024;
  static constexpr std::size_t kKept = 2;

  const Sink& sink_;
};

// What a renderer writes, as one text.
template <typename Render>
std::string text_of(Render render) {
  std::string text;
  render([&](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace memlog
