#include "tests/fuzz/heap/worker.h"

#include <errno.h>

#include <algorithm>
#include <limits>

#include "core/base/align.h"
#include "core/heap/dispatch.h"
#include "core/heap/process_heap.h"
#include "tests/fuzz/expect.h"
#include "tests/fuzz/heap/world.h"

namespace morpharena::fuzz {
namespace {

// A size in two or three bytes: mostly small ones, up to 1 MiB, and those around the borders up to 2 MiB.
std::size_t any_size(Input& input) {
    const std::uint8_t kind = input.byte();
    switch (kind % 8) {
        default:
            return kind;
        case 4:
            return input.byte() * 8u;
        case 5:
            return input.word();
        case 6:
            return std::size_t{input.word()} * 16;
        case 7: {
            const std::size_t border = std::size_t{16} << input.byte() % 18;
            return border + input.byte() % 33 - 16;
        }
    }
}

}  // namespace

std::uint64_t Worker::refusals() {
    const bool awake = process_heap.awake();
    return World::failures() + (awake ? process_heap.counters().limit_refusals.get() : 0);
}

void Worker::take(Object& object, void* start, std::size_t size, std::size_t alignment, bool to_the_end) {
    if (start == nullptr) {
        EXPECT_THAT(was_refused(), "%zu bytes refused by nobody", size);
        EXPECT_THAT(errno == ENOMEM, "refused with errno %d", errno);
        return;
    }
    EXPECT_THAT(reinterpret_cast<std::uintptr_t>(start) % alignment == 0, "%p for %zu", start, alignment);
    object.start = static_cast<unsigned char*>(start);
    object.usable = usable_size(start);
    EXPECT_THAT(object.usable >= std::max<std::size_t>(size, 1), "%p of %zu: usable %zu", start, size,
                object.usable);
    object.size = to_the_end ? object.usable : size;
    object.pattern = next_pattern_++;
    live_.add(object);
    fill(object);
}

void Worker::make(Object& object, Input& input) {
    const std::size_t size = any_size(input);
    take(object, request([&] { return allocate(size); }), size, kGranule, size % 3 == 0);
}

void Worker::make_zeroed(Object& object, Input& input) {
    const std::size_t size = any_size(input);
    void* start =
        request([&] { return size % 5 == 0 ? allocate_zeroed(5, size / 5) : allocate_zeroed(1, size); });
    EXPECT_THAT(start == nullptr || is_zero(static_cast<unsigned char*>(start), size), "calloc of %zu at %p",
                size, start);
    take(object, start, size, kGranule, false);
}

void Worker::make_aligned(Object& object, Input& input) {
    const std::size_t alignment = std::size_t{1} << input.byte() % 23;
    const std::size_t size = any_size(input);
    take(object, request([&] { return allocate_aligned(alignment, size); }), size,
         std::max(alignment, kGranule), size % 3 == 0);
}

void Worker::resize(Object& object, Input& input) {
    if (object.start == nullptr) {
        const std::size_t size = any_size(input);
        return take(object, request([&] { return reallocate(nullptr, size); }), size, kGranule, false);
    }
    verify(object);
    EXPECT_THAT(usable_size(object.start) == object.usable, "the usable size of %p has changed",
                static_cast<void*>(object.start));
    const std::size_t size = any_size(input);
    live_.remove(object);
    errno = 0;
    void* moved = request([&] { return reallocate(object.start, size); });
    if (size == 0) {
        EXPECT_THAT(moved == nullptr && errno == 0, "realloc to 0: %p, errno %d", moved, errno);
        object = {};
        return;
    }
    if (moved == nullptr) {
        EXPECT_THAT(was_refused() && errno == ENOMEM, "realloc to %zu: errno %d", size, errno);
        verify(object);
        live_.add(object);
        return;
    }
    verify(object, size, static_cast<const unsigned char*>(moved));
    object = {};
    take(object, moved, size, kGranule, size % 3 == 0);
}

void Worker::drop(Object& object) {
    if (object.start == nullptr) return;
    verify(object);
    live_.remove(object);
    errno = 12345;
    release(object.start);
    EXPECT_THAT(errno == 12345, "free set errno to %d", errno);
    object = {};
}

void Worker::refuse_oversized(Input& input) {
    if (process_heap.config().mode.value == Mode::system) return;  // the sanitizer's would complain of each
    const std::size_t size =
        std::numeric_limits<std::size_t>::max() / (1u + input.byte() % 2u) - input.word();
    Object& object = any(input);
    errno = 0;
    EXPECT_THAT(allocate(size) == nullptr && errno == ENOMEM, "malloc of %#zx", size);
    EXPECT_THAT(allocate_zeroed(2, size) == nullptr && allocate_zeroed(size, 1) == nullptr, "calloc of %#zx",
                size);
    EXPECT_THAT(allocate_aligned(64, size) == nullptr, "aligned %#zx", size);
    if (object.start == nullptr) return;
    EXPECT_THAT(reallocate(object.start, size) == nullptr, "realloc to %#zx", size);
    verify(object);
}

void Worker::step(std::uint8_t which, Input& input) {
    switch (which % 16) {
        default: {
            Object& object = any(input);
            drop(object);
            return make(object, input);
        }
        case 4: {
            Object& object = any(input);
            drop(object);
            return make_zeroed(object, input);
        }
        case 5: {
            Object& object = any(input);
            drop(object);
            return make_aligned(object, input);
        }
        case 6:
        case 7:
            return resize(any(input), input);
        case 8:
        case 9:
            return drop(any(input));
        case 10: {  // many of one size: they fill slabs and blocks
            const std::size_t first = input.byte(), count = input.byte(), size = any_size(input);
            for (std::size_t i = 0; i < count && size <= 65536; ++i) {
                Object& object = objects_[(first + i) % objects_.size()];
                drop(object);
                take(object, request([&] { return allocate(size); }), size, kGranule, false);
            }
            return;
        }
        case 11: {  // every stride-th goes
            const std::size_t first = input.byte(), count = input.byte(), stride = input.byte() % 7u + 1u;
            for (std::size_t i = 0; i < count; ++i) drop(objects_[(first + i * stride) % objects_.size()]);
            return;
        }
        case 12: {
            Object& object = any(input);
            object = exchange_.swap(object, input.byte());
            return;
        }
        case 13:
            return refuse_oversized(input);
    }
}

void Worker::verify_all() const {
    for (const Object& object : objects_) {
        if (object.start != nullptr) verify(object);
    }
}

void Worker::drop_all() {
    for (Object& object : objects_) drop(object);
}

}  // namespace morpharena::fuzz
