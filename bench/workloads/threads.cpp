#include "bench/workloads/threads.h"

#include <pthread.h>

#include "bench/workloads/pages.h"

namespace morpharena::bench {
namespace {

struct Member {
    Session* session;
    Workload workload;
    unsigned number;
    pthread_t thread;
};

void* work(void* argument) {
    const Member& member = *static_cast<Member*>(argument);
    Stage stage(*member.session, member.number);
    member.workload(stage);
    return nullptr;
}

}  // namespace

bool run_on_threads(Session& session, Workload workload) {
    const unsigned threads = session.parameters().threads;
    Pages<Member> members(threads);
    for (unsigned i = 0; i < threads; ++i) {
        members[i] = {&session, workload, i, {}};
        // Those that were started wait for the rest at the first round's barrier, until the process ends.
        if (i > 0 && ::pthread_create(&members[i].thread, nullptr, work, &members[i]) != 0) return false;
    }
    work(&members[0]);
    for (unsigned i = 1; i < threads; ++i) ::pthread_join(members[i].thread, nullptr);
    return true;
}

}  // namespace morpharena::bench
