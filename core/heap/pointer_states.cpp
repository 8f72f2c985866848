#include "core/heap/pointer_states.h"

#include <bit>

#include "core/base/align.h"
#include "core/os/page_source.h"

namespace morpharena {

PointerState PointerStates::find(std::uintptr_t pointer) const {
    const Page* known = page(pointer);
    if (known == nullptr) return PointerState::unknown;
    if (pointer % kGrain != 0) return PointerState::never;
    const std::size_t word = word_of(pointer);
    if ((known->live[word].load(std::memory_order_relaxed) & bit_of(pointer)) != 0) return PointerState::live;
    const bool freed = (known->freed[word].load(std::memory_order_relaxed) & bit_of(pointer)) != 0;
    return freed ? PointerState::freed : PointerState::never;
}

bool PointerStates::hand_out(std::uintptr_t pointer) {
    Page* known = page(pointer);
    if (known == nullptr) return false;
    known->freed[word_of(pointer)].fetch_and(~bit_of(pointer), std::memory_order_relaxed);
    known->live[word_of(pointer)].fetch_or(bit_of(pointer), std::memory_order_relaxed);
    return true;
}

PointerState PointerStates::take_back(std::uintptr_t pointer) {
    Page* known = page(pointer);
    if (known == nullptr || pointer % kGrain != 0) return find(pointer);
    const std::uint64_t before =
        known->live[word_of(pointer)].fetch_and(~bit_of(pointer), std::memory_order_relaxed);
    if ((before & bit_of(pointer)) == 0) return find(pointer);
    known->freed[word_of(pointer)].fetch_or(bit_of(pointer), std::memory_order_relaxed);
    return PointerState::live;
}

void PointerStates::forget(std::uintptr_t start, std::size_t bytes) {
    for (std::size_t done = 0; done < bytes; done += OwnerMap::kStep) {
        Page* known = page(start + done);
        if (known == nullptr) continue;
        for (auto& word : known->live) word.store(0, std::memory_order_relaxed);
        for (auto& word : known->freed) word.store(0, std::memory_order_relaxed);
    }
}

std::uintptr_t PointerStates::live_before(std::uintptr_t address, std::size_t reach) const {
    const std::uintptr_t lowest = address > reach ? address - reach : 0;
    std::uintptr_t at = align_down(address, kGrain);
    while (at >= lowest && at >= OwnerMap::kStep) {
        const Page* known = page(at);
        if (known == nullptr) {
            at = align_down(at, OwnerMap::kStep) - kGrain;
            continue;
        }
        const std::uint64_t up_to = ~std::uint64_t{0} >> (63 - at / kGrain % 64);
        const std::uint64_t live = known->live[word_of(at)].load(std::memory_order_relaxed) & up_to;
        const std::uintptr_t word_start = align_down(at, kWordSpan);
        if (live != 0) {
            const std::uintptr_t found =
                word_start + static_cast<std::uintptr_t>(std::bit_width(live) - 1) * kGrain;
            return found >= lowest ? found : 0;
        }
        at = word_start - kGrain;
    }
    return 0;
}

bool PointerStates::make_page(std::uintptr_t pointer) {
    if (page(pointer) != nullptr) return true;
    if (unused_left_ == 0) {
        const std::size_t bytes = align_up(kPagesPerMapping * sizeof(Page), os::Kernel::page_size());
        void* memory = os::Kernel::map(bytes, os::Kernel::page_size());
        if (memory == nullptr) return false;
        unused_ = static_cast<Page*>(memory);
        unused_left_ = kPagesPerMapping;
    }
    if (!pages_.note(align_down(pointer, OwnerMap::kStep), OwnerMap::kStep, &unused_->descriptor))
        return false;
    ++unused_;
    --unused_left_;
    return true;
}

}  // namespace morpharena
