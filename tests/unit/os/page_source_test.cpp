#include "core/os/page_source.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "tests/unit/support/in_child.h"

namespace morpharena::os {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::uintptr_t number(void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory);
}

bool all_zero(const void* memory, std::size_t bytes) {
    const auto* first = static_cast<const char*>(memory);
    return std::all_of(first, first + bytes, [](char byte) { return byte == 0; });
}

// Whether the page is mapped at all; mincore knows without touching it.
bool mapped(void* page) {
    unsigned char resident = 0;
    return mincore(page, 1, &resident) == 0;
}

TEST(PageSource, PageSizeIsTheKernels) {
    EXPECT_EQ(Kernel::page_size(), static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
}

TEST(PageSource, MapsZeroedMemoryAtEveryAlignment) {
    for (std::size_t alignment = Kernel::page_size(); alignment <= 64 * kMiB; alignment *= 2) {
        constexpr std::size_t kBytes = 3 * 65536;  // no multiple of most alignments
        void* memory = Kernel::map(kBytes, alignment);
        ASSERT_NE(memory, nullptr) << alignment;
        EXPECT_EQ(number(memory) % alignment, 0u) << alignment;
        EXPECT_TRUE(all_zero(memory, kBytes));
        memset(memory, 0xa5, kBytes);
        EXPECT_TRUE(Kernel::unmap(memory, kBytes));
        EXPECT_FALSE(mapped(memory));
    }
}

TEST(PageSource, CutsWhatStandsOverWhenItAligns) {
    // Pages beside the result that were mapped only for the alignment would be lost for good: the address
    // space in use must grow by what was asked, and no more.
    const auto in_use = [] {
        FILE* file = fopen("/proc/self/statm", "r");
        std::size_t pages = 0;
        EXPECT_EQ(fscanf(file, "%zu", &pages), 1);
        fclose(file);
        return pages * Kernel::page_size();
    };
    in_use();  // stdio's own buffers come into being here
    const std::size_t before = in_use();
    std::array<void*, 20> memory;
    for (void*& each : memory) each = Kernel::map(65536, 16 * kMiB);
    EXPECT_EQ(in_use() - before, memory.size() * 65536);
    for (void* each : memory) EXPECT_TRUE(Kernel::unmap(each, 65536));
    EXPECT_EQ(in_use(), before);
}

TEST(PageSource, RefusesWhatCannotBe) {
    EXPECT_EQ(Kernel::map(std::size_t{1} << 62, 4096), nullptr);
    EXPECT_EQ(Kernel::map((std::size_t{1} << 63) - 4096, std::size_t{1} << 62), nullptr);
    EXPECT_EQ(Kernel::map(4096, std::size_t{1} << 62), nullptr);
    EXPECT_FALSE(Kernel::unmap(reinterpret_cast<void*>(1), 4096));
}

TEST(PageSource, GrowsAndShrinksKeepingTheBytes) {
    constexpr std::size_t kSmall = 2 * 65536;
    auto* memory = static_cast<char*>(Kernel::map(kSmall, 65536));
    ASSERT_NE(memory, nullptr);
    memset(memory, 0x5a, kSmall);
    // Something right behind it, where it can be had, so that it has to move.
    void* wall =
        mmap(memory + kSmall, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    auto* moved = static_cast<char*>(Kernel::remap(memory, kSmall, 8 * kMiB, 65536));
    ASSERT_NE(moved, nullptr);
    EXPECT_EQ(number(moved) % 65536, 0u);
    if (wall != MAP_FAILED) {
        EXPECT_NE(moved, memory);
        EXPECT_FALSE(mapped(memory)) << "the old place is given up";
        munmap(wall, 4096);
    }
    EXPECT_TRUE(std::all_of(moved, moved + kSmall, [](char byte) { return byte == 0x5a; }));
    EXPECT_TRUE(all_zero(moved + kSmall, 8 * kMiB - kSmall));

    auto* shrunk = static_cast<char*>(Kernel::remap(moved, 8 * kMiB, 65536, 65536));
    EXPECT_EQ(shrunk, moved) << "shrinking never moves";
    EXPECT_FALSE(mapped(shrunk + 65536));
    EXPECT_EQ(shrunk[65535], 0x5a);
    Kernel::unmap(shrunk, 65536);
}

TEST(PageSource, ARefusedRemapLeavesTheMapping) {
    auto* memory = static_cast<char*>(Kernel::map(65536, 65536));
    ASSERT_NE(memory, nullptr);
    memory[100] = 'k';
    EXPECT_EQ(Kernel::remap(memory, 65536, std::size_t{1} << 62, 65536), nullptr);
    EXPECT_EQ(memory[100], 'k');
    memory[65535] = 'l';
    Kernel::unmap(memory, 65536);
}

TEST(PageSource, UnmapsAPart) {
    auto* memory = static_cast<char*>(Kernel::map(3 * 4096, 4096));
    ASSERT_NE(memory, nullptr);
    EXPECT_TRUE(Kernel::unmap(memory + 4096, 4096));
    EXPECT_TRUE(mapped(memory));
    EXPECT_FALSE(mapped(memory + 4096));
    EXPECT_TRUE(mapped(memory + 8192));
    Kernel::unmap(memory, 4096);
    Kernel::unmap(memory + 8192, 4096);
}

TEST(PageSource, DiscardedPagesReadAsZero) {
    auto* memory = static_cast<char*>(Kernel::map(8192, 4096));
    memset(memory, 1, 8192);
    EXPECT_TRUE(Kernel::discard(memory, 4096));
    EXPECT_TRUE(all_zero(memory, 4096));
    EXPECT_EQ(memory[4096], 1);
    Kernel::unmap(memory, 8192);
}

TEST(PageSource, TellsWhetherAPageIsMapped) {
    void* memory = Kernel::map(4096, 4096);
    ASSERT_NE(memory, nullptr);
    EXPECT_TRUE(Kernel::is_mapped(memory));  // though never touched
    Kernel::unmap(memory, 4096);
    EXPECT_FALSE(Kernel::is_mapped(memory));
}

TEST(PageSource, AForkChildFindsZeros) {
    auto* memory = static_cast<char*>(Kernel::map(8192, 4096));
    memset(memory, 7, 8192);
    if (!Kernel::wipe_on_fork(memory, 4096)) GTEST_SKIP() << "the kernel is older than 4.14";
    const pid_t child = fork();
    if (child == 0) _exit(all_zero(memory, 4096) && memory[4096] == 7 ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(memory[0], 7) << "the parent keeps its own";
    Kernel::unmap(memory, 8192);
}

TEST(PageSource, HugePageAdviceIsHarmlessWhereRefused) {
    void* memory = Kernel::map(4 * kMiB, 2 * kMiB);
    Kernel::prefer_huge(memory, 4 * kMiB);
    Kernel::avoid_huge(memory, 4 * kMiB);
    Kernel::prefer_huge(reinterpret_cast<void*>(1), 4096);
    EXPECT_TRUE(all_zero(memory, 4 * kMiB));
    Kernel::unmap(memory, 4 * kMiB);
}

TEST(PageSource, AnAddressSpaceLimitIsARefusalNotACrash) {
    EXPECT_EQ(0, test::status_in_child([] {
                  if (!test::limit_address_space(256 * kMiB)) return 77;
                  const bool refused = Kernel::map(512 * kMiB, 4096) == nullptr;
                  const bool served = Kernel::map(kMiB, 4096) != nullptr;
                  return refused && served ? 0 : 1;
              }));
}

}  // namespace
}  // namespace morpharena::os
