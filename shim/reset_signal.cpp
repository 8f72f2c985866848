#include "shim/reset_signal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "core/heap/process_heap.h"
#include "shim/find_next.h"

namespace morpharena {

namespace {

struct sigaction before;

void on_reset_signal(int number, siginfo_t* info, void* context) {
    const int kept = errno;
    // A vfork child runs in its parent's memory, and the request would be the parent's.
    if (process_heap.is_own_process()) process_heap.resets().ask();
    errno = kept;
    // These two are no handlers whatever the flags say.
    if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) return;
    if ((before.sa_flags & SA_SIGINFO) != 0) {
        before.sa_sigaction(number, info, context);
    } else {
        before.sa_handler(number);
    }
}

}  // namespace

void catch_reset_signal(int number) {
    int (*set_action)(int, const struct sigaction*, struct sigaction*) = nullptr;
    find_next(set_action, "sigaction");
    if (number == process_heap.config().dump_signal.value) {
        process_heap.complain("MORPHARENA_RESET_SIGNAL", "set",
                              "is the dump's signal already; another one would be right");
        return;
    }
    if (set_action == nullptr || set_action(number, nullptr, &before) != 0) return;
    struct sigaction action = before;  // with the mask that the handler before expects
    action.sa_sigaction = on_reset_signal;
    action.sa_flags = (before.sa_flags & SA_ONSTACK) | SA_SIGINFO | SA_RESTART;
    if (set_action(number, &action, nullptr) == 0)
        process_heap.watch_reset_signal(reinterpret_cast<std::uintptr_t>(on_reset_signal));
}

}  // namespace morpharena
