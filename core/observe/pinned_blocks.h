// The blocks that the last safe reset had to leave, since objects in them live: the few that hold most.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/counter.h"

namespace morpharena {

struct PinnedBlock {
    Counter bytes;    // of the block; 0: no more blocks
    Counter objects;  // that live in it
};

// The largest first; among blocks of one size, that with the most live objects. By one writer at a time; a
// reader in another process may see two rows half exchanged, never a torn figure.
class PinnedBlocks {
  public:
    static constexpr std::size_t kShown = 8;

    void clear() {
        for (PinnedBlock& row : rows_) put(row, 0, 0);
    }

    // What does not belong among the first rows is dropped.
    void note(std::uint64_t bytes, std::uint64_t objects) {
        if (!before(bytes, objects, rows_[kShown - 1])) return;
        std::size_t at = kShown - 1;
        for (; at > 0 && before(bytes, objects, rows_[at - 1]); --at) {
            put(rows_[at], rows_[at - 1].bytes.get(), rows_[at - 1].objects.get());
        }
        put(rows_[at], bytes, objects);
    }

    const std::array<PinnedBlock, kShown>& rows() const { return rows_; }

  private:
    static bool before(std::uint64_t bytes, std::uint64_t objects, const PinnedBlock& row) {
        return bytes > row.bytes.get() || (bytes == row.bytes.get() && objects > row.objects.get());
    }
    static void put(PinnedBlock& row, std::uint64_t bytes, std::uint64_t objects) {
        row.bytes.set(bytes);
        row.objects.set(objects);
    }

    std::array<PinnedBlock, kShown> rows_;
};

}  // namespace morpharena
