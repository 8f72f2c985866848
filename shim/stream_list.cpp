#include "shim/stream_list.h"

#include "shim/loaded_object.h"
#include "shim/symbol_table.h"

// Weak, as other C libraries lack it; no allocator has a function of this name.
extern "C" int __register_atfork(void (*)(), void (*)(), void (*)(), void*) __attribute__((weak));

namespace morpharena {

namespace {

constinit LoadedObject libc;

// Looked up at each fork: as symbols of ours the two would cost every process that starts 1,300 instructions.
void call(std::string_view name) {
    if (libc.dynamic == nullptr) return;
    const SymbolTable table(libc);
    const SymbolTable::Symbol* symbol = table.complete() ? table.find(name) : nullptr;
    if (symbol != nullptr) reinterpret_cast<void (*)()>(libc.bias + symbol->st_value)();
}

}  // namespace

void find_stream_list() {
    if (__register_atfork != nullptr)
        libc = loaded_object_at(reinterpret_cast<const void*>(&__register_atfork));
}

void lock_stream_list() {
    call("_IO_list_lock");
}

void unlock_stream_list() {
    call("_IO_list_unlock");
}

}  // namespace morpharena
