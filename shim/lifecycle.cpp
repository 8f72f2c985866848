// The library's life: woken by the first allocation or by its constructor, whichever comes first; told of
// forks; asked for a dump by a signal or at exit. There is no tear-down: destructors of other libraries still
// allocate after ours.
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <signal.h>

#include "core/heap/process_heap.h"
#include "shim/dump.h"
#include "shim/export.h"
#include "shim/find_next.h"
#include "shim/loaded_object.h"
#include "shim/next_allocator.h"
#include "shim/profile.h"
#include "shim/reset_signal.h"
#include "shim/stream_list.h"

using namespace morpharena;

// pthread_atfork is a piece of code of glibc's that is linked into its caller and calls this one with the
// caller's __dso_handle, by which handlers are dropped at dlclose; we are never closed (-z nodelete).
// Weak, as other C libraries lack it; there a fork is noticed by the pages that it wipes.
extern "C" int __register_atfork(void (*before)(), void (*in_parent)(), void (*in_child)(), void* dso_handle)
    __attribute__((weak));

// Our entry point by a name that no program can interpose, which `malloc` itself is not (malloc.cpp).
extern "C" void* malloc_of_ours(size_t size) __attribute__((visibility("hidden")));

namespace {

// A program that brings its own malloc binds everybody to that one; ours then serves nobody, and says so.
bool brings_its_own_malloc() {
    const void* used = dlsym(RTLD_DEFAULT, "malloc");
    if (used == reinterpret_cast<void*>(&malloc_of_ours)) return false;
    // A program at a fixed address that takes malloc's address (Debian's python3) stands for it itself: by a
    // symbol that has a place, in its table of calls, and is defined elsewhere. Looked up, as musl has no
    // such function.
    int (*find_symbol)(const void*, Dl_info*, void**, int) = nullptr;
    find_next(find_symbol, "dladdr1");
    Dl_info info;
    void* symbol = nullptr;
    if (find_symbol == nullptr || find_symbol(used, &info, &symbol, RTLD_DL_SYMENT) == 0) return true;
    return symbol == nullptr || static_cast<const ElfW(Sym)*>(symbol)->st_shndx != SHN_UNDEF;
}

void on_dump_signal(int) {
    const int before = errno;
    ask_for_dump();
    errno = before;
}

void catch_dump_signal(int number) {
    struct sigaction action {};
    action.sa_handler = on_dump_signal;
    // The program goes on as if nothing had happened. Not SA_ONSTACK: rustc's stack for signals, 8 KiB,
    // overflowed under the debug build, which takes 8.4 (5.5 otherwise, the kernel's part included).
    action.sa_flags = SA_RESTART;
    int (*set_action)(int, const struct sigaction*, struct sigaction*) = nullptr;
    find_next(set_action, "sigaction");
    if (set_action(number, &action, nullptr) == 0)
        process_heap.watch_dump_signal(reinterpret_cast<std::uintptr_t>(on_dump_signal));
}

// One thread at a time, as each takes the list of streams twice: here, before our lock, and in libc, with our
// lock held. We let go of it in between, for a moment, since libc takes a lock of its name service's then,
// whose holder may want the list.
void before_fork() {
    take_turn_to_fork();
    const bool list_held = lock_stream_list();
    process_heap.before_fork();
    if (list_held) unlock_stream_list();
}
void after_fork_in_parent() {
    const int before = errno;
    process_heap.after_fork_in_parent();
    give_up_turn_to_fork();
    errno = before;
}
void after_fork_in_child() {
    process_heap.after_fork_in_child();
}

// Linked with -z initfirst, this runs before the constructors of every other library, libc's own included
// (which sets `environ`, so glibc hands it to us). Handlers before a fork run in the reverse order of their
// registration: ours, which takes the heap's lock, has to be the last of them, as glibc takes its arenas'
// locks after all handlers. Another library's would else wait for a lock of that library's, whose holder
// waits for memory.
__attribute__((constructor)) void begin(int, char**, char** environment) {
    const int before = errno;
    if (process_heap.awaken(environment)) {
        const Config& config = process_heap.config();
        find_next_allocator(config.mode.value);
        find_libc();
        if (__register_atfork != nullptr)
            __register_atfork(before_fork, after_fork_in_parent, after_fork_in_child, nullptr);
        if (config.dump_signal.value != 0) catch_dump_signal(config.dump_signal.value);
        if (config.reset_signal.value != 0) catch_reset_signal(config.reset_signal.value);
        process_heap.set_bypassed(process_heap.tracked() && brings_its_own_malloc());
        if (config.profile.interval != 0) load_profile_later();
    }
    errno = before;
}

__attribute__((destructor)) void end() {
    // Who wants no figures pays for none of this: three system calls.
    if (!process_heap.awake() || !process_heap.tracked() || !process_heap.is_own_process()) return;
    process_heap.finish();
    write_dump();
}

}  // namespace
