// What the heaps of a process share: its configuration, its record, its memory supply, and the birth,
// adoption and rebirth (in a fork child) of thread heaps.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/config/config.h"
#include "core/heap/check.h"
#include "core/heap/large_cache.h"
#include "core/heap/owner_map.h"
#include "core/heap/reset.h"
#include "core/heap/segment_store.h"
#include "core/heap/supply.h"
#include "core/heap/thread_heap.h"
#include "core/observe/profile_hooks.h"
#include "core/observe/record_reader.h"
#include "core/observe/record_writer.h"
#include "core/os/lock.h"

namespace morpharena {

// Lies in the first wiped page: a fork child finds a free lock, no heaps, and `known` false.
struct ForkGuard {
    os::Lock lock;
    bool known = false;  // this process has begun its own record
    int process = 0;     // its id; another one here means a vfork child, which shares our memory
    ThreadHeap* newest = nullptr;
    ThreadHeap* probe = nullptr;          // where the search for ended threads goes on
    os::Lock turn;                        // held by who writes a dump and by who forks; taken before `lock`
    std::atomic<unsigned> dumps_owed{0};  // asked for while another had the turn, who writes them
};

class ProcessHeap {
  public:
    constexpr ProcessHeap() = default;

    // Reads the environment and makes everything ready, once; safe before any constructor has run.
    // `environment` is read where libc has not set `environ` yet. False when there is no memory for the first
    // heap.
    bool awaken(char* const* environment = nullptr);
    bool awake() const { return awake_.load(std::memory_order_acquire); }

    // The calling thread's heap, made, adopted or (in a fork child) rebuilt when need be; nullptr: no memory.
    ThreadHeap* heap() {
        ThreadHeap* heap = current_heap;
        return heap->alive() ? heap : bear_heap();
    }

    // Holds the lock for a refill or a large object. Only when awake.
    os::Lock& lock() { return guard_->lock; }
    os::Lock& turn() { return guard_->turn; }
    std::atomic<unsigned>& dumps_owed() { return guard_->dumps_owed; }
    Supply& supply() { return supply_; }
    SegmentStore& segments() { return segments_; }
    OwnerMap& owners() { return owners_; }
    const Config& config() const { return config_; }
    RecordWriter& record() { return record_; }
    ProcessCounters& counters() { return record_.header().process; }
    PinnedBlocks& pinned() { return record_.header().pinned; }

    // Whether live bytes are followed, since a record or a dump is asked for.
    bool tracked() const { return tracked_; }
    // Whether a free of an object in a block changes anything: the block is to be used again when it is
    // empty, or the bump pointer goes back.
    bool counts_block_frees() const {
        return config_.mode.value == Mode::adaptive || config_.rewind.value || resets_safely();
    }
    // Whether a reset may be asked for that heeds what is live.
    bool resets_safely() const { return config_.reset.value == Reset::safe; }
    Resets& resets() { return resets_; }
    // The handlers of the dump's and the reset's signal. A program may put one of its own in their place,
    // which wins; the record says so then.
    void watch_dump_signal(std::uintptr_t handler) { dump_handler_ = handler; }
    void watch_reset_signal(std::uintptr_t handler) { reset_handler_ = handler; }
    // Does what a signal asked for, if one did since this heap last looked. Takes the lock.
    void honour_reset(ThreadHeap& heap) {
        if (resets_.asked() != heap.roots->resets_seen) [[unlikely]]
            honour_asked_reset(heap);
    }
    Checks& checks() { return checks_; }
    // For resets; callers hold the lock. A block goes to those that are used again; what of them the heaps
    // have not needed since the last reset goes back to the kernel; a large object's memory goes into the
    // cache.
    void keep_empty(BlockHeader& block);
    void trim_empty_blocks();
    void keep_large(LargeHeader& header) { large_cache_.keep(supply_, owners_, &header); }
    template <class Visit>
    void for_each_other_heap(const ThreadHeap& heap, Visit visit) {
        for (ThreadHeap* other = guard_->newest; other != nullptr; other = other->older) {
            if (other != &heap && other->roots != nullptr) visit(*other);
        }
    }

    // The next ones hand out memory and take it back; callers hold the lock. Before they give up, the caches
    // are emptied.

    // A block with an empty bitmap, noted in the owner map, for an arena that needs one of at least `least`
    // bytes.
    struct Block {
        BlockHeader* header;  // nullptr: refused
        bool huge;
        bool budget_spent;          // mode adaptive: refused since the arena holds what it may
        std::uintptr_t fresh_from;  // above this, nothing has been written since the kernel gave it
    };
    Block take_block(std::size_t least, bool grown);
    // No object is left in it.
    void take_back_block(BlockHeader& block);
    // `segments_half_changed`: interrupted(), asked before the lock was taken.
    LargeHeader* take_large(ThreadHeap& heap, std::size_t size, std::size_t alignment,
                            bool segments_half_changed, bool& zero);
    // Held for nothing at this moment: free units of segments, and the cache of large memory.
    std::size_t idle_bytes() const { return segments_.idle_bytes() + large_cache_.bytes(); }
    // What is free goes back to the kernel; true if there was anything. Takes the lock itself.
    bool release_caches();
    // These take the lock themselves.
    Slab* take_units(ThreadHeap& heap, std::size_t units);
    void give_back_large(LargeHeader& header);

    // True in a signal handler that came into a section of its own thread: the segments may be half changed
    // (by a QuickSection), so nothing is taken from them nor given to them. All else is only changed with
    // signals blocked. True, too, in a child that such a handler forked, until it returns into the section.
    bool interrupted() { return lock().held_by_me() && (!forking_ || fork_interrupted_); }

    // Lets the heap's frees take the fast path, once memory of ours lies at `address`.
    void open_window(ThreadHeap& heap, std::uintptr_t address);
    void note_pool_bytes();
    // Mode adaptive: the first heap leaves the arena.
    void note_switch();
    void use_pool(ThreadHeap& heap);

    // Balances the process's live bytes with a heap that now has `live` of its own; see live.h for what is
    // exact.
    void publish_live(ThreadHeap& heap, std::int64_t live);
    // Called by refills: samples faults and RSS whenever the memory held has grown by a quarter since the
    // last time.
    void sample_if_grown();

    // The cursor that the forking thread had in this block; 0: fork() was not what made this process, or it
    // was elsewhere. A handler that interrupted malloc may have forked: then the object being made has no
    // mark behind it yet.
    std::uintptr_t cursor_at_fork(std::uintptr_t block) const {
        return block == fork_block_ ? fork_cursor_ : 0;
    }

    // Around fork(): the lock is held across it, so that the child finds whole structures.
    void before_fork();
    void after_fork_in_parent();
    void after_fork_in_child();

    // True in the process that this library woke up in; false in a vfork child that borrows its memory.
    bool is_own_process() const;
    // Everything counted so far, by all heaps. Takes the lock; async-signal-safe, as nothing of the program's
    // runs while the lock is held.
    void snapshot(RecordView& view);
    // What the heaps' objects take, but for the pool's, and what is left for more in the blocks that the
    // heaps fill: known without counting. Takes the lock.
    struct InBlocks {
        std::uint64_t taken = 0;
        std::uint64_t left = 0;
    };
    InBlocks bytes_in_blocks();
    // Adds a complaint to the record. Takes the lock.
    void complain(std::string_view subject, std::string_view token, std::string_view expected);
    // exit() was called. Only where the process is tracked.
    void finish();

    // `start` is called once, by a thread that has just allocated, when libc is ready: it may load libraries.
    // It calls start_profile() then.
    void expect_profile(void (*start)());
    // False while libc is not ready for that. Else it is done, if nobody did it before; the object of `size`
    // bytes that `heap` has just made and counted is the first that may be sampled.
    bool start_expected_profile(ThreadHeap& heap, std::size_t size);
    // From now on objects are sampled. Takes the lock. nullptr, or what is wrong; then they are not.
    const char* start_profile(const ProfileHooks& hooks);
    // nullptr: there is no profile.
    const ProfileHooks* profile() const { return profile_; }
    // Whether the object at that address may be one that was sampled.
    bool watches(std::uintptr_t object) const {
        return watched_ != nullptr && watched_[watch_slot(object)] != 0;
    }
    // The program brought its own malloc. True of its fork children as well.
    void set_bypassed(bool bypassed);

  private:
    void honour_asked_reset(ThreadHeap& heap);
    void look_after_signal(std::uintptr_t& handler, int number, std::string_view option);
    // A system call, where there is such a signal: once a block, and at the end.
    void look_after_reset_signal();
    LargeHeader* find_large(ThreadHeap& heap, std::size_t size, std::size_t alignment,
                            bool segments_half_changed, bool& zero);
    ThreadHeap* bear_heap();
    bool wake_locked(char* const* environment);
    void settle_resets();
    bool map_heap_set();
    void begin_process(bool forked);
    void begin_adaptive();
    const char* begin_profile(bool forked);
    void begin_samples(ThreadHeap& heap);
    bool has_ended(const ThreadHeap& heap) const;
    ThreadHeap* next_in_turn();
    void give_up_idle_slabs(ThreadHeap& heap);
    ThreadHeap* adopt_ended();
    bool empty_caches();
    Slab* take_free_units(std::size_t units);
    ThreadHeap* fresh_heap();
    void equip(ThreadHeap& heap);
    void link(ThreadHeap& heap);
    void unlink(ThreadHeap& heap);

    std::atomic<bool> awake_{false};
    os::Lock waking_;
    bool tracked_ = false;
    const std::uint8_t* watched_ = nullptr;  // the profile's, see profile_hooks.h
    const ProfileHooks* profile_ = nullptr;
    std::atomic<void (*)()> start_profile_{nullptr};  // until it has been called
    ThreadHeap* starter_ = nullptr;                   // while it is called
    std::size_t first_size_ = 0;
    ForkGuard* guard_ = nullptr;
    Config config_{};
    Complaints complaints_;
    std::uintptr_t dump_handler_ = 0;  // as long as it is in place
    std::uintptr_t reset_handler_ = 0;
    RecordWriter record_;
    Supply supply_;
    OwnerMap owners_;
    OwnerMap::Window window_;  // around the first memory that we got
    SegmentStore segments_;
    LargeCache large_cache_;
    BlockHeader* empty_blocks_ = nullptr;
    std::size_t empty_bytes_ = 0;        // in them
    std::size_t taken_since_reset_ = 0;  // bytes of blocks
    Resets resets_;
    Checks checks_;
    std::size_t arena_bytes_ = 0;  // in blocks
    std::size_t arena_taken_ = 0;  // the same with each use of a block counted anew, for the budget
    std::size_t budget_ = 0;
    // Where the forking thread's cursor stood, for its child; 0 outside fork().
    std::uintptr_t fork_block_ = 0;
    std::uintptr_t fork_cursor_ = 0;
    bool forking_ = false;           // between the fork handlers, the lock is held for the child's sake
    bool fork_prepared_ = false;     // so is the profile's
    bool fork_interrupted_ = false;  // forked by a handler that came into a section
    bool bypassed_ = false;
    bool switched_ = false;      // mode adaptive: new heaps begin in the pool
    std::uint64_t woke_ns_ = 0;  // for the moment of the switch

    std::byte* heap_set_ = nullptr;  // the newest set
    std::size_t heaps_made_ = 0;     // within it
    std::atomic<std::int64_t> live_{0};
    std::atomic<std::uint32_t> heaps_alive_{0};
    std::size_t sampled_at_ = 0;
};

extern constinit ProcessHeap process_heap;

}  // namespace morpharena
