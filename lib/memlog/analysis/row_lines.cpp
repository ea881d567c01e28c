#include "memlog/analysis/row_lines.h"

#include <algorithm>
#include <cstring>

#include "memlog/base/swar.h"
#include "memlog/base/time.h"

namespace memlog {

namespace {

constexpr std::size_t kDate = 11;     // `2025-11-16T`
constexpr std::size_t kClock = 8;

bool has(std::string_view line, std::size_t place, std::string_view text) { return line.substr(std::min(place, line.size())).starts_with(text); }

std::string_view text_of(const std::uint64_t& word, std::size_t size) { return {reinterpret_cast<const char*>(&word), size}; }

void put_word(char* place, std::uint64_t word) { std::memcpy(place, &word, 8); }

}  // namespace

RowLines::RowLines(std::string_view separator, std::string_view end) : separator_(separator), end_(end) {}

void RowLines::begin(const ReadingRow& row, std::uint64_t first_line, NameId merged) {
  row_ = &row;
  first_line_ = first_line;
  merged_ = merged;
  texts_begin_ = texts_end_ = 0;
  last_.fill(&none_);
  if (slots_.empty()) slots_.resize(kSlots);
  if (row.day_ns() == day_) return;
  day_ = row.day_ns();
  std::string text;
  Timestamp midnight;
  midnight.ns = day_;
  append_time(text, midnight);
  has_date_ = text.size() == kDate + kClock && text.ends_with("T00:00:00");
  if (has_date_) std::memcpy(date_.data(), text.data(), date_.size());
}

void RowLines::read_texts(std::size_t i) {
  texts_begin_ = i;
  texts_end_ = i + std::min(row_->size() - i, RowTexts::kMost);
  texts_.read(row_->part(i, texts_end_ - i));
}

std::uint64_t RowLines::key(std::uint8_t label, RowTexts::Shape shape) const {
  return std::uint64_t{row_->task_of(label)} << 32 ^ std::uint64_t{row_->process()} << 20 ^ std::uint64_t{static_cast<std::uint8_t>(row_->kind_of(label))} << 16 ^ shape;
}

const RowLines::Form* RowLines::find(std::uint8_t label, RowTexts::Shape shape) {
  // There may be one from when it was the number of one task.
  if (is_merged(label)) return nullptr;
  const Form& form = slot(key(label, shape)).form;
  return form.is_of(row_->task_of(label), row_->kind_of(label), row_->process(), shape) ? &form : nullptr;
}

std::size_t RowLines::write(LineWriter& out, std::size_t i, std::size_t most) {
  if (!has_date_) return i;
  while (i < row_->size() && out.size() < most) {
    if (i < texts_begin_ || i >= texts_end_) read_texts(i);
    const std::size_t next = write_known(out, i, texts_end_, most);
    if (next == i) break;
    i = next;
  }
  return i;
}

std::size_t RowLines::write_known(LineWriter& out, std::size_t i, std::size_t end, std::size_t most) {
  const std::uint8_t* const labels = row_->labels().data();
  const Few separator = separator_;
  const Few line_end = end_;
  for (; i < end; ++i) {
    const std::size_t at = i - texts_begin_;
    const RowTexts::Shape shape = texts_.shape(at);
    const Form* form = last(labels[i], shape);
    if (form->shape != shape) {
      form = find(labels[i], shape);
      if (form == nullptr) return i;
      last(labels[i], shape) = form;
    }
    char* p = separator.put(out.begin(kMostForm + kPiece + 32));
    const char* const text = form->text.data();
    for (std::size_t done = 0; done < form->size; done += kPiece) std::memcpy(p + done, text + done, kPiece);
    // What a word writes behind its text is there already, or comes next.
    std::memcpy(p + form->time, date_.data(), date_.size());
    put_word(p + form->time + kDate, texts_.time(at));
    for (std::size_t number = 0; number < RowTexts::kNumbers; ++number) {
      const std::size_t place = form->numbers[number];
      put_word(p + place, swar::load8(text + place) | texts_.number(static_cast<RowTexts::Number>(number), at));
    }
    p += form->size;
    const std::uint64_t line = first_line_ + i;
    char* behind = out.ten().put(p, line);
    if (behind == nullptr) {
      out.end(p);
      out.integer(line);
      behind = out.begin(4);
    }
    out.end(line_end.put(behind));
    if (out.size() >= most) return i + 1;
  }
  return i;
}

bool RowLines::wants(std::size_t i) {
  if (!has_date_ || is_merged(row_->labels()[i])) return false;
  if (i < texts_begin_ || i >= texts_end_) read_texts(i);
  const RowTexts::Shape shape = texts_.shape(i - texts_begin_);
  if ((shape & RowTexts::kOther) != 0) return false;
  const std::uint64_t asks = key(row_->labels()[i], shape);
  std::uint64_t& asked = slot(asks).asked;
  const bool again = asked == asks;
  asked = asks;
  return again;
}

void RowLines::learn(std::size_t i, std::string_view line, const Places& places) {
  const std::size_t at = i - texts_begin_;
  const RowTexts::Shape shape = texts_.shape(at);
  if (line.size() > kMostForm || !has(line, places.time, std::string_view(date_.data(), kDate)) || !has(line, places.time + kDate, text_of(texts_.time(at), kClock))) return;
  const std::uint8_t label = row_->labels()[i];
  Form form{row_->task_of(label), row_->kind_of(label), row_->process(), shape, static_cast<std::uint16_t>(line.size()), static_cast<std::uint16_t>(places.time), {}, std::string(line)};
  for (std::size_t k = 0; k < RowTexts::kNumbers; ++k) {
    const auto number = static_cast<RowTexts::Number>(k);
    const std::size_t size = RowTexts::length(shape, number);
    if (!has(line, places.numbers[k], text_of(texts_.number(number, at), size))) return;
    form.numbers[k] = static_cast<std::uint16_t>(places.numbers[k]);
    form.text.replace(places.numbers[k], size, size, '\0');
  }
  form.text.append(kPiece, '\0');
  Form& place = slot(key(label, shape)).form;
  // Where labels have the form that goes.
  std::replace(last_.begin(), last_.end(), static_cast<const Form*>(&place), static_cast<const Form*>(&none_));
  place = std::move(form);
}

}  // namespace memlog
