// Writes big memory logs for benchmarks: the same kind, size and seed always give the same bytes.
//
//   memlog_genlog daily|celery|tree|names SIZE[k|m|g] [SEED] > FILE
//
// `names` is a daily log in which every line has another task.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "memlog/base/time.h"

namespace {

// xorshift64*: any generator does, as long as it is the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  // In [low, high].
  int between(int low, int high) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    const std::uint64_t top = state_ * 0x2545F4914F6CDD1DULL >> 33;
    return low + static_cast<int>(top % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(int n) { return between(1, n) == 1; }

 private:
  std::uint64_t state_;
};

class Out {
 public:
  explicit Out(std::uint64_t size) : size_(size) { text_.reserve(1 << 20); }
  ~Out() { flush(); }
  bool full() const { return written_ + text_.size() >= size_; }
  Out& operator<<(std::string_view text) {
    text_ += text;
    return *this;
  }
  Out& operator<<(int n) { return *this << std::string_view(std::to_string(n)); }
  // In tenths, at least `width` wide.
  Out& tenths(int value, std::size_t width = 0) {
    std::string number = std::to_string(std::abs(value) / 10) + '.' + static_cast<char>('0' + std::abs(value) % 10);
    if (value < 0) number.insert(0, 1, '-');
    if (number.size() < width) text_.append(width - number.size(), ' ');
    text_ += number;
    return *this;
  }
  Out& time(std::int64_t ms, bool with_ms) {
    const auto digits = static_cast<std::uint8_t>(with_ms ? 3 : 0);
    memlog::append_time(text_, {.ns = ms * 1'000'000, .digits = digits}, ' ');
    if (with_ms) text_[text_.size() - 4] = ',';
    return *this;
  }
  void end_record() {
    if (text_.size() > (1 << 20) - 4096) flush();
  }

 private:
  void flush() {
    std::string_view rest = text_;
    while (!rest.empty()) {
      const ssize_t n = ::write(STDOUT_FILENO, rest.data(), rest.size());
      if (n <= 0) {
        std::perror("memlog_genlog");
        std::_Exit(1);
      }
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
    written_ += text_.size();
    text_.clear();
  }

  std::uint64_t size_;
  std::uint64_t written_ = 0;
  std::string text_;
};

constexpr std::int64_t kStart = 1262334600000;  // 2010-01-01 08:30:00

void daily(Out& out, Random& random, bool many_names) {
  struct Task {
    const char* name;
    int low;
    int high;
  };
  constexpr Task kTasks[] = {{"Nations Dump Processing", 420, 1120}, {"Regions Dump Download", 235, 330}, {"Happenings Poll", 230, 290},
                             {"Telegram Queue Flush", 232, 300},     {"World Census Import", 320, 890},  {"Backup Upload", 245, 700},
                             {"Role Sync", 233, 310},                {"Daily Report", 240, 380}};
  std::int64_t now = kStart;
  int rss = 2340;
  int count = 0;
  const auto line = [&](std::string_view mark, std::string_view label, int target) {
    rss = std::clamp(rss + (target - rss) / 4 + random.between(-60, 60), 600, 15999);
    const int available = std::clamp(20408 - 7600 - rss + random.between(-150, 150), 120, 20408);
    out.time(now, false) << mark << label;
    if (many_names) out << " " << ++count;
    out << "] | RSS: ";
    out.tenths(rss, 6) << " MB | VMS: ";
    out.tenths(rss + 2600 + random.between(0, 90), 6) << " MB | System Available: ";
    out.tenths(available, 6) << " MB (";
    out.tenths(available * 1000 / 20408) << "% free)\n";
    now += 1000 * random.between(1, 29);
    out.end_record();
  };
  while (!out.full()) {
    if (random.one_in(4000)) line(" --- [", "Bot Started", 1200);
    for (int i = random.between(1, 6); i > 0; --i) line(" --- [", "Idle", 2340);
    const Task& task = kTasks[random.between(0, static_cast<int>(std::size(kTasks)) - 1)];
    line(" >>> TASK START [", task.name, task.low * 10);
    const int peak = random.between(task.low, task.high) * 10;
    for (int i = random.between(2, 9); i > 0; --i) line(" --- [", task.name, peak);
    line(" <<< TASK END [", random.one_in(20) ? "Task Error" : "Task Complete", task.low * 10);
  }
}

void celery(Out& out, Random& random) {
  struct Worker {
    int rss = 2000;
    int task = -1;
    int start = 0;
    int peak = 0;
    int left = 0;
    int objects = 110000;
  };
  constexpr const char* kTasks[] = {"documents.extract_text", "documents.chunk",     "embedding.generate", "embedding.store", "graph.build_index",
                                    "graph.entities",         "llm.summarize",       "llm.answer",         "storage.upload",  "storage.purge",
                                    "workflow.run_pipeline",  "workflow.retry",      "report.weekly",      "report.email",    "health.ping"};
  constexpr const char* kCheckpoints[] = {"after_chunking", "after_processing", "after_computation", "before_cleanup"};
  Worker workers[4];
  std::int64_t now = kStart;
  while (!out.full()) {
    const int k = random.between(0, 3);
    Worker& worker = workers[k];
    const bool starts = worker.task < 0;
    const bool ends = !starts && worker.left-- == 0;
    if (starts) {
      worker.task = random.between(0, static_cast<int>(std::size(kTasks)) - 1);
      worker.left = random.between(0, 3);
      worker.start = worker.peak = worker.rss;
    } else {
      const int target = ends ? worker.start : worker.rss + 130 * worker.task;
      worker.rss = std::clamp((worker.rss + target) / 2 + random.between(-120, 150), 900, 39999);
      worker.peak = std::max(worker.peak, worker.rss);
    }
    worker.objects = std::clamp(worker.objects + random.between(-9000, 9000), 60000, 900000);
    (out << "[").time(now, true) << ": INFO/ForkPoolWorker-" << k + 1 << "] Memory [app.tasks." << kTasks[worker.task] << "] ";
    if (starts) {
      out << "START";
    } else if (!ends) {
      out << "checkpoint:" << kCheckpoints[random.between(0, 3)];
    } else {
      out << "FINISH (delta=" << (worker.rss >= worker.start ? "+" : "");
      out.tenths(worker.rss - worker.start) << "MB, peak=";
      out.tenths(worker.peak) << "MB)";
    }
    out << ": RSS=";
    out.tenths(worker.rss) << "MB (peak=";
    out.tenths(worker.peak) << "MB), Process%=";
    out.tenths(worker.rss * 10 / 410) << "%, System=";
    out.tenths(random.between(300, 800)) << "%, GC objects=" << worker.objects / 1000 << "," << std::string_view(std::to_string(1000 + worker.objects % 1000)).substr(1)
                                         << "\n";
    if (ends) worker.task = -1;
    // Each task keeps a little; a worker that has grown is replaced by a new one (worker_max_memory_per_child).
    constexpr int kMostPerChild = 9000;
    if (ends && worker.rss > kMostPerChild) worker.rss = 2000;
    now += random.between(3, 900);
    out.end_record();
  }
}

void tree(Out& out, Random& random) {
  constexpr const char* kOperations[] = {"Download Started", "Download Completed", "Upload Started",  "Session Created",    "Session Cleanup",
                                         "Periodic Check",   "Garbage Collection", "Login Attempt",   "Broadcast Started",  "Video Probe",
                                         "Archive Extracted", "Premium Check",     "Cache Refresh",   "Thumbnail Generated"};
  std::int64_t now = kStart;
  int rss = 1450;
  while (!out.full()) {
    const int sessions = random.between(0, 5);
    const int downloads = random.between(0, 6);
    const int before = rss;
    rss += (800 + sessions * 600 + downloads * 90 - rss) / 3 + random.between(-60, 70);
    if (random.one_in(3000)) rss += random.between(300, 1500);
    rss = std::clamp(rss, 500, 9999);
    const int available = std::clamp(5120 - rss - random.between(-300, 40), 0, 5120);
    (out << "[").time(now, false) << "] ";
    if (rss - before >= 500) (out << "⚠️ MEMORY SPIKE: +").tenths(rss - before) << " MB\n";
    else if (rss >= 4000) (out << "⚠️ HIGH MEMORY: ").tenths(rss) << " MB / 512 MB\n";
    out << "📊 MEMORY SNAPSHOT | Operation: " << kOperations[random.between(0, static_cast<int>(std::size(kOperations)) - 1)] << "\n├─ RAM Usage: ";
    out.tenths(rss) << " MB (Virtual: ";
    out.tenths(rss + 7300 + random.between(0, 800)) << " MB)\n├─ System: ";
    out.tenths(1000 - available * 1000 / 5120) << "% used (";
    out.tenths(available) << " MB available)\n├─ Sessions: " << sessions << " | Queue: " << random.between(0, 20) << " | Active DLs: " << downloads
                          << "\n├─ Cache: " << random.between(0, 90) << " items | Threads: " << random.between(6, 19) << " | Open files: " << random.between(10, 30)
                          << "\n└─ Context: User " << random.between(10000, 99999) << " | Active: " << downloads << "\n\n";
    now += 1000 * random.between(1, 300);
    out.end_record();
  }
}

std::uint64_t size_of(const char* text) {
  char* end = nullptr;
  const std::uint64_t n = std::strtoull(text, &end, 10);
  switch (*end) {
    case 'k': return n << 10;
    case 'm': return n << 20;
    case 'g': return n << 30;
    default: return n;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc > 1 ? argv[1] : "";
  const std::uint64_t size = argc > 2 ? size_of(argv[2]) : 0;
  if (size == 0 || (kind != "daily" && kind != "celery" && kind != "tree" && kind != "names")) {
    std::fputs("usage: memlog_genlog daily|celery|tree|names SIZE[k|m|g] [SEED] > FILE\n", stderr);
    return 2;
  }
  Random random(argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
  Out out(size);
  if (kind == "celery") celery(out, random);
  else if (kind == "tree") tree(out, random);
  else daily(out, random, kind == "names");
  return 0;
}
