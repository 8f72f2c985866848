#include "shim/loaded_object.h"

#include <stddef.h>

#include <algorithm>

#include "shim/find_next.h"

namespace morpharena {

namespace {

struct Search {
    const void* address;
    LoadedObject found;
};

LoadedObject described_by(const dl_phdr_info& info) {
    LoadedObject object{info.dlpi_addr, UINTPTR_MAX, 0, nullptr};
    for (unsigned i = 0; i < info.dlpi_phnum; ++i) {
        const ElfW(Phdr)& part = info.dlpi_phdr[i];
        const uintptr_t at = info.dlpi_addr + part.p_vaddr;
        if (part.p_type == PT_DYNAMIC) object.dynamic = reinterpret_cast<const ElfW(Dyn)*>(at);
        if (part.p_type != PT_LOAD) continue;
        object.start = std::min<uintptr_t>(object.start, at);
        object.end = std::max<uintptr_t>(object.end, at + part.p_memsz);
    }
    return object;
}

int look_at(dl_phdr_info* info, size_t, void* search_pointer) {
    auto& search = *static_cast<Search*>(search_pointer);
    const LoadedObject object = described_by(*info);
    if (!object.has(search.address)) return 0;
    search.found = object;
    return 1;
}

}  // namespace

LoadedObject loaded_object_at(const void* address) {
    Search search{address, {}};
    int (*each_object)(int (*)(dl_phdr_info*, size_t, void*), void*) = nullptr;
    find_next(each_object, "dl_iterate_phdr");
    if (each_object != nullptr) each_object(look_at, &search);
    return search.found;
}

}  // namespace morpharena
