#include "core/heap/process_heap.h"

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif
#include <sys/auxv.h>
#include <unistd.h>

#include <array>
#include <new>

#include "core/base/text.h"
#include "core/heap/arena.h"
#include "core/heap/live.h"
#include "core/heap/pool.h"
#include "core/os/file.h"
#include "core/os/page_source.h"
#include "core/os/process.h"

namespace morpharena {

constinit ThreadHeap unborn_heap{};
constinit HeapRoots unborn_roots{};
constinit thread_local ThreadHeap* current_heap __attribute__((tls_model("initial-exec"))) = &unborn_heap;
constinit thread_local HeapRoots* current_roots __attribute__((tls_model("initial-exec"))) = &unborn_roots;
constinit ProcessHeap process_heap;

namespace {

// Memory held before the first sample of faults and RSS is taken, in bytes.
constexpr std::size_t kFirstSample = std::size_t{4} << 20;

// In a program that runs with more rights than its caller has, the caller's environment is not to be trusted.
char* const* trusted_environment(char* const* at_start) {
    if (getauxval(AT_SECURE) != 0) return nullptr;
    return environ != nullptr ? environ : at_start;
}

}  // namespace

bool ProcessHeap::awaken(char* const* environment) {
    if (awake()) return true;
    const os::LockedSection section(waking_);
    if (awake()) return true;
    if (!wake_locked(environment)) return false;
    awake_.store(true, std::memory_order_release);
    return true;
}

bool ProcessHeap::wake_locked(char* const* environment) {
    if (guard_ == nullptr) {
        if (!map_heap_set()) return false;
        guard_ = new (heap_set_) ForkGuard;
        heaps_made_ = 1;  // the guard has the first page
    }
    read_config(trusted_environment(environment), config_, complaints_);
    if (config_.dump_signal.value != 0 && !config_.stats.given()) {
        complaints_.add("MORPHARENA_DUMP_SIGNAL", "set",
                        "has no effect without MORPHARENA_STATS, which says where to");
    }
    if (config_.profile.interval != 0 && !config_.run_dir.given()) {
        complaints_.add("MORPHARENA_PROFILE", "set",
                        "has no effect without MORPHARENA_RUN_DIR, which says where to");
        config_.profile.interval = 0;
    }
    checks_.configure(config_.check.value);
    tracked_ =
        config_.run_dir.given() || config_.stats.given() || config_.dump_signal.value != 0 || checks_.on();
    settle_resets();
    supply_.configure(config_);
    if (config_.rewind.automatic) config_.rewind.value = config_.mode.value == Mode::adaptive;
    if (config_.mode.value == Mode::adaptive) begin_adaptive();
    begin_process(false);
    return true;
}

void ProcessHeap::settle_resets() {
    const bool by_signal = config_.reset_signal.value != 0;
    if (config_.reset.automatic) config_.reset.value = by_signal ? Reset::safe : Reset::none;
    const Mode mode = config_.mode.value;
    if (config_.reset.value == Reset::none || mode == Mode::arena) return;
    const bool has_blocks = mode == Mode::adaptive && config_.reset.value == Reset::safe;
    if (!has_blocks) {
        complaints_.add("MORPHARENA_RESET", name_of(mode),
                        "has no arena for that; mode arena would be right");
        // The signal is still caught: whoever was told to send it must not end the program.
        config_.reset.value = Reset::none;
    }
}

bool ProcessHeap::map_heap_set() {
    void* memory = os::Kernel::map(2 * kHeapSetHalf, os::Kernel::page_size());
    if (memory == nullptr) return false;
    // Refused by kernels before 4.14 only; then fork() alone is noticed, by its handlers, as they wipe by
    // hand.
    os::Kernel::wipe_on_fork(memory, kHeapSetHalf);
    heap_set_ = static_cast<std::byte*>(memory);
    heaps_made_ = 0;
    return true;
}

void ProcessHeap::begin_process(bool forked) {
    guard_->known = true;
    guard_->process = os::process_id();
    record_.begin(config_, complaints_, tracked_, forked);
    set_bypassed(bypassed_);
    supply_.count_into(counters());
    heaps_alive_.store(0, std::memory_order_relaxed);
    // Frees of what was never made can bring the balance below nothing; a child inherits no debt.
    if (live_.load(std::memory_order_relaxed) < 0) live_.store(0, std::memory_order_relaxed);
    if (forked)
        counters().live_inherited.set(static_cast<std::uint64_t>(live_.load(std::memory_order_relaxed)));
    if (profile_ == nullptr) return;
    if (const char* wrong = begin_profile(true)) {
        complaints_.add("MORPHARENA_PROFILE", "set", wrong);
        record_.show(complaints_);
    }
}

ThreadHeap* ProcessHeap::bear_heap() {
    if (!awaken()) return nullptr;
    const os::LockedSection section(lock());
    if (!guard_->known) {
        // The section that the handler came into holds its lock here, too: until the child returns into it,
        // if it ever does, the segments are half changed. They are all that such a section changes, and the
        // lock's page was wiped.
        if (fork_interrupted_) lock().lock();
        fork_interrupted_ = false;
        begin_process(true);
    }
    ThreadHeap* heap = current_heap;
    // A signal handler that allocates has come since the caller looked: linked twice, a heap would be a
    // circle.
    if (heap->alive()) return heap;
    if (heap == &unborn_heap) {
        heap = adopt_ended();
        if (heap == nullptr) heap = fresh_heap();
        if (heap == nullptr) return nullptr;
    }
    if (!heap->alive()) equip(*heap);
    // A vfork child has a thread id that will be gone while our thread lives on in this heap, and where a
    // sandbox refuses to tell, every thread would have the same number: leave the owner unknown.
    const int thread = is_own_process() ? os::thread_id() : 0;
    heap->thread.store(thread > 0 ? thread : 0, std::memory_order_relaxed);
    link(*heap);
    current_heap = heap;
    current_roots = heap->roots;
    return heap;
}

ThreadHeap* ProcessHeap::fresh_heap() {
    // The next allocator's objects are not noted.
    if (config_.mode.value != Mode::system) owners_.begin();
    if (heaps_made_ == kHeapsPerSet && !map_heap_set()) return nullptr;
    const std::size_t index = heaps_made_++;
    auto* heap = new (heap_set_ + index * kHeapStride) ThreadHeap;
    static_assert(kHeapsPerSet * sizeof(HeapRoots) <= kHeapSetHalf);
    heap->roots = new (heap_set_ + kHeapSetHalf + index * sizeof(HeapRoots)) HeapRoots;
    return heap;
}

// A heap of zeros gets counters and, in a fork child, goes on in the block and the slabs that the thread had.
void ProcessHeap::equip(ThreadHeap& heap) {
    if (heap.roots == nullptr) heap.roots = current_roots;
    if (heap.roots->block != 0) resume_block(*this, heap);
    if (config_.mode.value == Mode::pool || switched_) use_pool(heap);
    if (!tracked_) heap.owners = window_;
    heap.free_does_nothing = config_.mode.value == Mode::arena && !tracked_ && !counts_block_frees();
    ThreadCounters* slot = record_.new_slot();
    heap.counters = slot != nullptr ? slot : &heap.own_counters;
    begin_samples(heap);
    counters().heaps.add(1);
    heaps_alive_.fetch_add(1, std::memory_order_relaxed);
}

void ProcessHeap::use_pool(ThreadHeap& heap) {
    heap.uses_pool = true;
    heap.pool_fast = !tracked_;
    resume_pool(heap);
}

bool ProcessHeap::has_ended(const ThreadHeap& heap) const {
    const int thread = heap.thread.load(std::memory_order_relaxed);
    if (!heap.alive() || &heap == current_heap || thread == 0) return false;
    // A heap of our own number that is not ours is of a thread before us, whose number came round again.
    // A child that runs in our memory, in a namespace of its own, knows none of our numbers.
    const bool ended =
        (thread == os::thread_id() || !os::thread_exists(guard_->process, thread)) && is_own_process();
#if defined(__SANITIZE_THREAD__)
    // What the thread did came before: the kernel took part in it, which ThreadSanitizer can't see. The
    // tests' threads release their heap when they end.
    if (ended) __tsan_acquire(const_cast<ThreadHeap*>(&heap));
#endif
    return ended;
}

ThreadHeap* ProcessHeap::next_in_turn() {
    ThreadHeap* heap = guard_->probe != nullptr ? guard_->probe : guard_->newest;
    guard_->probe = heap != nullptr ? heap->older : nullptr;
    return heap;
}

// Looks at a few heaps only, so that starting a thread stays cheap beside thousands: the latest starters,
// since short lives follow each other, and some further ones in turn, so that every ended one is found in the
// end.
ThreadHeap* ProcessHeap::adopt_ended() {
    constexpr int kLatest = 4;
    constexpr int kInTurn = 4;
    ThreadHeap* found = nullptr;
    ThreadHeap* heap = guard_->newest;
    for (int i = 0; i < kLatest && heap != nullptr && found == nullptr; ++i, heap = heap->older) {
        if (has_ended(*heap)) found = heap;
    }
    for (int i = 0; i < kInTurn && found == nullptr; ++i) {
        heap = next_in_turn();
        if (heap != nullptr && has_ended(*heap)) found = heap;
    }
    if (found == nullptr) return nullptr;
    unlink(*found);
    found->roots->last_mark = 0;  // marks are their thread's
    counters().adoptions.add(1);
    return found;
}

void ProcessHeap::link(ThreadHeap& heap) {
    heap.newer = nullptr;
    heap.older = guard_->newest;
    if (heap.older != nullptr) heap.older->newer = &heap;
    guard_->newest = &heap;
}

void ProcessHeap::unlink(ThreadHeap& heap) {
    if (guard_->probe == &heap) guard_->probe = heap.older;
    if (guard_->newest == &heap) guard_->newest = heap.older;
    if (heap.newer != nullptr) heap.newer->older = heap.older;
    if (heap.older != nullptr) heap.older->newer = heap.newer;
}

void ProcessHeap::publish_live(ThreadHeap& heap, std::int64_t live) {
    // With one heap the total is exact at every free. With more, a heap speaks up only when its balance has
    // moved by this much, so the peak may be missed by as much for each: it keeps a locked instruction out of
    // nearly every free.
    constexpr std::int64_t kSilence = 64 << 10;
    const std::int64_t change = live - heap.published;
    if (heaps_alive_.load(std::memory_order_relaxed) > 1 && change > -kSilence && change < kSilence) return;
    heap.published = live;
    const std::int64_t total = live_.fetch_add(change, std::memory_order_relaxed) + change;
    if (total > 0) counters().live_peak_seen.raise_to(static_cast<std::uint64_t>(total));
}

void ProcessHeap::sample_if_grown() {
    if (!tracked_ || supply_.mapped() < kFirstSample || supply_.mapped() < sampled_at_ + sampled_at_ / 4)
        return;
    if (!is_own_process()) return;  // a vfork child's figures are not its parent's
    sampled_at_ = supply_.mapped();
    record_.sample();
}

void ProcessHeap::before_fork() {
    if (!awake()) return;
    // So that the child inherits this thread's live bytes to the last one; the other threads' to within the
    // silence.
    ThreadHeap& heap = *current_heap;
    if (tracked_ && heap.alive()) publish_live(heap, live_of(heap));
    const bool in_section = interrupted();
    lock().lock();
    fork_interrupted_ = in_section;
    forking_ = true;
    if (profile_ != nullptr) profile_->before_fork();
    fork_prepared_ = true;
    fork_block_ = heap.block;
    fork_cursor_ = heap.cursor;
}

void ProcessHeap::after_fork_in_parent() {
    if (!awake()) return;
    forking_ = false;
    fork_interrupted_ = false;
    fork_block_ = 0;
    fork_prepared_ = false;
    if (profile_ != nullptr) profile_->after_fork_in_parent();
    lock().unlock();
}

void ProcessHeap::after_fork_in_child() {
    if (!awake()) return;
    forking_ = false;
    if (guard_->known && !is_own_process()) {
        // Nothing wiped our pages, nor has an earlier handler's allocation begun this process. Only this
        // thread's heap matters: the others' threads do not exist here.
        new (guard_) ForkGuard;
        if (current_heap != &unborn_heap) new (current_heap) ThreadHeap;
    }
    // Now, not at its first call: a child of a signal handler may return into the middle of malloc or free,
    // where the heap must be whole. And where somebody reads records, a child that never allocates shall have
    // one, too.
    if (tracked_ || current_heap != &unborn_heap) heap();
    fork_block_ = 0;
    fork_prepared_ = false;
}

bool ProcessHeap::is_own_process() const {
    return guard_->process == os::process_id();
}

void ProcessHeap::complain(std::string_view subject, std::string_view token, std::string_view expected) {
    const os::LockedSection section(lock());
    complaints_.add(subject, token, expected);
    record_.show(complaints_);
}

void ProcessHeap::honour_asked_reset(ThreadHeap& heap) {
    const os::LockedSection section(lock());
    resets_.honour(*this, heap);
}

void ProcessHeap::look_after_signal(std::uintptr_t& handler, int number, std::string_view option) {
    if (handler == 0 || os::signal_handler(number) == handler) return;
    handler = 0;
    std::array<char, 16> buffer;
    Text token(buffer);
    token.add_signed(number);
    complaints_.add(
        option, token.view(),
        "was taken over by a handler of the program; a signal that it leaves alone would be right");
    record_.show(complaints_);
}

void ProcessHeap::look_after_reset_signal() {
    look_after_signal(reset_handler_, config_.reset_signal.value, "MORPHARENA_RESET_SIGNAL");
}

void ProcessHeap::snapshot(RecordView& view) {
    const os::LockedSection section(lock());
    new (&view.threads) ThreadCounters{};
    view.header = &record_.header();
    view.counted = tracked_ || config_.mode.value == Mode::system;
    for (const ThreadHeap* heap = guard_->newest; heap != nullptr; heap = heap->older) {
        merge(view.threads, *heap->counters);
    }
    view.derived = derive(view.threads, counters());
}

ProcessHeap::InBlocks ProcessHeap::bytes_in_blocks() {
    const os::LockedSection section(lock());
    InBlocks bytes;
    for (const ThreadHeap* heap = guard_->newest; heap != nullptr; heap = heap->older) {
        bytes.taken += bytes_taken(*heap);
        bytes.left += bytes_left(*heap);
    }
    return bytes;
}

void ProcessHeap::set_bypassed(bool bypassed) {
    bypassed_ = bypassed;
    record_.header().bypassed = bypassed ? 1 : 0;
}

void ProcessHeap::finish() {
    {
        const os::LockedSection section(lock());
        look_after_reset_signal();
        look_after_signal(dump_handler_, config_.dump_signal.value, "MORPHARENA_DUMP_SIGNAL");
        record_.finish();
    }
    if (profile_ != nullptr) profile_->finish();
}

}  // namespace morpharena
