#include "profile/walker.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/observe/profile_reader.h"
#include "profile/rule_finder.h"
#include "tests/unit/support/temp_dir.h"

namespace morpharena::profile {
namespace {

// Stacks of this very test, next to what libgcc's unwinder says of them.
struct Walk {
    Stack ours{};
    std::vector<std::uintptr_t> addresses;  // of our frames, in the process
    std::vector<std::uintptr_t> expected;
};

class WalkerTest : public testing::Test {
  protected:
    WalkerTest() {
        EXPECT_TRUE(prepare_rule_finder());
        EXPECT_EQ(file_.create((dir_ / "a.profile").c_str()), 0);
    }

    [[gnu::noinline]] Walk walk_here() {
        Walk walk;
        void* expected[kMostFrames];
        const int count = backtrace(expected, kMostFrames);
        Registers here;
        asm volatile("lea 0(%%rip), %0\n\tmov %%rsp, %1\n\tmov %%rbp, %2"
                     : "=&r"(here.pc), "=&r"(here.sp), "=&r"(here.bp));
        walker_->walk(here, file_, walk.ours);
        for (int i = 1; i < count; ++i)
            walk.expected.push_back(reinterpret_cast<std::uintptr_t>(expected[i]));
        for (std::size_t i = 1; i < walk.ours.count; ++i) {
            const ProfileFrame frame = walk.ours.frames[i];
            walk.addresses.push_back(frame_offset(frame) + bias_of(frame_module(frame)));
        }
        return walk;
    }

    std::uintptr_t bias_of(std::uint32_t module) {
        for (std::uint16_t i = 0; i < 100; ++i) {
            if (walker_->modules()[i].noted == module) return walker_->modules()[i].bias;
        }
        return 0;
    }

    test::TempDir dir_;
    ProfileFile file_;
    std::unique_ptr<Walker> walker_ = std::make_unique<Walker>();
};

TEST_F(WalkerTest, AgreesWithAnotherUnwinder) {
    for (int i = 0; i < 3; ++i) {
        const Walk walk = walk_here();
        EXPECT_EQ(walk.ours.flags, 0u) << "to the first frame";
        EXPECT_EQ(walk.addresses, walk.expected);
        EXPECT_GT(walk.expected.size(), 5u);
    }
}

TEST_F(WalkerTest, InAThread) {
    std::thread([this] {
        const Walk walk = walk_here();
        EXPECT_EQ(walk.ours.flags, 0u);
        // libgcc's names the place in clone3 that nothing returns to as well; so do we.
        EXPECT_EQ(walk.addresses, walk.expected);
    }).join();
}

[[gnu::noinline]] int below(int depth, const std::function<void()>& call) {
    volatile char room[200];
    room[0] = static_cast<char>(depth);
    if (depth == 0) {
        call();
        return room[0];
    }
    return below(depth - 1, call) + room[0];
}

TEST_F(WalkerTest, VeryDeepStacksAreCut) {
    below(300, [this] {
        const Walk walk = walk_here();
        EXPECT_EQ(walk.ours.flags, kSiteCut);
        EXPECT_EQ(walk.ours.count, kMostFrames);
    });
}

std::function<void()> in_handler;

TEST_F(WalkerTest, ThroughASignalHandlerOnAStackOfItsOwn) {
    std::vector<char> other(64 << 10);
    const stack_t stack = {other.data(), 0, other.size()};
    ASSERT_EQ(sigaltstack(&stack, nullptr), 0);
    struct sigaction action {};
    action.sa_handler = [](int) { in_handler(); };
    action.sa_flags = SA_ONSTACK;
    ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
    in_handler = [this] {
        const Walk walk = walk_here();
        EXPECT_EQ(walk.ours.flags, 0u);
        ASSERT_EQ(walk.addresses.size(), walk.expected.size());
        int differ = 0;
        // The interrupted frame's is one byte on, so that all are looked up in the same way.
        for (std::size_t i = 0; i < walk.expected.size(); ++i)
            differ += walk.addresses[i] != walk.expected[i];
        EXPECT_LE(differ, 1);
    };
    raise(SIGUSR1);
    in_handler = nullptr;
    const stack_t none = {nullptr, SS_DISABLE, 0};
    sigaltstack(&none, nullptr);
}

TEST_F(WalkerTest, WhereNothingIsLoadedItEnds) {
    Stack stack{};
    walker_->walk({0x1234, reinterpret_cast<std::uintptr_t>(&stack), 0}, file_, stack);
    EXPECT_EQ(stack.flags, kSiteNotUnwound);
    ASSERT_EQ(stack.count, 1u);
    EXPECT_EQ(frame_module(stack.frames[0]), kNoModule);
}

TEST_F(WalkerTest, AStackPointerThatIsNoneReadsNothing) {
    Stack stack{};
    const auto here = reinterpret_cast<std::uintptr_t>(&malloc) + 4;
    walker_->walk({here, 0x1000, 0x2000}, file_, stack);
    EXPECT_EQ(stack.flags, kSiteNotUnwound);
    EXPECT_EQ(stack.count, 1u);
}

}  // namespace
}  // namespace morpharena::profile
