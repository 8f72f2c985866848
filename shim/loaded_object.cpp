#include "shim/loaded_object.h"

#include <sys/auxv.h>

// Weak, as other C libraries lack it. No allocator has a function of this name, while some have a
// __libc_free.
extern "C" int __register_atfork(void (*)(), void (*)(), void (*)(), void*) __attribute__((weak));

namespace morpharena {

constinit LoadedObject libc_object;

namespace {

// The loader's list, as the program's dynamic section tells it to debuggers.
const link_map* first_object() {
    const auto* parts = reinterpret_cast<const ElfW(Phdr)*>(getauxval(AT_PHDR));
    const unsigned long count = parts != nullptr ? getauxval(AT_PHNUM) : 0;
    uintptr_t bias = 0;
    const ElfW(Phdr)* dynamic = nullptr;
    for (unsigned long i = 0; i < count; ++i) {
        if (parts[i].p_type == PT_PHDR) bias = reinterpret_cast<uintptr_t>(parts) - parts[i].p_vaddr;
        if (parts[i].p_type == PT_DYNAMIC) dynamic = &parts[i];
    }
    if (dynamic == nullptr) return nullptr;
    for (const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(bias + dynamic->p_vaddr);
         entry->d_tag != DT_NULL; ++entry) {
        if (entry->d_tag != DT_DEBUG) continue;
        const auto* debug = reinterpret_cast<const r_debug*>(entry->d_un.d_ptr);
        return debug != nullptr ? debug->r_map : nullptr;
    }
    return nullptr;
}

}  // namespace

LoadedObject loaded_object_at(const void* address) {
    LoadedObject found;
    for (const link_map* object = first_object(); object != nullptr; object = object->l_next) {
        const bool below = object->l_addr <= reinterpret_cast<uintptr_t>(address);
        if (below && (found.dynamic == nullptr || object->l_addr >= found.bias))
            found = {object->l_addr, object->l_ld};
    }
    return found;
}

void find_libc() {
    if (__register_atfork != nullptr)
        libc_object = loaded_object_at(reinterpret_cast<const void*>(&__register_atfork));
}

}  // namespace morpharena
