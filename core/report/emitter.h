// One walk over the facts, two formats: a text for people and JSON for programs cannot drift apart, as
// jemalloc's emitter shows. Writes through its caller's buffer to a sink; no heap, no stdio.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/text.h"

namespace morpharena {

// Takes a piece of output. It may be called many times; it returns false when no more can be taken (disk
// full).
using Sink = bool (*)(void* context, std::string_view piece);

enum class Format { text, json };

class Emitter {
  public:
    // `buffer` holds what is not yet written.
    Emitter(Format format, Sink sink, void* context, std::span<char> buffer)
        : format_(format), sink_(sink), context_(context), buffer_(buffer) {}
    Emitter(const Emitter&) = delete;
    Emitter& operator=(const Emitter&) = delete;
    ~Emitter() { flush(); }

    void begin_document();
    void end_document();
    // `title` heads the section in text, `key` names the object in JSON.
    void begin_object(std::string_view key, std::string_view title);
    void end_object();
    void begin_array(std::string_view key, std::string_view title);
    void end_array();

    void number(std::string_view key, std::uint64_t value, std::string_view unit = {});
    void signed_number(std::string_view key, std::int64_t value);
    // parts per million: 0.9712 in JSON, 97.12 % in text.
    void ratio(std::string_view key, std::uint64_t parts_per_million);
    void text(std::string_view key, std::string_view value);
    void boolean(std::string_view key, bool value);
    // Inside an array: one row of keyed numbers.
    void begin_row();
    void end_row();
    void element(std::string_view value);

    // False once the sink refused a piece.
    bool good() const { return good_; }
    void flush();

  private:
    void raw(std::string_view piece);
    void key(std::string_view name);
    void string(std::string_view value);
    void value(std::string_view text, std::string_view unit);
    void indent();
    void begin_group(std::string_view name, std::string_view title, std::string_view bracket);
    void end_group(std::string_view bracket);

    Format format_;
    Sink sink_;
    void* context_;
    unsigned depth_ = 0;
    bool first_ = true;
    bool in_row_ = false;
    bool good_ = true;
    std::span<char> buffer_;
    std::size_t used_ = 0;
};

}  // namespace morpharena
