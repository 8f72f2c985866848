// With MORPHARENA_CHECK: what is known of every pointer that malloc's family has handed out, whoever made the
// object. Two bits for each 8 bytes of address space (no allocator that can stand behind ours aligns to
// less), in pages of one owner-map step: 3 % of the memory in use.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/heap/owner_map.h"

namespace morpharena {

enum class PointerState {
    unknown,  // nothing near it was handed out, or there was no memory to note that
    never,    // not handed out since its memory was last put to another use
    live,
    freed,
};

class PointerStates {
  public:
    constexpr PointerStates() = default;

    PointerState find(std::uintptr_t pointer) const;
    // Makes it live. False when its page does not exist: then make_page(), and once more.
    bool hand_out(std::uintptr_t pointer);
    // A live one becomes freed, for one of any number of threads that ask; what it was.
    PointerState take_back(std::uintptr_t pointer);
    // All in [start, start + bytes), whole steps, were never handed out: the memory gets another use.
    void forget(std::uintptr_t start, std::size_t bytes);
    // The nearest live pointer at or below `address`, at most `reach` bytes away; 0: none.
    std::uintptr_t live_before(std::uintptr_t address, std::size_t reach) const;

    // False when memory is refused. Callers hold the process's lock.
    bool make_page(std::uintptr_t pointer);

  private:
    static constexpr std::size_t kGrain = 8;
    static constexpr std::size_t kWordSpan = 64 * kGrain;  // bytes that one word speaks of
    static constexpr std::size_t kWords = OwnerMap::kStep / kWordSpan;
    static constexpr std::size_t kPagesPerMapping = 64;

    struct Page {
        Descriptor descriptor;
        std::atomic<std::uint64_t> live[kWords];
        std::atomic<std::uint64_t> freed[kWords];
    };

    static std::size_t word_of(std::uintptr_t pointer) { return pointer % OwnerMap::kStep / kWordSpan; }
    static std::uint64_t bit_of(std::uintptr_t pointer) {
        return std::uint64_t{1} << (pointer / kGrain % 64);
    }
    Page* page(std::uintptr_t pointer) const {
        return reinterpret_cast<Page*>(pages_.find(pointer).descriptor);
    }

    OwnerMap pages_;  // address -> its page
    Page* unused_ = nullptr;
    std::size_t unused_left_ = 0;
};

}  // namespace morpharena
