#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "memlog/input/chunk_reader.h"
#include "samples.h"

namespace {

using namespace memlog;

// Reading a cached file by regions, and looking for line ends in what was read: the floor under everything.
struct File {
  explicit File(const std::string& text) {
    const int fd = ::mkstemp(path);
    for (int i = 0; i < 64; ++i) {
      if (::write(fd, text.data(), text.size()) < 0) std::abort();
    }
    ::close(fd);
    size = 64 * text.size();
  }
  ~File() { ::unlink(path); }
  char path[32] = "/tmp/memlog-bench-XXXXXX";
  std::size_t size = 0;
};

void read(benchmark::State& state) {
  const File file(bench::sample_log("daily"));
  const ChunkReader reader(open_source({file.path, std::nullopt}), static_cast<std::size_t>(state.range(0)) << 10);
  Chunk chunk;
  for (auto unused : state) {
    std::uint64_t region = 0;
    while (reader.load(region++, chunk)) benchmark::DoNotOptimize(chunk.end);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * file.size));
}
BENCHMARK(read)->ArgName("KiB")->Arg(64)->Arg(256)->Arg(1024)->Arg(4096);

void split(benchmark::State& state) {
  const std::string text = bench::sample_log("daily");
  for (auto unused : state) {
    std::size_t lines = 0;
    const char* const end = text.data() + text.size();
    for (const char* p = text.data(); (p = static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(end - p)))) != nullptr; ++p) ++lines;
    benchmark::DoNotOptimize(lines);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(split);

}  // namespace
