// The hook of a library built for tests: makes the calls fail that the environment names, and counts them.
//   FAULT="NUMBER ERRNO FIRST LAST"   of the calls with this number, those from the FIRST to the LAST (1 is
//   the
//                                     first) answer -ERRNO and never reach the kernel; LAST 0: all from FIRST
//                                     on; ERRNO 0: they are counted and nothing fails
// Of futex only waits count: the kernel never refuses to wake, and a program whose wakes are lost hangs by
// rights.
#include <linux/futex.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string_view>

#include "core/base/text.h"
#include "core/os/syscall.h"
#include "shim/export.h"

namespace morpharena {
namespace {

struct Plan {
    std::uint64_t number = ~std::uint64_t{0};
    std::uint64_t error = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

std::atomic<bool> ready{false};
constinit Plan plan;
std::atomic<std::uint64_t> calls{0};
std::atomic<std::uint64_t> hits{0};

std::uint64_t next_number(std::string_view& text) {
    const std::size_t length = text.find(' ');
    std::string_view word(text.data(), length == std::string_view::npos ? text.size() : length);
    text.remove_prefix(length == std::string_view::npos ? text.size() : length + 1);
    std::uint64_t value = 0;
    parse_unsigned(word, value);
    return value;
}

// The library is initialized before libc, which is when `environ` is set. The number has this run before the
// library's own constructor.
char** at_start = nullptr;
__attribute__((constructor(101))) void keep_environment(int, char**, char** environment) {
    at_start = environment;
}

// The first call of all comes before there is a second thread.
void read_plan() {
    constexpr std::string_view kName = "FAULT=";
    for (char** entry = environ != nullptr ? environ : at_start; entry != nullptr && *entry != nullptr;
         ++entry) {
        std::string_view text(*entry);
        if (!text.starts_with(kName)) continue;
        text.remove_prefix(kName.size());
        plan.number = next_number(text);
        plan.error = next_number(text);
        plan.first = next_number(text);
        plan.last = next_number(text);
    }
    ready.store(true, std::memory_order_release);
}

}  // namespace

long os::syscall_hook(long number, const long (&values)[6]) {
    if (!ready.load(std::memory_order_acquire)) read_plan();
    const bool counts = static_cast<std::uint64_t>(number) == plan.number &&
                        (number != SYS_futex || values[1] == FUTEX_WAIT_PRIVATE);
    if (!counts) return enter_kernel(number, values);
    const std::uint64_t call = calls.fetch_add(1, std::memory_order_relaxed) + 1;
    if (plan.error == 0 || call < plan.first || (plan.last != 0 && call > plan.last))
        return enter_kernel(number, values);
    hits.fetch_add(1, std::memory_order_relaxed);
    return -static_cast<long>(plan.error);
}

}  // namespace morpharena

// For the program: how many calls there were of that number, and how many failed.
EXPORTED unsigned long morpharena_fault_calls(void) {
    return morpharena::calls.load(std::memory_order_relaxed);
}
EXPORTED unsigned long morpharena_fault_hits(void) {
    return morpharena::hits.load(std::memory_order_relaxed);
}
