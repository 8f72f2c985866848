// The types that an option's value can have. Each holds the value and has `bool parse(std::string_view)`,
// which takes exactly what the row's `allowed` text in options.def says, and on anything else returns false
// and changes nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace morpharena {

enum class Mode : std::uint32_t {
#define MODE(name, served, summary) name,
#include "core/config/modes.def"
#undef MODE
};

std::string_view name_of(Mode mode);

struct ModeOption {
    Mode value{};
    bool parse(std::string_view text);
};

enum class Thp : std::uint32_t { automatic, always, never };

std::string_view name_of(Thp thp);

struct ThpOption {
    Thp value{};
    bool parse(std::string_view text);
};

// On, off, or what suits the mode, which is not known while the environment is read.
struct AutoFlagOption {
    bool value{};  // not before `automatic` has been looked at
    bool automatic{};
    bool parse(std::string_view text);
};

struct SizeOption {
    std::size_t value{};  // bytes
    bool parse(std::string_view text);
};

inline constexpr std::size_t kSmallestBlock = std::size_t{64} << 10;
inline constexpr std::size_t kLargestBlock = std::size_t{1} << 30;

struct BlockSizeOption {
    std::size_t value{};  // bytes, a power of two
    bool parse(std::string_view text);
};

// Bytes, or a share of the memory that the process may use, which is not known while the environment is read.
struct BudgetOption {
    std::size_t value{};  // bytes; 0: `percent` counts
    unsigned percent{};   // 1 to 100
    bool parse(std::string_view text);
};

// The mean number of bytes from one sample of the profile to the next.
struct ProfileOption {
    static constexpr std::size_t kUsual = std::size_t{512} << 10;
    std::size_t interval{};  // 0: no profile
    bool parse(std::string_view text);
};

struct SignalOption {
    int value{};  // 0: none
    bool parse(std::string_view text);
};

// A signal for resets: one that neither the run-time system, nor the kernel's faults, nor a terminal uses.
struct ResetSignalOption {
    int value{};  // 0: none
    bool parse(std::string_view text);
};

enum class Reset : std::uint32_t { none, safe, force };

std::string_view name_of(Reset reset);

struct ResetOption {
    Reset value{};     // not before `automatic` has been looked at
    bool automatic{};  // safe where there is a signal, else none
    bool parse(std::string_view text);
};

struct PathOption {
    std::array<char, 4096> value{};  // NUL-terminated; empty: not given
    bool parse(std::string_view text);
    bool given() const { return value[0] != '\0'; }
    std::string_view view() const { return value.data(); }
};

}  // namespace morpharena
