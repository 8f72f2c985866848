#include "tests/fuzz/heap/world.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <new>
#include <set>

#include "core/heap/process_heap.h"
#include "core/heap/system.h"
#include "core/os/syscall.h"

namespace morpharena {

extern constinit HeapRoots unborn_roots;

namespace fuzz {
namespace {

// Disjoint stretches of addresses.
class Stretches {
  public:
    void add(std::uintptr_t start, std::size_t bytes) {
        remove(start, bytes);
        ends_[start] = start + bytes;
    }
    void remove(std::uintptr_t start, std::size_t bytes) {
        const std::uintptr_t end = start + bytes;
        auto at = ends_.upper_bound(start);
        if (at != ends_.begin()) --at;
        while (at != ends_.end() && at->first < end) {
            const auto [from, to] = *at;
            if (to <= start) {
                ++at;
                continue;
            }
            at = ends_.erase(at);
            if (from < start) ends_[from] = start;
            if (to > end) ends_[end] = to;
        }
    }
    template <class Visit>
    void take_all(Visit visit) {
        for (const auto& [start, end] : ends_) visit(start, end - start);
        ends_.clear();
    }

  private:
    std::map<std::uintptr_t, std::uintptr_t> ends_;
};

// Above every number that the kernel gives, so that none is a thread of this process.
constexpr int kFirstNumber = 1 << 23;

struct Calls {
    std::mutex mutex;
    Stretches mapped;
    std::set<int> running;
    int numbers = kFirstNumber;
    std::atomic<unsigned> fail_after{0};
    std::atomic<std::uint64_t> failures{0};
};
Calls calls;
thread_local int my_number = 0;

int new_number() {
    const std::lock_guard guard(calls.mutex);
    calls.running.insert(++calls.numbers);
    return calls.numbers;
}

bool can_fail(long number) {
    return number == SYS_mmap || number == SYS_munmap || number == SYS_mremap || number == SYS_madvise;
}

// The mappings as they are after a call that succeeded.
void follow(long number, const long (&values)[6], long result) {
    if (number == SYS_mmap)
        calls.mapped.add(static_cast<std::uintptr_t>(result), static_cast<std::size_t>(values[1]));
    if (number == SYS_munmap || number == SYS_mremap)
        calls.mapped.remove(static_cast<std::uintptr_t>(values[0]), static_cast<std::size_t>(values[1]));
    if (number == SYS_mremap)
        calls.mapped.add(static_cast<std::uintptr_t>(result), static_cast<std::size_t>(values[2]));
}

}  // namespace

World::World(std::vector<std::string> options) : options_(std::move(options)) {
    for (std::string& option : options_) environment_.push_back(option.data());
    environment_.push_back(nullptr);
    before_ = environ;
    environ = environment_.data();
    calls.fail_after = 0;
    process_heap.~ProcessHeap();
    new (&process_heap) ProcessHeap;
    next_allocator = {::malloc, ::calloc, ::realloc, ::memalign, ::free, ::malloc_usable_size};
    for (Turn& turn : turns_) turn = {&unborn_heap, &unborn_roots, new_number()};
    now_ = 0;
    current_heap = turns_[0].heap;
    current_roots = turns_[0].roots;
    my_number = turns_[0].number;
}

World::~World() {
    environ = before_;
    current_heap = &unborn_heap;
    current_roots = &unborn_roots;
    my_number = 0;
    calls.fail_after = 0;
    const std::lock_guard guard(calls.mutex);
    calls.running.clear();
    calls.mapped.take_all(
        [](std::uintptr_t start, std::size_t bytes) { ::munmap(reinterpret_cast<void*>(start), bytes); });
}

void World::turn_to(std::size_t thread) {
    turns_[now_] = {current_heap, current_roots, my_number};
    now_ = thread % kThreads;
    current_heap = turns_[now_].heap;
    current_roots = turns_[now_].roots;
    my_number = turns_[now_].number;
}

void World::replace_thread() {
    {
        const std::lock_guard guard(calls.mutex);
        calls.running.erase(my_number);
    }
    current_heap = &unborn_heap;
    current_roots = &unborn_roots;
    my_number = new_number();
}

void World::begin_real_thread() {
    my_number = new_number();
}

void World::fail_after(unsigned nth) {
    calls.fail_after = nth;
}

std::uint64_t World::failures() {
    return calls.failures;
}

}  // namespace fuzz

long os::syscall_hook(long number, const long (&values)[6]) {
    using namespace fuzz;
    if (my_number != 0 && number == SYS_gettid) return my_number;
    if (number == SYS_tgkill && values[1] >= kFirstNumber) {
        const std::lock_guard guard(calls.mutex);
        return calls.running.contains(static_cast<int>(values[1])) ? 0 : -ESRCH;
    }
    if (can_fail(number) && calls.fail_after != 0 && --calls.fail_after == 0) {
        ++calls.failures;
        return -ENOMEM;
    }
    if (!can_fail(number)) return enter_kernel(number, values);
    const std::lock_guard guard(calls.mutex);  // before the call: what one thread gives back another may get
    const long result = enter_kernel(number, values);
    if (!failed(result)) follow(number, values, result);
    return result;
}

}  // namespace morpharena
