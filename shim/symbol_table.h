// Names looked up in one object, without the loader: dlsym takes its lock and drops the message that a
// program's dlerror has not fetched yet.
#pragma once

#include <link.h>
#include <stdint.h>

#include <string_view>

#include "shim/loaded_object.h"

namespace morpharena {

// The symbols that a loaded object defines, by its GNU hash table.
class SymbolTable {
  public:
    using Symbol = ElfW(Sym);

    explicit SymbolTable(const LoadedObject& object) {
        for (const ElfW(Dyn)* entry = object.dynamic; entry->d_tag != DT_NULL; ++entry) {
            if (entry->d_tag == DT_SYMTAB) symbols_ = reinterpret_cast<Symbol*>(entry->d_un.d_ptr);
            if (entry->d_tag == DT_STRTAB) names_ = reinterpret_cast<const char*>(entry->d_un.d_ptr);
            if (entry->d_tag == DT_GNU_HASH) hash_ = reinterpret_cast<const uint32_t*>(entry->d_un.d_ptr);
        }
    }
    bool complete() const { return symbols_ != nullptr && names_ != nullptr && hash_ != nullptr; }

    // The first of that name; nullptr: none.
    Symbol* find(std::string_view name) const {
        uint32_t wanted = 5381;
        for (const char c : name) wanted = wanted * 33 + static_cast<unsigned char>(c);
        const uint32_t buckets = hash_[0], first = hash_[1], filter_words = hash_[2];
        const uint32_t* bucket = hash_ + 4 + filter_words * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
        const uint32_t* chain = bucket + buckets;
        uint32_t i = bucket[wanted % buckets];
        if (i < first) return nullptr;
        for (;; ++i) {
            const uint32_t hash = chain[i - first];  // its last bit ends the chain
            if ((hash | 1) == (wanted | 1) && name == names_ + symbols_[i].st_name) return &symbols_[i];
            if ((hash & 1) != 0) return nullptr;
        }
    }

  private:
    Symbol* symbols_ = nullptr;
    const char* names_ = nullptr;
    const uint32_t* hash_ = nullptr;
};

// Where a loaded object has what it defines by that name; 0: there is no such object, it has none, or the
// address is chosen by code of its own.
inline uintptr_t address_in(const LoadedObject& object, std::string_view name) {
    if (object.dynamic == nullptr) return 0;
    const SymbolTable table(object);
    const SymbolTable::Symbol* symbol = table.complete() ? table.find(name) : nullptr;
    if (symbol == nullptr || ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC) return 0;
    return object.bias + symbol->st_value;
}

}  // namespace morpharena
