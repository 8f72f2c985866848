// The process's profile, where one is asked for: how it begins, here and in fork children, and where each
// heap stands in it.
#include <unistd.h>

#include <array>
#include <string_view>

#include "core/base/text.h"
#include "core/heap/dispatch.h"
#include "core/heap/process_heap.h"
#include "core/observe/profile_format.h"

namespace morpharena {

// The record's name with the profile's suffix: a serial that is free for one is free for the other.
const char* ProcessHeap::begin_profile(bool forked) {
    std::array<char, 4096> buffer;
    Text path(buffer);
    if (record_.in_file()) {
        const std::string_view record = record_.path();
        path.add({record.data(), record.size() - std::string_view(kRecordSuffix).size()}).add(kProfileSuffix);
    }
    const RecordHeader& header = record_.header();
    ProfileStart start{};
    start.path = path.c_str();
    start.interval = config_.profile.interval;
    start.pid = header.pid;
    start.serial = header.serial;
    start.start_ticks = header.start_ticks;
    start.forked = forked;
    start.prepared = fork_prepared_;
    start.inside_allocator = reinterpret_cast<const void*>(&allocate_slow);
    if (!forked) {
        RecordView view;
        snapshot(view);
        start.objects_before =
            view.derived.objects + view.threads.realloc_in_place.get() + view.threads.realloc_remapped.get();
        start.bytes_before = view.threads.bytes_asked.get();
        if (starter_ != nullptr) {
            start.objects_before -= 1;
            start.bytes_before -= first_size_;
        }
    }
    return profile_->begin(start);
}

void ProcessHeap::begin_samples(ThreadHeap& heap) {
    const bool expected = start_profile_.load(std::memory_order_relaxed) != nullptr;
    std::uint64_t until_sample = expected ? 0 : ProfileThread::kNever;
    if (profile_ != nullptr) until_sample = profile_->draw();
    heap.profile = {until_sample, heap.counters->bytes_asked.get(), 0};
}

void ProcessHeap::expect_profile(void (*start)()) {
    const os::LockedSection section(lock());
    start_profile_.store(start, std::memory_order_relaxed);
    for (ThreadHeap* heap = guard_->newest; heap != nullptr; heap = heap->older) begin_samples(*heap);
}

bool ProcessHeap::start_expected_profile(ThreadHeap& heap, std::size_t size) {
    if (environ == nullptr || !is_own_process()) return false;
    auto* const start = start_profile_.exchange(nullptr, std::memory_order_relaxed);
    if (start == nullptr) return true;
    starter_ = &heap;
    first_size_ = size;
    start();
    starter_ = nullptr;
    return true;
}

const char* ProcessHeap::start_profile(const ProfileHooks& hooks) {
    const os::LockedSection section(lock());
    profile_ = &hooks;
    if (const char* wrong = begin_profile(false)) {
        profile_ = nullptr;
        return wrong;
    }
    watched_ = hooks.watched;
    for (ThreadHeap* heap = guard_->newest; heap != nullptr; heap = heap->older) begin_samples(*heap);
    if (starter_ != nullptr) starter_->profile.clock_seen -= first_size_;
    return nullptr;
}

}  // namespace morpharena
