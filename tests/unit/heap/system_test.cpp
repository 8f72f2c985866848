#include "core/heap/system.h"

#include <gtest/gtest.h>

#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

TEST(NextAllocator, IsFoundOnlyWhenWhole) {
    NextAllocator next;
    EXPECT_FALSE(next.found());
    const NextAllocator whole = {::malloc, ::calloc, ::realloc, ::memalign, ::free, ::malloc_usable_size};
    EXPECT_TRUE(whole.found());
    next = whole;
    next.malloc = nullptr;
    EXPECT_FALSE(next.found());
    next = whole;
    next.calloc = nullptr;
    EXPECT_FALSE(next.found());
    next = whole;
    next.realloc = nullptr;
    EXPECT_FALSE(next.found());
    next = whole;
    next.memalign = nullptr;
    EXPECT_FALSE(next.found());
    next = whole;
    next.free = nullptr;
    EXPECT_FALSE(next.found());
    next = whole;
    next.usable_size = nullptr;
    EXPECT_FALSE(next.found());
}

TEST(NextAllocator, ServesInModeSystemOnlyOnceItIsFound) {
    test::my_heap();
    next_allocator = {};
    void* early = allocate(40);
    ASSERT_NE(early, nullptr);
    EXPECT_NE(process_heap.owners().find(reinterpret_cast<std::uintptr_t>(early)).owner(), Owner::nobody);
    test::provide_next_allocator();
    void* late = allocate(40);
    const bool ours =
        process_heap.owners().find(reinterpret_cast<std::uintptr_t>(late)).owner() != Owner::nobody;
    EXPECT_EQ(ours, test::serves_itself())
        << "in mode system an object of ours from before must not keep our heap serving";
    EXPECT_GE(usable_size(early), 40u);
    EXPECT_GE(usable_size(late), 40u);
    release(late);
    release(early);  // told apart by the owner map: libc's free would abort on it
}

}  // namespace
}  // namespace morpharena
