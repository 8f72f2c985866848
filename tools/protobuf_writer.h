// The encoding of protocol buffers (protobuf.dev/programming-guides/encoding), as far as messages of numbers,
// texts and other messages need it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace morpharena::tool {

class ProtobufWriter {
  public:
    // Fields that are 0 or empty are what a reader assumes of an absent one, and are left out.
    void number(unsigned field, std::uint64_t value) {
        if (value == 0) return;
        varint(std::uint64_t{field} << 3);
        varint(value);
    }
    void text(unsigned field, std::string_view value) {
        varint(std::uint64_t{field} << 3 | 2);
        varint(value.size());
        bytes_ += value;
    }
    void message(unsigned field, const ProtobufWriter& inner) { text(field, inner.bytes_); }
    void packed(unsigned field, std::span<const std::uint64_t> values) {
        ProtobufWriter inner;
        for (const std::uint64_t value : values) inner.varint(value);
        if (!values.empty()) message(field, inner);
    }

    const std::string& bytes() const { return bytes_; }

  private:
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }

    std::string bytes_;
};

}  // namespace morpharena::tool
