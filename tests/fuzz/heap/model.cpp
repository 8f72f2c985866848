#include "tests/fuzz/heap/model.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "tests/fuzz/expect.h"

namespace morpharena::fuzz {
namespace {

constexpr std::size_t kWhole = 4096;
constexpr std::size_t kEdge = 256;
constexpr std::size_t kStride = 8191;  // a prime: not the same place of each page

// The places of an object that are written and looked at, as stretches.
template <class Visit>
void visit_stretches(std::size_t size, Visit visit) {
    if (size <= kWhole) return visit(0, size);
    visit(0, kEdge);
    for (std::size_t i = kEdge; i < size - kEdge; i += kStride) visit(i, 1);
    visit(size - kEdge, kEdge);
}

bool all_are(const unsigned char* start, std::size_t bytes, unsigned char value) {
    // By memcmp, as a loop would be most of what the fuzzer follows.
    return bytes == 0 || (start[0] == value && std::memcmp(start, start + 1, bytes - 1) == 0);
}

}  // namespace

void fill(const Object& object) {
    visit_stretches(object.size, [&](std::size_t from, std::size_t bytes) {
        std::memset(object.start + from, object.pattern, bytes);
    });
}

void verify(const Object& object, std::size_t bytes, const unsigned char* start) {
    visit_stretches(object.size, [&](std::size_t from, std::size_t length) {
        length = from >= bytes ? 0 : std::min(length, bytes - from);
        EXPECT_THAT(all_are(start + from, length, object.pattern),
                    "%p of %zu bytes: not %d everywhere in %zu to %zu", static_cast<const void*>(start),
                    object.size, object.pattern, from, from + length);
    });
}

void verify(const Object& object) {
    verify(object, object.size, object.start);
}

bool is_zero(const unsigned char* start, std::size_t bytes) {
    return all_are(start, bytes, 0);
}

void Live::add(const Object& object) {
    const std::lock_guard guard(mutex_);
    const auto start = reinterpret_cast<std::uintptr_t>(object.start);
    const auto next = live_.lower_bound(start);
    EXPECT_THAT(next == live_.end() || start + object.usable <= next->first, "%p of %zu runs into %#zx",
                static_cast<void*>(object.start), object.usable, next->first);
    if (next != live_.begin()) {
        const auto before = std::prev(next);
        EXPECT_THAT(before->first + before->second <= start, "%p of %zu lies in %#zx of %zu",
                    static_cast<void*>(object.start), object.usable, before->first, before->second);
    }
    live_.emplace(start, object.usable);
}

void Live::remove(const Object& object) {
    const std::lock_guard guard(mutex_);
    EXPECT_THAT(live_.erase(reinterpret_cast<std::uintptr_t>(object.start)) == 1, "%p is not live",
                static_cast<void*>(object.start));
}

}  // namespace morpharena::fuzz
