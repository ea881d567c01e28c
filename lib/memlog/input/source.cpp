#include "memlog/input/source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "memlog/base/error.h"
#include "memlog/base/text.h"
#include "memlog/base/time.h"
#include "memlog/input/encoding.h"
#include "memlog/input/file_source.h"
#include "memlog/input/packed.h"
#include "memlog/input/spool.h"

namespace memlog {

namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::strerror(error); }

// Takes one compression off, if there is one; `head` is the new beginning. A compressed file may hold an archive.
std::unique_ptr<Source> unpacked_once(std::unique_ptr<Source> source, std::string& head, const ExpansionLimit& limit) {
  head = input::read_head(*source);
  const std::string compression(input::compression_of(head));
  if (compression.empty()) return input::with_head(std::move(source), head);
  return input::limited(input::decompressed(input::with_head(std::move(source), head), compression), limit);
}

// Remembers what it gives until it is known whether that will be needed again.
class RememberingSource : public Source {
 public:
  explicit RememberingSource(std::unique_ptr<Source> raw) : raw_(std::move(raw)) {}

  std::size_t read(char* to, std::size_t n) override {
    const std::size_t got = raw_->read(to, n);
    if (remembers_) seen_.append(to, got);
    return got;
  }
  std::uint64_t bytes_read() const override { return raw_->bytes_read(); }

  void forget() {
    remembers_ = false;
    seen_ = {};
  }
  const std::string& seen() const { return seen_; }
  Source& rest() { return *raw_; }

 private:
  std::unique_ptr<Source> raw_;
  std::string seen_;
  bool remembers_ = true;
};

class SharedSource : public Source {
 public:
  explicit SharedSource(std::shared_ptr<Source> source) : source_(std::move(source)) {}

  std::size_t read(char* to, std::size_t n) override { return source_->read(to, n); }
  std::uint64_t bytes_read() const override { return source_->bytes_read(); }
  std::string compression() const override { return source_->compression(); }

 private:
  std::shared_ptr<Source> source_;
};

// The day of the last writing. A pipe's is that of the last write to it.
std::optional<std::int64_t> modified_day(const std::string& path) {
  struct stat status = {};
  if ((path == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status)) != 0) return std::nullopt;
  return static_cast<std::int64_t>(status.st_mtime) / 86'400;
}

std::string file_name(const std::string& path) { return fs::path(path).filename().string(); }

// The file is an archive, perhaps a compressed one. A file that cannot be read is none: opening it will say why.
bool holds_members(const std::string& path, const ExpansionLimit& limit) {
  try {
    std::string head;
    auto source = unpacked_once(std::make_unique<input::FileSource>(path), head, limit);
    if (!source->compression().empty()) head = input::read_head(*source);
    return input::is_archive(head);
  } catch (const Error&) {
    return false;
  }
}

std::unique_ptr<Source> open_archive(const InputPath& input, const ExpansionLimit& limit) {
  std::string head;
  return unpacked_once(input.spool ? Spool::open(input.spool) : std::make_unique<input::FileSource>(input.archive), head, limit);
}

// The members of `archive`. What keeps others from being found goes to `list`.
std::vector<input::ArchiveMember> members_of(const InputPath& archive, InputList& list, const ExpansionLimit& limit) {
  std::string error;
  std::vector<input::ArchiveMember> members;
  try {
    members = input::list_members(open_archive(archive, limit), error);
  } catch (const Error& failure) {
    error = failure.what();
  }
  if (!error.empty()) {
    list.errors.push_back(archive.archive + ": " + error);
    list.failed.push_back(archive.archive);
  }
  return members;
}

// The members of `archive`, which has no member named yet, as inputs.
void add_members(const InputPath& archive, InputList& list, const ExpansionLimit& limit) {
  const std::string& path = archive.archive;
  const std::vector<input::ArchiveMember> members = members_of(archive, list, limit);
  const bool any = std::any_of(members.begin(), members.end(), [](const auto& member) { return input::looks_like_a_log(member.name); });
  for (const input::ArchiveMember& member : members) {
    if (any && !input::looks_like_a_log(member.name)) {
      ++list.passed_over;
      continue;
    }
    InputPath input = archive;
    input.path = path + "!" + member.name;
    input.member = member.name;
    input.date = date_in_name(file_name(member.name));
    if (member.modified > 0) input.modified = member.modified / 86'400;
    list.inputs.push_back(std::move(input));
  }
}

bool looks_like_an_archive(std::string_view name) {
  for (const std::string_view ending : {".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tar.lz4"}) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

void add_file(const std::string& path, InputList& list, const ExpansionLimit& limit) {
  std::error_code error;
  const bool regular = fs::is_regular_file(path, error);
  if (regular && holds_members(path, limit)) {
    add_members({path, {}, modified_day(path), path}, list, limit);
    return;
  }
  list.inputs.push_back({path, date_in_name(file_name(path)), modified_day(path), {}, {}, !regular});
  if (!regular || !looks_like_an_archive(path) || fs::file_size(path, error) == 0) return;
  // What it holds is read as text, which finds what stands in a tar, but not where one member ends.
  list.errors.push_back(path + ": damaged archive at byte 0: it does not begin as one");
  list.failed.push_back(path);
}

// Standard input can be read only once. An archive there is kept, so that its members are inputs like those of a file;
// anything else goes on from where looking at it has stopped.
void add_standard_input(InputList& list, const ExpansionLimit& limit) {
  InputPath input{"-", std::nullopt, modified_day("-"), {}, {}, true};
  try {
    auto remembering = std::make_unique<RememberingSource>(std::make_unique<input::FileSource>("-"));
    RememberingSource& raw = *remembering;
    std::string head;
    auto source = unpacked_once(std::move(remembering), head, limit);
    if (!source->compression().empty()) {
      head = input::read_head(*source);
      source = input::with_head(std::move(source), head);
    }
    if (input::is_archive(head)) {
      input.spool = std::make_shared<const Spool>(raw.seen(), raw.rest());
      input.archive = "-";
      input.once = false;
      add_members(input, list, limit);
      return;
    }
    raw.forget();
    input.opened = std::move(source);
    list.inputs.push_back(std::move(input));
  } catch (const Error& error) {
    list.errors.push_back(std::string("-: ") + error.what());
    list.failed.push_back("-");
  }
}

// `.dat` is what mprof calls its files, and everybody else theirs: only text is a log.
bool is_foreign_data(const std::string& path) {
  if (!path.ends_with(".dat")) return false;
  try {
    input::FileSource file(path);
    char head[512];
    const std::string_view text(head, file.read(head, sizeof head));
    Decoder decoder;
    decoder.detect(text);
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' && !is_space(c) && c != '\n' && c != '\x1b'; };
    return !decoder.is_utf16() && std::any_of(text.begin(), text.end(), is_control);
  } catch (const Error&) {
    return false;  // to be told as any other that cannot be read
  }
}

void find_in_directory(const std::string& directory, InputList& list, std::vector<std::string>& files) {
  std::error_code error;
  std::vector<std::string> found;
  fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied, error);
  if (error) {
    list.errors.push_back("cannot read '" + directory + "': " + error.message());
    list.failed.push_back(directory);
    return;
  }
  for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (error) break;
    const std::string name = at->path().filename().string();
    const bool hidden = name.starts_with('.');
    if (at->is_directory(error)) {
      if (hidden) at.disable_recursion_pending();
      continue;
    }
    const bool wanted = !hidden && at->is_regular_file(error) && (input::looks_like_a_log(name) || looks_like_an_archive(name));
    if (!wanted || is_foreign_data(at->path().string())) ++list.passed_over;
    else found.push_back(at->path().string());
  }
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
}

// A file that is named twice, by a link or in two ways, is one file: its readings count once. The file itself stays
// rather than a link to it.
void drop_same_files(std::vector<std::string>& paths, std::uint64_t& passed_over) {
  struct Known {
    dev_t device = 0;
    ino_t file = 0;
    std::size_t at = 0;
  };
  std::vector<Known> known;
  std::vector<std::string> kept;
  for (std::string& path : paths) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
      kept.push_back(std::move(path));
      continue;
    }
    const auto same = std::find_if(known.begin(), known.end(), [&](const Known& k) { return k.device == status.st_dev && k.file == status.st_ino; });
    if (same == known.end()) {
      known.push_back({status.st_dev, status.st_ino, kept.size()});
      kept.push_back(std::move(path));
      continue;
    }
    ++passed_over;
    struct stat own = {};
    if (::lstat(path.c_str(), &own) == 0 && !S_ISLNK(own.st_mode)) kept[same->at] = std::move(path);
  }
  paths.swap(kept);
}

// The files of one rotation follow one another oldest first, where the set's first one stood. Inputs are ordered by
// their times in the end; this is for those that have none.
void order_rotations(std::vector<InputPath>& inputs) {
  struct Place {
    std::size_t set = 0;
    std::uint64_t number = 0;
    std::size_t index = 0;
  };
  std::vector<Place> places;
  std::vector<std::string> sets;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::string base;
    const std::uint64_t number = input::rotation_number(inputs[i].path, base);
    const auto known = std::find(sets.begin(), sets.end(), base);
    places.push_back({static_cast<std::size_t>(known - sets.begin()), number, i});
    if (known == sets.end()) sets.push_back(base);
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.set != b.set ? a.set < b.set : a.number > b.number; });
  std::vector<InputPath> ordered;
  for (const Place& place : places) ordered.push_back(std::move(inputs[place.index]));
  inputs.swap(ordered);
}

}  // namespace

std::unique_ptr<Source> open_source(const InputPath& input, const ExpansionLimit& limit) {
  std::string head;
  if (input.opened) return std::make_unique<SharedSource>(input.opened);
  if (input.archive.empty()) return unpacked_once(std::make_unique<input::FileSource>(input.path), head, limit);
  return unpacked_once(input::limited(input::open_member(open_archive(input, limit), input.member), limit), head, limit);
}

std::unique_ptr<Source> open_named(const std::string& path, const ExpansionLimit& limit) {
  const auto bang = path.find('!');
  std::error_code error;
  if (path.starts_with("-!")) throw Error("standard input can be read only once");
  if (bang == std::string::npos || fs::exists(path, error)) return open_source({path, std::nullopt}, limit);
  return open_source({path, std::nullopt, std::nullopt, path.substr(0, bang), path.substr(bang + 1)}, limit);
}

InputList list_inputs(const std::vector<std::string>& paths, const ExpansionLimit& limit) {
  InputList list;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path != "-" && fs::is_directory(path, error)) find_in_directory(path, list, files);
    else files.push_back(path);
  }
  drop_same_files(files, list.passed_over);
  for (const std::string& path : files) {
    std::error_code error;
    if (path == "-") {
      add_standard_input(list, limit);
    } else if (const auto status = fs::status(path, error); fs::exists(status)) {
      add_file(path, list, limit);
    } else if (const auto bang = path.find('!'); bang != std::string::npos && fs::exists(path.substr(0, bang))) {
      // `bundle.zip!logs/bot.log`, as answers name it.
      list.inputs.push_back({path, date_in_name(file_name(path)), modified_day(path.substr(0, bang)), path.substr(0, bang), path.substr(bang + 1)});
      // The checksum of a compressed archive stands behind all of it. A member that is not there will say so itself.
      InputList others;
      const auto members = members_of(list.inputs.back(), others, limit);
      if (std::any_of(members.begin(), members.end(), [&](const auto& member) { return member.name == list.inputs.back().member; })) {
        list.errors.insert(list.errors.end(), others.errors.begin(), others.errors.end());
        list.failed.insert(list.failed.end(), others.failed.begin(), others.failed.end());
      }
    } else {
      list.errors.push_back("cannot read '" + path + "': " + reason(error ? error.value() : ENOENT));
      list.failed.push_back(path);
    }
  }
  order_rotations(list.inputs);
  return list;
}

}  // namespace memlog
