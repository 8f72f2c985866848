// Asks libunwind what the unwind tables say of one place in the code.
//
// libunwind steps through a stack that does not exist: it is given an address space of ours, in which the
// registers hold marked values and every word of the stack holds its own marked address, so what it comes
// back with tells where the caller's registers lie. That is asked once a place; known places never come here.
//
// So nothing of libunwind's that locks, allocates or keeps anything is used: not dl_iterate_phdr (whose lock
// a dlopen in another thread may hold, also at a fork), not its caches, not its check of addresses by a pipe,
// not the pthread key of its fast trace. Its guess by frame pointers, where there are no tables, is not
// believed either. Its pools have a lock of their own, taken with signals blocked; our callers hold the
// profile's lock, so it is never waited for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "profile/unwind_rule.h"

namespace morpharena::profile {

// Where the unwind tables of a module lie.
struct UnwindTables {
    std::uintptr_t start = 0;  // of the module: [start, end)
    std::uintptr_t end = 0;
    const unsigned char* header = nullptr;  // .eh_frame_hdr; nullptr: there is none
};

// Once, while it is still safe to allocate. False: libunwind refuses.
bool prepare_rule_finder();

// "libunwind 1.6.2"
const char* unwinder_name();

// The rule for `place`, which lies in the module. `place` is the address in front of a return address, or
// that of an instruction that was interrupted. Keeps errno.
UnwindRule find_rule(std::uintptr_t place, const UnwindTables& tables);

}  // namespace morpharena::profile
