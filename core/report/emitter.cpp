#include "core/report/emitter.h"

#include "core/base/utf8.h"

namespace morpharena {

namespace {

constexpr std::size_t kKeyColumn = 30;

}  // namespace

void Emitter::flush() {
    if (used_ != 0 && good_) good_ = sink_(context_, {buffer_.data(), used_});
    used_ = 0;
}

void Emitter::raw(std::string_view piece) {
    for (const char character : piece) {
        if (used_ == buffer_.size()) flush();
        buffer_[used_++] = character;
    }
}

void Emitter::indent() {
    for (unsigned i = 0; i < depth_ * 2; ++i) raw(" ");
}

void Emitter::string(std::string_view value) {
    raw("\"");
    while (!value.empty()) {
        const auto character = static_cast<unsigned char>(value[0]);
        const std::size_t length = utf8_length(value);
        if (length == 0) {
            raw("\\ufffd");  // the replacement character, for a byte that is no text
        } else if (character == '"' || character == '\\') {
            raw("\\");
            raw({value.data(), 1});
        } else if (length < 3 && is_control(value, length)) {
            constexpr std::string_view kDigits = "0123456789abcdef";
            const auto code = static_cast<unsigned char>(value[length - 1]);
            raw("\\u00");
            raw({&kDigits[code >> 4], 1});
            raw({&kDigits[code & 15], 1});
        } else {
            raw({value.data(), length});
        }
        value.remove_prefix(length == 0 ? 1 : length);
    }
    raw("\"");
}

void Emitter::key(std::string_view name) {
    if (format_ == Format::json) {
        raw(first_ ? "" : ",");
        if (!in_row_) {
            raw("\n");
            indent();
        }
        if (!name.empty()) {
            string(name);
            raw(": ");
        }
    } else if (in_row_) {
        if (!first_) raw("  ");
        if (!name.empty()) {
            raw(name);
            raw(" ");
        }
    } else {
        indent();
        raw(name);
        for (std::size_t column = depth_ * 2 + name.size(); column < kKeyColumn; ++column) raw(" ");
        raw(" ");
    }
    first_ = false;
}

void Emitter::begin_document() {
    if (format_ == Format::json) raw("{");
    depth_ = format_ == Format::json ? 1 : 0;
    first_ = true;
}

void Emitter::end_document() {
    raw(format_ == Format::json ? "\n}\n" : "");
    flush();
}

void Emitter::begin_group(std::string_view name, std::string_view title, std::string_view bracket) {
    if (format_ == Format::json) {
        key(name);
        raw(bracket);
    } else {
        raw("\n");
        indent();
        raw(title);
        raw("\n");
    }
    ++depth_;
    first_ = true;
}

void Emitter::end_group(std::string_view bracket) {
    --depth_;
    if (format_ == Format::json) {
        if (!first_) {
            raw("\n");
            indent();
        }
        raw(bracket);
    }
    first_ = false;
}

void Emitter::begin_object(std::string_view name, std::string_view title) {
    begin_group(name, title, "{");
}
void Emitter::end_object() {
    end_group("}");
}
void Emitter::begin_array(std::string_view name, std::string_view title) {
    begin_group(name, title, "[");
}
void Emitter::end_array() {
    end_group("]");
}

void Emitter::begin_row() {
    if (format_ == Format::json) {
        key({});
        raw("{");
    } else {
        indent();
    }
    in_row_ = true;
    first_ = true;
}

void Emitter::end_row() {
    raw(format_ == Format::json ? "}" : "\n");
    in_row_ = false;
    first_ = false;
}

void Emitter::value(std::string_view text, std::string_view unit) {
    raw(text);
    if (format_ == Format::json) return;
    if (!unit.empty()) {
        raw(" ");
        raw(unit);
    }
    if (!in_row_) raw("\n");
}

void Emitter::number(std::string_view name, std::uint64_t number, std::string_view unit) {
    std::array<char, 24> buffer;
    key(name);
    value(Text(buffer).add_unsigned(number).view(), unit);
}

void Emitter::signed_number(std::string_view name, std::int64_t number) {
    std::array<char, 24> buffer;
    key(name);
    value(Text(buffer).add_signed(number).view(), {});
}

void Emitter::ratio(std::string_view name, std::uint64_t parts_per_million) {
    std::array<char, 32> buffer;
    key(name);
    if (format_ == Format::json) {
        value(Text(buffer).add_fixed(parts_per_million, 6).view(), {});
    } else {
        value(Text(buffer).add_fixed((parts_per_million + 50) / 100, 2).view(), "%");
    }
}

void Emitter::text(std::string_view name, std::string_view value_text) {
    key(name);
    if (format_ == Format::json) {
        string(value_text);
        return;
    }
    // What a program calls itself must not move the reader's cursor.
    while (!value_text.empty()) {
        const std::size_t length = utf8_length(value_text);
        const bool shown = length != 0 && !is_control(value_text, length);
        raw(shown ? std::string_view(value_text.data(), length) : "?");
        value_text.remove_prefix(length == 0 ? 1 : length);
    }
    if (!in_row_) raw("\n");
}

void Emitter::boolean(std::string_view name, bool flag) {
    key(name);
    value(flag ? "true" : "false", {});
}

void Emitter::element(std::string_view value_text) {
    text({}, value_text);
}

}  // namespace morpharena
