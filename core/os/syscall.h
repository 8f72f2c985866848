// Raw system calls: the one place where the kernel is entered. fakeroot, libfaketime and their kind interpose
// the libc wrappers and call malloc themselves, and the wrappers write errno, which free must keep.
//
// Results are the kernel's: a value, or -errno in [-4095, -1].
#pragma once

#include <sys/syscall.h>

#include <cstddef>

#if !defined(__x86_64__)
#error "morpharena: os/syscall.h knows x86-64 only; add this machine's calling convention here"
#endif

namespace morpharena::os {

inline long enter_kernel(long number, const long (&values)[6]) {
    register long r10 asm("r10") = values[3];
    register long r8 asm("r8") = values[4];
    register long r9 asm("r9") = values[5];
    long result;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(values[0]), "S"(values[1]), "d"(values[2]), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}

#ifdef MORPHARENA_SYSCALL_HOOK
// In a build for tests every call comes by here, so that one can be made to fail (tests/faults, tests/fuzz).
long syscall_hook(long number, const long (&values)[6]);
#endif

template <class... Arguments>
inline long syscall(long number, Arguments... arguments) {
    static_assert(sizeof...(arguments) <= 6);
    const long values[6] = {
        (long)arguments...};  // C-style: integers and pointers alike become register contents
#ifdef MORPHARENA_SYSCALL_HOOK
    return syscall_hook(number, values);
#else
    return enter_kernel(number, values);
#endif
}

constexpr bool failed(long result) {
    return result < 0 && result >= -4095;
}

}  // namespace morpharena::os
