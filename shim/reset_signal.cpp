#include "shim/reset_signal.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <array>

#include "core/base/text.h"
#include "core/heap/process_heap.h"

namespace morpharena {

namespace {

using SetAction = int (*)(int, const struct sigaction*, struct sigaction*);

SetAction set_action;
struct sigaction before;

void on_reset_signal(int number, siginfo_t* info, void* context) {
    const int kept = errno;
    // A vfork child runs in its parent's memory, and the request would be the parent's.
    if (process_heap.is_own_process()) process_heap.resets().ask();
    errno = kept;
    if ((before.sa_flags & SA_SIGINFO) != 0) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
    }
}

}  // namespace

void catch_reset_signal(int number) {
    // By name, since few processes come here and every one would look it up at its start.
    set_action = reinterpret_cast<SetAction>(dlsym(RTLD_NEXT, "sigaction"));
    if (number == process_heap.config().dump_signal.value) {
        process_heap.complain("MORPHARENA_RESET_SIGNAL", "set",
                              "is the dump's signal already; another one would be right");
        return;
    }
    if (set_action == nullptr || set_action(number, nullptr, &before) != 0) return;
    struct sigaction action = before;  // with the mask that the handler before expects
    action.sa_sigaction = on_reset_signal;
    action.sa_flags = (before.sa_flags & SA_ONSTACK) | SA_SIGINFO | SA_RESTART;
    set_action(number, &action, nullptr);
}

void note_lost_reset_signal() {
    const int number = process_heap.config().reset_signal.value;
    struct sigaction now {};
    if (number == 0 || number == process_heap.config().dump_signal.value || set_action == nullptr) return;
    if (set_action(number, nullptr, &now) != 0 || now.sa_sigaction == on_reset_signal) return;
    std::array<char, 16> buffer;
    Text token(buffer);
    token.add_signed(number);
    process_heap.complain(
        "MORPHARENA_RESET_SIGNAL", token.view(),
        "was taken over by a handler of the program; a signal that it leaves alone would be right");
}

}  // namespace morpharena
