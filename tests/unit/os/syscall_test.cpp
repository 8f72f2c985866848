#include "core/os/syscall.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace morpharena::os {
namespace {

TEST(Syscall, AnswersAsTheWrapperDoes) {
    EXPECT_EQ(syscall(SYS_getpid), ::getpid());
}

TEST(Syscall, ErrorsComeBackAndErrnoStays) {
    errno = 4321;
    const long result = syscall(SYS_close, -1);
    EXPECT_EQ(result, -EBADF);
    EXPECT_TRUE(failed(result));
    EXPECT_EQ(errno, 4321);
}

TEST(Syscall, SixArgumentsArriveInOrder) {
    const long page = ::sysconf(_SC_PAGESIZE);
    const long result =
        syscall(SYS_mmap, nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_FALSE(failed(result));
    *reinterpret_cast<char*>(result) = 'x';
    EXPECT_EQ(syscall(SYS_munmap, result, page), 0);
}

TEST(Syscall, OnlyTheKernelsErrorRangeIsFailure) {
    EXPECT_TRUE(failed(-1));
    EXPECT_TRUE(failed(-4095));
    EXPECT_FALSE(failed(-4096));  // an address at the very top
    EXPECT_FALSE(failed(0));
    EXPECT_FALSE(failed(1));
}

}  // namespace
}  // namespace morpharena::os
