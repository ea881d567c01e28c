#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "memlog/analysis/record.h"
#include "memlog/assemble/records.h"
#include "memlog/assemble/repeats.h"
#include "memlog/format/format.h"
#include "memlog/input/chunk_reader.h"
#include "memlog/scan/parse_chunk.h"
#include "memlog/scan/read_events.h"

// A log text as chunks, as the events of its lines, as records: one line each.
namespace memlog::test {

// Bytes from memory; `piece` limits what one read gives, as pipes do.
class StringSource : public Source {
 public:
  explicit StringSource(std::string bytes, std::size_t piece = 1 << 16) : bytes_(std::move(bytes)), piece_(piece) {}
  std::size_t read(char* to, std::size_t n) override {
    n = std::min({n, piece_, bytes_.size() - at_});
    std::memcpy(to, bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  std::uint64_t bytes_read() const override { return at_; }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

inline ChunkReader reader_of(std::string text, std::size_t chunk_size = ChunkReader::kDefaultChunk) {
  return ChunkReader(std::make_unique<StringSource>(std::move(text)), chunk_size);
}

inline Chunk chunk_of(std::string_view text) {
  Chunk chunk;
  chunk.buffer.reset(static_cast<char*>(std::malloc(text.size() + 1)));
  chunk.capacity = text.size() + 1;
  std::memcpy(chunk.buffer.get(), text.data(), text.size());
  chunk.end = text.size();
  return chunk;
}

// What the lines of `text` say one by one, before any of them are joined.
struct Parsing {
  EventBatch batch;

  explicit Parsing(std::string_view text, std::string_view format = {}) {
    batch.chunk = chunk_of(text);
    parse_chunk(batch, {format_bits(format), false});
  }
  std::size_t size() const { return batch.events.size(); }
  const Event& operator[](std::size_t i) const { return batch.events.at(i); }
  Part part(std::size_t i) const { return static_cast<Part>(batch.events.at(i).part); }
  std::string_view task(std::size_t i) const { return batch.names.text(batch.events.at(i).task); }
  std::string_view process(std::size_t i) const { return batch.names.text(batch.events.at(i).process); }
  std::string_view host(std::size_t i) const { return batch.names.text(batch.events.at(i).host); }
  std::string_view context(std::size_t i) const { return batch.context_of(batch.events.at(i)); }
  std::string_view format(std::size_t i) const { return formats()[batch.events.at(i).format]->name; }
  double metric(std::size_t i, std::string_view name) const {
    const NameId id = batch.names.find(name);
    return id == kNoName ? kMissing : batch.metric_of(batch.events.at(i), id);
  }
};

// A record with its names, and its own text.
struct Record : Event {
  std::string task_name;
  std::string process_name;
  std::string context_text;
  std::string raw_text;
  std::map<std::string, double> numbers;

  std::string at() const { return format_time(time, ' '); }
  double number(const std::string& name) const {
    const auto found = numbers.find(name);
    return found == numbers.end() ? kMissing : found->second;
  }
};

inline Record record_of(const Event& event, const EventBatch& batch, const RunNames& names) {
  Record record;
  static_cast<Event&>(record) = event;
  record.task_name = names.names.text(event.task);
  record.process_name = names.processes.full_name(event.process);
  record.context_text = batch.context_of(event);
  record.raw_text = batch.texts[event.raw];
  for (std::uint32_t i = 0; i < event.metrics_count; ++i) {
    const Metric& metric = batch.metrics[event.metrics_begin + i];
    record.numbers[std::string(names.names.text(metric.name))] = metric.value;
  }
  return record;
}

struct LogOptions {
  std::size_t chunk_size = ChunkReader::kDefaultChunk;
  std::string_view file_name = {};   // its date counts for lines that have none
  std::string_view format = {};
  bool raw = false;
};

// A log read to its end: records (kRecord), and all events, the notes and the operations known already among them.
struct Log {
  std::vector<Record> records;
  std::vector<Record> events;
  LineCounts lines;
  std::vector<std::string> expected;   // of the malformed lines, in order

  explicit Log(std::string_view text, const LogOptions& options = {}) {
    RunNames names;
    RepeatFilter repeats;
    Assembler::Options assembling;
    assembling.date = date_in_name(options.file_name);
    assembling.keep_raw = options.raw;
    Assembler assembler(names, assembling);
    ChunkReader reader = reader_of(std::string(text), options.chunk_size);
    EventBatch batch;
    for (bool more = true; more;) {
      batch.clear();
      // Chunks are numbered from 1, because they are parsed before it is known how many lines stand before them.
      batch.chunk.first_line = 1;
      batch.line_offset = static_cast<std::uint64_t>(lines.lines);
      more = reader.next(batch.chunk);
      if (more) {
        parse_chunk(batch, {format_bits(options.format), options.raw});
        assembler.assemble(batch);
      } else {
        batch.chunk.begin = batch.chunk.end = 0;
        assembler.finish(batch);
      }
      lines.add(batch.counts);
      for (const Problem& problem : batch.problems) expected.emplace_back(problem.expected);
      for (Event& event : batch.events) {
        repeats.apply(event, batch, 0);
        events.push_back(record_of(event, batch, names));
        if (event.is(flag::kRecord)) records.push_back(events.back());
      }
    }
  }

  std::vector<Record> of(EventKind kind) const {
    std::vector<Record> out;
    std::copy_if(records.begin(), records.end(), std::back_inserter(out), [&](const Record& r) { return r.kind == kind; });
    return out;
  }
  std::vector<Record> samples() const {
    std::vector<Record> out;
    std::copy_if(records.begin(), records.end(), std::back_inserter(out), [&](const Record& r) { return r.is(flag::kSample); });
    return out;
  }
  bool accounted() const { return lines.lines == lines.records + lines.ignored + lines.malformed; }
};

// A directory that goes away with its files.
class TempDirectory {
 public:
  TempDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "memlog-test-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TempDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, std::string_view text) const {
    const std::string file = path(name);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    if (std::FILE* out = std::fopen(file.c_str(), "wb"); out != nullptr) {
      std::fwrite(text.data(), 1, text.size(), out);
      std::fclose(out);
    }
    return file;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& path) {
  std::string text;
  if (std::FILE* in = std::fopen(path.string().c_str(), "rb"); in != nullptr) {
    char block[1 << 14];
    for (std::size_t n = 0; (n = std::fread(block, 1, sizeof block, in)) > 0;) text.append(block, n);
    std::fclose(in);
  }
  return text;
}

// MEMLOG_TESTDATA is the folder of samples, MEMLOG_BINARY the program: both from CMake.
inline std::string testdata(const std::string& name) { return read_file(std::filesystem::path(MEMLOG_TESTDATA) / name); }

}  // namespace memlog::test
