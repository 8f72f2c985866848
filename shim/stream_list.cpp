#include "shim/stream_list.h"

#include <stdint.h>

#include <string_view>

#include "shim/loaded_object.h"
#include "shim/symbol_table.h"

// Weak, as other C libraries lack it; no allocator has a function of this name.
extern "C" int __register_atfork(void (*)(), void (*)(), void (*)(), void*) __attribute__((weak));

namespace morpharena {

namespace {

constinit LoadedObject libc;

// Looked up at each fork: as symbols of ours the two would cost every process that starts 1,300 instructions.
// 0: libc has no such name.
uintptr_t find(std::string_view name) {
    if (libc.dynamic == nullptr) return 0;
    const SymbolTable table(libc);
    const SymbolTable::Symbol* symbol = table.complete() ? table.find(name) : nullptr;
    return symbol != nullptr ? libc.bias + symbol->st_value : 0;
}

bool call(std::string_view name) {
    const auto function = reinterpret_cast<void (*)()>(find(name));
    if (function != nullptr) function();
    return function != nullptr;
}

// Since glibc 2.32. A program that uses the variable itself may have it in a place of its own; then libc's
// says "several" for ever.
bool has_one_thread() {
    const auto* known = reinterpret_cast<const volatile char*>(find("__libc_single_threaded"));
    return known != nullptr && *known != 0;
}

}  // namespace

void find_stream_list() {
    if (__register_atfork != nullptr)
        libc = loaded_object_at(reinterpret_cast<const void*>(&__register_atfork));
}

bool lock_stream_list() {
    return !has_one_thread() && call("_IO_list_lock");
}

void unlock_stream_list() {
    call("_IO_list_unlock");
}

}  // namespace morpharena
