#include "core/os/page_source.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include <cstdint>

#include "core/base/align.h"
#include "core/os/syscall.h"

namespace morpharena::os {

namespace {

std::uintptr_t address_of(void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory);
}
char* bytes_of(void* memory) {
    return static_cast<char*>(memory);
}

void* map_anywhere(std::size_t bytes, int protection) {
    const long result = syscall(SYS_mmap, nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return failed(result) ? nullptr : reinterpret_cast<void*>(result);
}

// Kernels from 6.7 on align large mappings by themselves; so the plain call is tried first, and only when it
// comes out askew is it made again with room to cut both ends off.
void* map_aligned(std::size_t bytes, std::size_t alignment, int protection) {
    void* memory = map_anywhere(bytes, protection);
    if (memory == nullptr || address_of(memory) % alignment == 0) return memory;
    Kernel::unmap(memory, bytes);
    std::size_t wide = 0;
    if (__builtin_add_overflow(bytes, alignment - Kernel::page_size(), &wide)) return nullptr;
    memory = map_anywhere(wide, protection);
    if (memory == nullptr) return nullptr;
    const std::size_t head = align_up(address_of(memory), alignment) - address_of(memory);
    const std::size_t tail = wide - head - bytes;
    if (head != 0) Kernel::unmap(memory, head);
    if (tail != 0) Kernel::unmap(bytes_of(memory) + head + bytes, tail);
    return bytes_of(memory) + head;
}

void advise(void* memory, std::size_t bytes, int advice) {
    syscall(SYS_madvise, memory, bytes, advice);
}

}  // namespace

std::size_t Kernel::page_size() {
    static constinit std::size_t known = 0;  // every thread would write the same value
    std::size_t size = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (size == 0) {
        size = getauxval(AT_PAGESZ);
        __atomic_store_n(&known, size, __ATOMIC_RELAXED);
    }
    return size;
}

void* Kernel::map(std::size_t bytes, std::size_t alignment) {
    return map_aligned(bytes, alignment, PROT_READ | PROT_WRITE);
}

bool Kernel::unmap(void* memory, std::size_t bytes) {
    return !failed(syscall(SYS_munmap, memory, bytes));
}

void* Kernel::remap(void* memory, std::size_t old_bytes, std::size_t new_bytes, std::size_t alignment) {
    const long stayed = syscall(SYS_mremap, memory, old_bytes, new_bytes, 0);
    if (!failed(stayed)) return memory;
    if (stayed != -ENOMEM) return nullptr;  // locked memory at its limit, two mappings in one: nor elsewhere
    // It cannot stay. Kernels (6.1's mremap_to) clear the fixed place before they ask whether limits and
    // overcommit allow the growth, and after such a refusal another thread's mapping may lie there. So the
    // growth is tried out first, and a place refused all the same is not given back: it is addresses alone.
    if (new_bytes > old_bytes) {
        void* growth = map_anywhere(new_bytes - old_bytes, PROT_READ | PROT_WRITE);
        if (growth == nullptr) return nullptr;
        unmap(growth, new_bytes - old_bytes);
    }
    // An aligned place is held, and the pages move onto it.
    void* place = map_aligned(new_bytes, alignment, PROT_NONE);
    if (place == nullptr) return nullptr;
    constexpr int kOnto = MREMAP_MAYMOVE | MREMAP_FIXED;
    return failed(syscall(SYS_mremap, memory, old_bytes, new_bytes, kOnto, place)) ? nullptr : place;
}

void Kernel::prefer_huge(void* memory, std::size_t bytes) {
    advise(memory, bytes, MADV_HUGEPAGE);
}
void Kernel::avoid_huge(void* memory, std::size_t bytes) {
    advise(memory, bytes, MADV_NOHUGEPAGE);
}

bool Kernel::discard(void* memory, std::size_t bytes) {
    return !failed(syscall(SYS_madvise, memory, bytes, MADV_DONTNEED));
}

bool Kernel::is_mapped(void* page) {
    unsigned char resident = 0;
    return !failed(syscall(SYS_mincore, page, page_size(), &resident));
}

bool Kernel::wipe_on_fork(void* memory, std::size_t bytes) {
    return !failed(syscall(SYS_madvise, memory, bytes, MADV_WIPEONFORK));
}

}  // namespace morpharena::os
