#include "profile/stack_ranges.h"

#include <string_view>

#include "core/os/file.h"
#include "core/os/syscall.h"

namespace morpharena::profile {

namespace {

// The main thread's stack grows down without our being told; a pointer that far below what it was once is
// still in it, as nothing else is mapped so near.
constexpr std::uintptr_t kStackGrowth = std::uintptr_t{4} << 20;

// One line of /proc/self/maps at a time: "begin-end rwxp offset device inode   name".
class MapsReader {
  public:
    bool good() const { return file_.good(); }

    // False: no more lines. What does not fit is cut off; only the line's beginning and its name count.
    bool next(std::string_view& line) {
        std::size_t length = 0;
        for (;;) {
            if (at_ == filled_ && !fill()) return false;
            const char character = buffer_[at_++];
            if (character == '\n') break;
            if (length < line_.size()) line_[length++] = character;
        }
        line = {line_.data(), length};
        return true;
    }

  private:
    bool fill() {
        const long got = os::syscall(SYS_read, file_.descriptor(), buffer_.data(), buffer_.size());
        if (got <= 0) return false;
        at_ = 0;
        filled_ = static_cast<std::size_t>(got);
        return true;
    }

    os::File file_ = os::open_read("/proc/self/maps");
    std::array<char, 1024> buffer_;
    std::array<char, 128> line_;
    std::size_t at_ = 0;
    std::size_t filled_ = 0;
};

std::uintptr_t take_hex(std::string_view& text) {
    std::uintptr_t value = 0;
    while (!text.empty()) {
        const char digit = text.front();
        const int nibble = digit >= '0' && digit <= '9'   ? digit - '0'
                           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                                          : -1;
        if (nibble < 0) break;
        value = value << 4 | static_cast<std::uintptr_t>(nibble);
        text.remove_prefix(1);
    }
    if (!text.empty()) text.remove_prefix(1);  // '-' or ' '
    return value;
}

StackRange look_up(std::uintptr_t stack_pointer) {
    MapsReader maps;
    std::string_view line;
    while (maps.good() && maps.next(line)) {
        std::string_view rest = line;
        StackRange range;
        range.begin = take_hex(rest);
        range.end = take_hex(rest);
        if (stack_pointer < range.begin || stack_pointer >= range.end) continue;
        if (!rest.starts_with('r')) return {};
        if (line.ends_with("[stack]")) range.begin -= kStackGrowth;
        return range;
    }
    return {};
}

}  // namespace

StackRange StackRanges::find(std::uintptr_t stack_pointer) {
    for (const StackRange& range : known_) {
        if (range.holds(stack_pointer)) return range;
    }
    const StackRange range = look_up(stack_pointer);
    if (range.end == 0) return range;
    // One that lies in its way was of a stack that is gone.
    for (StackRange& other : known_) {
        if (other.begin < range.end && range.begin < other.end) other = {};
    }
    known_[next_] = range;
    next_ = (next_ + 1) % kKnown;
    return range;
}

}  // namespace morpharena::profile
