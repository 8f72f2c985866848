// Sequences of calls against a model, in every mode. An input's first three bytes choose the configuration,
// the rest is calls: by threads that take turns, through forks and failing system calls; then, if asked for,
// what is left is run by real threads at once.
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/heap/dispatch.h"
#include "core/heap/process_heap.h"
#include "tests/fuzz/expect.h"
#include "tests/fuzz/heap/worker.h"
#include "tests/fuzz/heap/world.h"

namespace morpharena::fuzz {
namespace {

struct Plan {
    std::vector<std::string> options;
    bool forks = false;
    bool failures = false;
    bool at_once = false;
};

Plan plan_from(Input& input) {
    const auto option = [](const char* name, const char* value) {
        return std::string("MORPHARENA_") + name + "=" + value;
    };
    constexpr const char* kModes[] = {"arena", "pool", "adaptive", "system"};
    constexpr const char* kBlocks[] = {"64K", "256K", "2M", "2M"};
    constexpr const char* kLimits[] = {"0", "0", "3M", "40M"};
    constexpr const char* kBudgets[] = {"64K", "1M", "8M", "64M"};
    constexpr const char* kThp[] = {"auto", "auto", "never", "always"};
    const std::uint8_t heap = input.byte(), sizes = input.byte(), events = input.byte();
    Plan plan;
    plan.options = {option("MODE", kModes[heap % 4]), option("BLOCK_SIZE", kBlocks[heap / 4 % 4]),
                    option("LIMIT", kLimits[sizes % 4]), option("BUDGET", kBudgets[sizes / 4 % 4]),
                    option("THP", kThp[sizes / 16 % 4])};
    if ((heap & 16) != 0) plan.options.push_back(option("DUMP_SIGNAL", "USR1"));  // every call is counted
    if ((heap & 32) != 0) plan.options.push_back(option("REWIND", "1"));
    if ((heap & 64) != 0) plan.options.push_back(option("RESET", "safe"));
    plan.forks = (events & 1) != 0 && (events & 2) != 0;
    plan.failures = (events & 4) != 0;
    plan.at_once = (events & 8) != 0;
    return plan;
}

void reset_safely() {
    if (process_heap.heap() == nullptr || !process_heap.resets_safely()) return;
    const os::LockedSection section(process_heap.lock());
    process_heap.resets().reset_safely(process_heap, *current_heap);
}

class Run {
  public:
    explicit Run(const Plan& plan) : world_(plan.options), plan_(plan), worker_(live_, exchange_) {}

    void take_turns(Input& input) {
        while (!input.empty() && !(plan_.at_once && input.rest().size() < 200)) {
            const std::uint8_t which = input.byte();
            switch (which % 16) {
                case 14:
                    if (!in_child_) world_.turn_to(which / 16);  // the others stayed behind
                    break;
                case 15:
                    event(which / 16, input);
                    break;
                default:
                    worker_.step(which, input);
            }
        }
        worker_.verify_all();
    }

    // Every thread the same calls: they come upon each other in the same places.
    void run_at_once(std::span<const std::uint8_t> calls) {
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([this, calls] {
                World::begin_real_thread();
                Worker worker(live_, exchange_);
                for (int round = 0; round < 4; ++round) {
                    for (Input input(calls); !input.empty();) {
                        const std::uint8_t which = input.byte();
                        if (which % 16 == 15) {
                            reset_safely();
                        } else {
                            worker.step(which, input);
                        }
                    }
                }
                worker.drop_all();
            });
        }
        for (std::thread& thread : threads) thread.join();
    }

    void finish() {
        World::fail_after(0);
        worker_.verify_all();
        worker_.drop_all();
        for (std::size_t place = 0; place < 64; ++place) {
            const Object left = exchange_.swap({}, place);
            if (left.start == nullptr) continue;
            verify(left);
            live_.remove(left);
            release(left.start);
        }
        reset_safely();
        if (process_heap.heap() != nullptr) process_heap.release_caches();
    }

  private:
    void event(unsigned kind, Input& input) {
        switch (kind) {
            default:
                return reset_safely();
            case 1:
                if (!in_child_) world_.replace_thread();
                return;
            case 2:
                if (process_heap.heap() != nullptr) process_heap.release_caches();
                return;
            case 3:
            case 4:
                if (plan_.failures) World::fail_after(input.byte());
                return;
            case 5:
                return fork_and_go_on(input, input.byte() % 2 == 0);
        }
    }

    // The child goes on with the same calls as the parent. Without the handlers, as _Fork does: it has only
    // what the kernel wipes.
    void fork_and_go_on(Input& input, bool with_handlers) {
        if (!plan_.forks || process_heap.config().mode.value == Mode::system) return;
        plan_.forks = false;  // once: it is dear
        if (with_handlers) process_heap.before_fork();
        const pid_t child = fork();
        EXPECT_THAT(child >= 0, "no fork");
        if (child == 0) {
            in_child_ = true;
            if (with_handlers) process_heap.after_fork_in_child();
            take_turns(input);
            finish();
            _exit(0);
        }
        if (with_handlers) process_heap.after_fork_in_parent();
        int status = -1;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {  // libFuzzer's clock
        }
        EXPECT_THAT(status == 0, "the child ended with %#x", status);
        worker_.verify_all();
    }

    World world_;
    Plan plan_;
    Live live_;
    Exchange exchange_;
    Worker worker_;
    bool in_child_ = false;
};

}  // namespace
}  // namespace morpharena::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace morpharena::fuzz;
    Input input({data, size});
    const Plan plan = plan_from(input);
    const auto run = std::make_unique<Run>(plan);
    run->take_turns(input);
    if (plan.at_once) run->run_at_once(input.rest());
    run->finish();
    return 0;
}
