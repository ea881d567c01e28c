#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "memlog/base/time.h"
#include "memlog/report/kept_text.h"
#include "memlog/report/tenths_text.h"

// The text of ordinary readings as `memlog events` writes them, put at places that have room for it: a piece is a few
// stores, and nothing is asked in between.
namespace memlog::reading_text {

// A fixed text at a place that has room for it; gives the place behind it.
template <std::size_t N>
char* copy(char* place, const char (&text)[N]) {
  std::memcpy(place, text, N - 1);
  return place + N - 1;
}

// Text with zeros behind it, so that copy_padded() may copy it in pieces.
inline constexpr std::size_t kPadding = 64;
inline std::string padded(std::string text) {
  text.append(kPadding, '\0');
  return text;
}
inline std::string_view without_padding(const std::string& text) { return {text.data(), text.size() - kPadding}; }

// The same of padded text, piece by piece and without a call.
template <std::size_t Piece>
char* copy_padded(char* place, std::string_view text) {
  static_assert(Piece <= kPadding);
  for (std::size_t i = 0; i < text.size(); i += Piece) std::memcpy(place + i, text.data() + i, Piece);
  return place + text.size();
}

// As EventWriter::key().
template <bool kJson, std::size_t N>
char* quick_key(char* place, const char (&json)[N]) {
  if constexpr (kJson) return copy(place, json);
  *place = ',';
  return place + 1;
}

// The numbers of most readings, in two steps: what the system has stands behind the container. There must be room for
// kNumbersRoom bytes.
inline constexpr std::size_t kNumbersRoom = 256;
inline constexpr unsigned kNoFree = 8;

inline bool has_quick_free(const FourTenths& four) { return four.tenths <= 1000 || (four.missing & kNoFree) != 0; }

template <bool kJson>
char* put_value(char* p, std::uint64_t text, bool missing) {
  if (!missing) return put_tenths(p, text);
  if constexpr (kJson) p = copy(p, "null");
  return p;
}

// Null where the time is written another way.
template <bool kJson>
char* put_own(char* p, const KeptHour& hour, const Timestamp& time, const FourTenths& four) {
  if constexpr (kJson) p = copy(p, "{\"time\":\"");
  p = hour.put(p, time);
  if (p == nullptr) return nullptr;
  if constexpr (kJson) *p++ = '"';
  p = quick_key<kJson>(p, ",\"rss_mb\":");
  p = put_value<kJson>(p, four.text[0], (four.missing & 1) != 0);
  p = quick_key<kJson>(p, ",\"vms_mb\":");
  p = put_value<kJson>(p, four.text[1], (four.missing & 2) != 0);
  return quick_key<kJson>(p, ",\"container_mb\":");
}

template <bool kJson>
char* put_systems(char* p, const FourTenths& four) {
  p = quick_key<kJson>(p, ",\"system_available_mb\":");
  p = put_value<kJson>(p, four.text[2], (four.missing & 4) != 0);
  p = quick_key<kJson>(p, ",\"system_free_percent\":");
  p = put_value<kJson>(p, four.text[3], (four.missing & kNoFree) != 0);
  p = quick_key<kJson>(p, ",\"system_used_percent\":");
  p = put_value<kJson>(p, percent_text(1000 - four.tenths), (four.missing & kNoFree) != 0);
  return quick_key<kJson>(p, ",\"task\":");
}

}  // namespace memlog::reading_text
