// The one name that libmorpharena-profile.so exports, and the hooks behind it.
#include "core/observe/profile_hooks.h"
#include "profile/profiler.h"
#include "profile/rule_finder.h"

using namespace morpharena;
using profile::Profiler;
using profile::Registers;

namespace {

constinit Profiler profiler;

const char* begin(const ProfileStart& start) {
    return profiler.begin(start);
}

std::uint64_t draw() {
    return profiler.draw();
}

// Its own frame is where the walk begins, so it must have one.
[[gnu::noinline]] void made(const ProfileMoment& moment, std::uintptr_t object, std::size_t size) {
    Registers here;
    asm volatile("lea 0(%%rip), %0\n\tmov %%rsp, %1\n\tmov %%rbp, %2"
                 : "=&r"(here.pc), "=&r"(here.sp), "=&r"(here.bp));
    profiler.made(moment, object, size, here);
    asm volatile("" ::: "memory");  // not a tail call: the frame stays
}

void freed(const ProfileMoment& moment, std::uintptr_t object) {
    profiler.freed(moment, object);
}
void moved(std::uintptr_t from, std::uintptr_t to) {
    profiler.moved(from, to);
}
void before_fork() {
    profiler.before_fork();
}
void after_fork_in_parent() {
    profiler.after_fork_in_parent();
}
void finish() {
    profiler.finish();
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const ProfileHooks* morpharena_profile() {
    static constinit ProfileHooks hooks = {
        nullptr, begin, draw, made, freed, moved, before_fork, after_fork_in_parent, finish};
    hooks.watched = profiler.watched();
    return profile::prepare_rule_finder() ? &hooks : nullptr;
}
