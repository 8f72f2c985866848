// Where the functions of a file begin, named or not: the index of its unwind tables knows, which is never
// stripped.
#pragma once

#include <gelf.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace morpharena::tool {

class FunctionStarts {
  public:
    FunctionStarts() = default;
    // Empty where there is no .eh_frame_hdr, or not one as ld and lld write it.
    explicit FunctionStarts(Elf* elf);

    // Of the function around `address`, both as in the file's headers.
    std::optional<std::uint64_t> before(std::uint64_t address) const;

  private:
    std::vector<std::uint64_t> starts_;  // sorted
};

}  // namespace morpharena::tool
