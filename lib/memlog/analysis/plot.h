#pragma once

#include <string>
#include <vector>

#include "memlog/analysis/analysis.h"
#include "memlog/analysis/crash.h"
#include "memlog/analysis/curves.h"

namespace memlog {

// The memory curve drawn with characters: limit line, peaks with their tasks, restarts; or one line each for several
// processes or tasks.
class Plot : public Analysis {
 public:
  enum class Ink : std::uint8_t { braille, blocks, ascii };
  enum class Lines : std::uint8_t { none, process, task };
  struct Options {
    Ink ink = Ink::braille;
    int width = 100;               // columns, the scale included
    int height = 16;               // rows of the chart
    Lines lines = Lines::none;     // one line for each process or task instead of the chart
    std::size_t peaks = 5;         // peaks to label
    double limit_mb = kMissing;
  };

  explicit Plot(const Options& options);
  void fold(const Slice& slice) override {
    curves_.fold(slice);
    crashes_.fold(slice);
  }
  Report report(const ReadResult& result) override;

 private:
  struct Column {
    double low = kMissing;
    double high = kMissing;
  };
  struct Peak {
    std::size_t column = 0;
    stats::Curve::Point point;
    ProcessId process = 0;
  };

  // What is marked below the chart.
  struct Event {
    bool death = false;
    Timestamp time;
    double rss_mb = kMissing;
    Value task;
    Value process;
    Value source;
  };

  std::vector<Event> find_events(const ReadResult& result);
  void join(std::vector<Column>& columns, const Curves::Series& series) const;
  std::string label_row(const std::vector<Peak>& peaks, std::size_t cells, const ReadResult& result) const;
  Table table_of(const std::vector<Peak>& peaks, const std::vector<Event>& events, const ReadResult& result) const;
  std::size_t column_of(double t, std::size_t columns) const;
  std::vector<Column> columns_of(const std::vector<stats::Curve::Point>& points, std::size_t columns) const;
  std::vector<Peak> find_peaks(std::size_t columns) const;
  void draw(Report& report, const ReadResult& result);
  void draw_lines(Report& report, const ReadResult& result) const;
  std::string spark(const std::vector<Column>& columns, double low, double high) const;
  std::vector<std::string> canvas(const std::vector<std::vector<Column>>& curves, std::size_t columns, double top, int limit_row) const;
  std::string time_axis(std::size_t columns) const;

  Options options_;
  Curves curves_;
  Crash crashes_;
  double from_ = 0;
  double to_ = 0;
};

}  // namespace memlog
