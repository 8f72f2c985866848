// A library loaded with RTLD_DEEPBIND (PHP loads its extensions so) finds malloc's family in libc, and so
// does who asks dlsym with a handle of libc.so.6 (Python's ctypes). Their own objects are no trouble: the
// owner map tells them from ours, and libc gets them back. But an object of ours that they free went to
// libc's free, which ended the program; jemalloc's, mimalloc's and tcmalloc's end it, too. So the entries of
// libc's symbol table for what takes an object are made to lead to ours. Not before a library is loaded while
// the program runs: four pages of the table are copied, which takes some microseconds and no compiler needs;
// and not by a dlopen of ours, whose name programs would bind to instead of libc's.
#include "shim/libc_names.h"

#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include <algorithm>

#include "core/base/align.h"
#include "core/heap/dispatch.h"
#include "core/heap/system.h"
#include "core/os/page_source.h"
#include "core/os/syscall.h"
#include "shim/loaded_object.h"
#include "shim/symbol_table.h"

extern "C" {
// Our entry points by names that nothing interposes (malloc.cpp).
void free_of_ours(void* pointer) __attribute__((visibility("hidden")));
void* realloc_of_ours(void* pointer, size_t size) __attribute__((visibility("hidden")));
void* reallocarray_of_ours(void* pointer, size_t count, size_t size) __attribute__((visibility("hidden")));
size_t malloc_usable_size_of_ours(void* pointer) __attribute__((visibility("hidden")));
}

namespace morpharena {

namespace {

uintptr_t end_of_object(uintptr_t base) {
    const auto& header = *reinterpret_cast<const ElfW(Ehdr)*>(base);
    const auto* parts = reinterpret_cast<const ElfW(Phdr)*>(base + header.e_phoff);
    uintptr_t end = base;
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        if (parts[i].p_type == PT_LOAD)
            end = std::max<uintptr_t>(end, base + parts[i].p_vaddr + parts[i].p_memsz);
    }
    return end;
}

// Whether `caller` lies in the loader; asked for each large calloc of bytes until a library is loaded, so its
// place is kept. Nowhere where the program was started as the loader's argument: the kernel does not know it.
bool is_loader(const void* caller) {
    static constinit uintptr_t start = 0, end = 0;  // every thread would write the same, `end` last
    uintptr_t known_end = __atomic_load_n(&end, __ATOMIC_ACQUIRE);
    if (known_end == 0) {
        const uintptr_t base = getauxval(AT_BASE);
        known_end = base == 0 ? 1 : end_of_object(base);
        __atomic_store_n(&start, base, __ATOMIC_RELAXED);
        __atomic_store_n(&end, known_end, __ATOMIC_RELEASE);
    }
    const auto address = reinterpret_cast<uintptr_t>(caller);
    return address >= __atomic_load_n(&start, __ATOMIC_RELAXED) && address < known_end;
}

void take_names() {
    const LoadedObject& libc = libc_object;
    if (libc.dynamic == nullptr) return;
    const SymbolTable table(libc);
    if (!table.complete()) return;
    SymbolTable::Symbol* usable_size = table.find("malloc_usable_size");
    if (usable_size == nullptr) return;
    // What is not ours is asked for its size in libc itself, as it is freed there: who stands between the two
    // may look libc's function up by its name, and would come back to us.
    next_allocator.usable_size = reinterpret_cast<size_t (*)(void*)>(libc.bias + usable_size->st_value);
    struct Name {
        SymbolTable::Symbol* symbol;
        const void* ours;
    };
    const Name names[] = {
        {table.find("free"), reinterpret_cast<const void*>(&free_of_ours)},
        {table.find("realloc"), reinterpret_cast<const void*>(&realloc_of_ours)},
        {table.find("reallocarray"), reinterpret_cast<const void*>(&reallocarray_of_ours)},
        {usable_size, reinterpret_cast<const void*>(&malloc_usable_size_of_ours)},
    };
    uintptr_t start = UINTPTR_MAX, end = 0;
    for (const Name& name : names) {
        if (name.symbol == nullptr) continue;  // reallocarray came with glibc 2.26
        start = std::min(start, reinterpret_cast<uintptr_t>(name.symbol));
        end = std::max(end, reinterpret_cast<uintptr_t>(name.symbol + 1));
    }
    start = align_down(start, os::Kernel::page_size());
    if (os::failed(os::syscall(SYS_mprotect, start, end - start, PROT_READ | PROT_WRITE))) return;
    for (const Name& name : names) {
        if (name.symbol == nullptr) continue;
        // One store each: another thread may be looking it up.
        __atomic_store_n(&name.symbol->st_value, reinterpret_cast<uintptr_t>(name.ours) - libc.bias,
                         __ATOMIC_RELAXED);
    }
    os::syscall(SYS_mprotect, start, end - start, PROT_READ);
}

// Not before the constructor, which reads the options and finds the next allocator. Mode `system` hands out
// that one's objects, and frees them by the names that it found.
bool wants_names() {
    return next_allocator.usable_size != nullptr && process_heap.config().mode.value != Mode::system;
}

}  // namespace

void* calloc_told_who_asks(size_t count, size_t size, const void* caller) {
    static constinit bool taken = false;
    if (size == 1 && !__atomic_load_n(&taken, __ATOMIC_RELAXED)) {
        const int before = errno;
        // Inside dlopen the loader's lock is this thread's.
        if (is_loader(caller) && wants_names()) {
            __atomic_store_n(&taken, true, __ATOMIC_RELAXED);
            take_names();
        }
        errno = before;
    }
    return allocate_zeroed_slow(count, size);
}

}  // namespace morpharena
