#include "core/heap/process_heap.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "core/os/process.h"
#include "tests/unit/support/in_child.h"
#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

class ProcessHeapTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(process_heap.awaken());
        test::provide_next_allocator();
    }
};

TEST_F(ProcessHeapTest, WakesOnce) {
    EXPECT_TRUE(process_heap.awake());
    ThreadHeap* heap = process_heap.heap();
    ASSERT_NE(heap, nullptr);
    EXPECT_TRUE(process_heap.awaken());
    EXPECT_EQ(process_heap.heap(), heap);
    EXPECT_EQ(current_heap, heap);
    EXPECT_EQ(heap->thread, gettid());
    EXPECT_TRUE(process_heap.is_own_process());
}

TEST_F(ProcessHeapTest, EachThreadHasItsHeap) {
    ThreadHeap* mine = process_heap.heap();
    std::vector<ThreadHeap*> heaps(20);
    std::vector<std::thread> threads;
    std::atomic<std::size_t> born{0};
    for (ThreadHeap*& heap : heaps) {
        threads.emplace_back([&] {
            heap = process_heap.heap();
            ++born;
            while (born < heaps.size()) std::this_thread::yield();  // all of them at once
        });
    }
    for (std::thread& thread : threads) thread.join();
    heaps.push_back(mine);
    std::sort(heaps.begin(), heaps.end());
    EXPECT_EQ(std::unique(heaps.begin(), heaps.end()), heaps.end());
    for (ThreadHeap* heap : heaps) EXPECT_TRUE(heap->alive());
}

TEST_F(ProcessHeapTest, HeapsOfEndedThreadsAreTakenOver) {
    const std::uint64_t before = process_heap.counters().heaps.get();
    const std::uint64_t adoptions = process_heap.counters().adoptions.get();
    for (int i = 0; i < 300; ++i) std::thread([] { EXPECT_NE(allocate(100), nullptr); }).join();
    EXPECT_LE(process_heap.counters().heaps.get() - before, 30u);
    EXPECT_GE(process_heap.counters().adoptions.get() - adoptions, 270u);
}

TEST_F(ProcessHeapTest, AHeapIsTakenOverWithItsBlockAndItsCounts) {
    if (!test::serves_from_blocks()) GTEST_SKIP() << "objects are in no block";
    ThreadHeap* first = nullptr;
    std::uint64_t asked = 0;
    std::thread([&] {
        (void)allocate(64);
        first = current_heap;
        asked = first->counters->bytes_asked.get();
    }).join();
    // The next thread that finds it ended; each of those before it may have found another.
    for (int i = 0; i < 200; ++i) {
        bool found = false;
        std::thread([&] {
            void* object = allocate(64);
            if (current_heap != first) return;
            found = true;
            if (first->block == 0) return;  // mode adaptive, and the budget is spent
            EXPECT_EQ(first->counters->bytes_asked.get(), asked + (test::counts_calls() ? 64 : 0));
            EXPECT_EQ(first->thread, gettid());
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(object) & ~(block_header(first->block)->bytes - 1),
                      first->block);
        }).join();
        if (found) return;
    }
    FAIL() << "the heap of an ended thread was never taken over";
}

TEST_F(ProcessHeapTest, SnapshotAddsTheThreads) {
    if (!test::counts_calls()) GTEST_SKIP() << "nobody asked for the counts";
    RecordView before;
    process_heap.snapshot(before);
    (void)allocate(24);
    std::thread([] {
        for (int i = 0; i < 10; ++i) (void)allocate(24);
    }).join();
    RecordView after;
    process_heap.snapshot(after);
    EXPECT_EQ(after.threads.small_objects[2].get() - before.threads.small_objects[2].get(), 11u);
    EXPECT_EQ(after.threads.bytes_asked.get() - before.threads.bytes_asked.get(), 11u * 24);
    EXPECT_EQ(after.header, before.header);
}

TEST_F(ProcessHeapTest, ComplaintsReachTheRecord) {
    process_heap.complain("SUBJECT", "token", "is odd");
    EXPECT_NE(complaints_of(process_heap.record().header()).find("SUBJECT: 'token' is odd\n"),
              std::string_view::npos);
}

// What a fork child needs, with and without the fork handlers that the shim would have registered.
int use_heap_in_child(const char* kept) {
    if (std::string(kept) != "from the parent") return 2;
    RecordView view;
    std::vector<char*> objects;
    for (int i = 0; i < 20'000; ++i) {
        auto* object = static_cast<char*>(allocate(40));
        if (object == nullptr) return 3;
        std::memset(object, i, 40);
        objects.push_back(object);
    }
    for (int i = 0; i < 20'000; ++i) {
        for (int k = 0; k < 40; ++k) {
            if (objects[static_cast<std::size_t>(i)][k] != static_cast<char>(i)) return 4;
        }
    }
    if (std::string(kept) != "from the parent") return 5;
    process_heap.snapshot(view);
    // Its own only: nothing of the parent's.
    if (view.threads.small_objects[3].get() != (test::counts_calls() ? 20'000u : 0u)) return 6;
    if (!process_heap.is_own_process()) return 7;
    if (current_heap->thread != gettid()) return 8;
    for (char* object : objects) release(object);
    std::thread([] { (void)allocate(10); }).join();
    return 0;
}

TEST_F(ProcessHeapTest, AChildNoticesAPlainForkByItself) {
    (void)allocate(64);
    auto* kept = static_cast<char*>(allocate(32));
    std::strcpy(kept, "from the parent");
    EXPECT_EQ(0, test::status_in_child([kept] { return use_heap_in_child(kept); }));
}

TEST_F(ProcessHeapTest, AChildOfAnnouncedForkHasItsHeapAtOnce) {
    auto* kept = static_cast<char*>(allocate(32));
    std::strcpy(kept, "from the parent");
    process_heap.before_fork();
    const pid_t child = fork();
    if (child == 0) {
        process_heap.after_fork_in_child();
        if (process_heap.tracked() && !current_heap->alive()) _exit(9);
        _exit(use_heap_in_child(kept));
    }
    process_heap.after_fork_in_parent();
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_NE(allocate(10), nullptr) << "the parent's lock is free again";
    std::thread([] { EXPECT_NE(allocate(700'000), nullptr); }).join();
}

TEST_F(ProcessHeapTest, AChildThatAllocatedBeforeTheHandlerRanKeepsItsRecord) {
    // Another library's fork handler was registered before ours and allocates in the child first.
    process_heap.before_fork();
    const pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 5; ++i) (void)allocate(40);
        const ThreadCounters* counters = current_heap->counters;
        process_heap.after_fork_in_child();
        (void)allocate(40);
        RecordView view;
        process_heap.snapshot(view);
        if (view.threads.small_objects[3].get() != (test::counts_calls() ? 6u : 0u)) _exit(1);
        _exit(current_heap->counters == counters ? 0 : 2);
    }
    process_heap.after_fork_in_parent();
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(ProcessHeapTest, DoubleFreesDoNotMakeAChildInheritTheUniverse) {
    if (!process_heap.tracked() || !test::serves_itself()) GTEST_SKIP() << "live bytes are not followed";
    EXPECT_EQ(0, test::status_in_child([] {
                  void* object = allocate(900);
                  for (int i = 0; i < 100'000; ++i) release(object);
                  return test::status_in_child([] {
                      (void)allocate(16);
                      RecordView view;
                      process_heap.snapshot(view);
                      return view.derived.live < (std::uint64_t{1} << 40) ? 0 : 1;
                  });
              }));
}

}  // namespace
}  // namespace morpharena
