#include "memlog/report/fit_table.h"

#include <algorithm>
#include <set>

#include "memlog/report/render.h"

namespace memlog {

namespace {

constexpr int kNarrowest = 8;     // of a column that is cut
constexpr int kReadable = 12;     // of a text that is cut
constexpr int kReadableName = 20;
// What is longer than any name is a sentence: its beginning tells, and there has to be enough of it.
constexpr int kLongestName = 60;
constexpr int kReadableSentence = 40;
constexpr int kNarrowestTerminal = 20;
// More different names than this are not told apart by cutting them well.
constexpr std::size_t kMostNames = 400;

std::size_t next(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

// The longest start of `text` that takes at most `width` columns.
std::size_t head(std::string_view text, int width) {
  int used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = next(text, at);
    used += display_width(text.substr(at, end - at));
    if (used > width) break;
    at = end;
  }
  return at;
}

// Where the longest end of `text` begins that takes at most `width` columns.
std::size_t tail(std::string_view text, int width) {
  std::size_t at = 0;
  int rest = display_width(text);
  while (at < text.size() && rest > width) {
    const std::size_t end = next(text, at);
    rest -= display_width(text.substr(at, end - at));
    at = end;
  }
  return at;
}

// The narrowest width at which different names stay different, cut in one way.
int distinct_width(const std::set<std::string>& names, int natural, Fitted::Cut cut) {
  for (int width = kNarrowest; width < natural; ++width) {
    std::set<std::string> seen;
    for (const std::string& name : names) {
      if (!seen.insert(cut_text(name, width, cut)).second) break;
    }
    if (seen.size() == names.size()) return width;
  }
  return natural;
}

// What is known of a column before room is dealt out.
struct Measure {
  int natural = 0;
  int least = 0;      // to which it gives way gladly
  bool flexible = false;
  bool name = false;
};

class Fitting {
 public:
  Fitting(const Table& table, const Texts& texts, int room) : table_(table), room_(room), fitted_(table.columns.size()) {
    std::vector<int> widest(table.columns.size());
    texts([&](const std::vector<std::string>& line) {
      for (std::size_t c = 0; c < widest.size(); ++c) widest[c] = std::max(widest[c], display_width(line[c]));
    });
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const Column& column = table.columns[c];
      Measure one{0, 0, column.flexible || column.name, column.name};
      const int heading = display_width(printable(column.heading));
      one.natural = std::max(heading, widest[c]);
      fitted_[c].width = one.natural;
      if (column.keep_end) fitted_[c].cut = Fitted::Cut::front;
      one.least = std::min(one.natural, std::max(heading, kReadable));
      measures_.push_back(one);
    }
    if (room_ <= 0 || total() <= room_) return;
    for (std::size_t c = 0; c < measures_.size(); ++c) {
      if (measures_[c].name || table.columns[c].keep_end) tell_apart(c, texts);
    }
  }

  std::vector<Fitted> fit() {
    if (room_ <= 0) return fitted_;
    while (true) {
      if (shrink([](const Measure& m) { return m.flexible && !m.name; }, false) || shrink([](const Measure& m) { return m.flexible; }, false)) return fitted_;
      std::size_t victim = fitted_.size();
      for (std::size_t c = 0; c < fitted_.size(); ++c) {
        if (fitted_[c].shown && table_.columns[c].drop > 0 && (victim == fitted_.size() || table_.columns[c].drop > table_.columns[victim].drop)) victim = c;
      }
      if (victim == fitted_.size()) break;
      fitted_[victim].shown = false;
      // The others begin anew: there may be room now.
      for (std::size_t c = 0; c < fitted_.size(); ++c) fitted_[c].width = measures_[c].natural;
    }
    // A terminal may be narrower than what nobody can do without: the rest goes from the right, so no line is broken. In
    // one that shows nothing anyway all stays.
    while (!shrink([](const Measure& m) { return m.flexible; }, true)) {
      const auto last = std::find_if(fitted_.rbegin(), fitted_.rend(), [](const Fitted& one) { return one.shown; });
      const bool others = last != fitted_.rend() && std::any_of(last + 1, fitted_.rend(), [](const Fitted& one) { return one.shown; });
      if (!others || room_ < kNarrowestTerminal) {
        if (!others && last != fitted_.rend()) last->width = std::min(last->width, room_);
        break;
      }
      last->shown = false;
      for (std::size_t c = 0; c < fitted_.size(); ++c) fitted_[c].width = measures_[c].natural;
    }
    return fitted_;
  }

 private:
  // Which part of a name tells: the end of `docflow.tasks.ocr_pages`, start and end of `Nations Dump Download`.
  void tell_apart(std::size_t c, const Texts& texts) {
    Measure& one = measures_[c];
    if (one.natural > kLongestName && !table_.columns[c].keep_end) {
      one.least = std::max(one.least, kReadableSentence);
      return;
    }
    std::set<std::string> names;
    texts([&](const std::vector<std::string>& line) {
      if (names.size() <= kMostNames) names.insert(line[c]);
    });
    if (names.size() > kMostNames) return;
    if (table_.columns[c].keep_end) {
      one.least = std::max(one.least, std::min(kReadableName, one.natural));
      return;
    }
    const auto dotted = std::count_if(names.begin(), names.end(), [](const std::string& name) { return name.find('.') != std::string::npos && name.find(' ') == std::string::npos; });
    Fitted::Cut& cut = fitted_[c].cut;
    if (2 * static_cast<std::size_t>(dotted) > names.size()) cut = Fitted::Cut::front;
    int best = distinct_width(names, one.natural, cut);
    if (const int middle = distinct_width(names, one.natural, Fitted::Cut::middle); middle < best) {
      best = middle;
      cut = Fitted::Cut::middle;
    }
    one.least = std::min(one.natural, std::max({one.least, best, kReadableName}));
  }

  int total() const {
    int sum = -kColumnGap;
    for (const Fitted& one : fitted_) {
      if (one.shown) sum += one.width + kColumnGap;
    }
    return sum;
  }

  // Takes room from the columns that `which` names, the widest first. True when the table fits.
  template <typename Which>
  bool shrink(Which which, bool hard) {
    for (int over = total() - room_; over > 0; --over) {
      std::size_t widest = fitted_.size();
      for (std::size_t c = 0; c < fitted_.size(); ++c) {
        if (!fitted_[c].shown || !which(measures_[c]) || fitted_[c].width <= (hard ? kNarrowest : measures_[c].least)) continue;
        if (widest == fitted_.size() || fitted_[c].width > fitted_[widest].width) widest = c;
      }
      if (widest == fitted_.size()) return false;
      --fitted_[widest].width;
    }
    return true;
  }

  const Table& table_;
  int room_;
  std::vector<Fitted> fitted_;
  std::vector<Measure> measures_;
};

}  // namespace

std::string cut_text(const std::string& text, int width, Fitted::Cut cut) {
  if (display_width(text) <= width) return text;
  switch (cut) {
    case Fitted::Cut::end: return text.substr(0, head(text, width - 1)) + "…";
    case Fitted::Cut::front: return "…" + text.substr(tail(text, width - 1));
    case Fitted::Cut::middle: {
      const int end = (width - 1) * 3 / 5;
      return text.substr(0, head(text, width - 1 - end)) + "…" + text.substr(tail(text, end));
    }
  }
  return text;
}

std::vector<Fitted> fit_table(const Table& table, const Texts& texts, int room) { return Fitting(table, texts, room).fit(); }

}  // namespace memlog
