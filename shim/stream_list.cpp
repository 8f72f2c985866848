#include "shim/stream_list.h"

#include <stdint.h>

#include <string_view>

#include "shim/loaded_object.h"
#include "shim/symbol_table.h"

namespace morpharena {

namespace {

// Looked up at each fork: as symbols of ours the two would cost every process that starts 1,300 instructions.
bool call(std::string_view name) {
    const auto function = reinterpret_cast<void (*)()>(address_in(libc_object, name));
    if (function != nullptr) function();
    return function != nullptr;
}

// Since glibc 2.32. A program that uses the variable itself may have it in a place of its own; then libc's
// says "several" for ever.
bool has_one_thread() {
    const auto* known =
        reinterpret_cast<const volatile char*>(address_in(libc_object, "__libc_single_threaded"));
    return known != nullptr && *known != 0;
}

}  // namespace

bool lock_stream_list() {
    return !has_one_thread() && call("_IO_list_lock");
}

void unlock_stream_list() {
    call("_IO_list_unlock");
}

}  // namespace morpharena
