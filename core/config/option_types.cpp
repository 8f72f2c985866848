#include "core/config/option_types.h"

#include <signal.h>

#include "core/base/align.h"
#include "core/base/text.h"

namespace morpharena {

namespace {

struct ModeRow {
    std::string_view name;
    bool served;
};
constexpr ModeRow kModes[] = {
#define MODE(name, served, summary) {#name, served},
#include "core/config/modes.def"
#undef MODE
};

constexpr std::string_view kThpNames[] = {"auto", "always", "never"};

// Numbers differ between machines, so they come from the system's header. The names stand in the rows: as
// pointers, each would be relocated in every process that starts.
struct SignalRow {
    char name[7];
    int number;
};
constexpr SignalRow kSignals[] = {
    {"HUP", SIGHUP},     {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ABRT", SIGABRT}, {"USR1", SIGUSR1},
    {"USR2", SIGUSR2},   {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM}, {"STKFLT", SIGSTKFLT},
    {"CHLD", SIGCHLD},   {"CONT", SIGCONT}, {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},
    {"URG", SIGURG},     {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ}, {"PROF", SIGPROF}, {"VTALRM", SIGVTALRM},
    {"WINCH", SIGWINCH}, {"IO", SIGIO},     {"PWR", SIGPWR},
};
constexpr int kLastSignal = 64;
constexpr int kFirstRealTime = 34;
// glibc keeps 32 and 33 for thread cancellation and set*id across threads. What faults raise must end the
// program: a handler that lets it go on is called by the same fault for ever.
constexpr bool may_be_asked_by(int number) {
    constexpr int kNever[] = {SIGKILL, SIGSTOP, 32, 33, SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
    for (const int never : kNever) {
        if (number == never) return false;
    }
    return number >= 1 && number <= kLastSignal;
}

}  // namespace

std::string_view name_of(Mode mode) {
    return kModes[static_cast<std::size_t>(mode)].name;
}

bool ModeOption::parse(std::string_view text) {
    for (std::size_t i = 0; i < std::size(kModes); ++i) {
        if (text != kModes[i].name || !kModes[i].served) continue;
        value = static_cast<Mode>(i);
        return true;
    }
    return false;
}

std::string_view name_of(Thp thp) {
    return kThpNames[static_cast<std::size_t>(thp)];
}

bool ThpOption::parse(std::string_view text) {
    for (std::size_t i = 0; i < std::size(kThpNames); ++i) {
        if (text != kThpNames[i]) continue;
        value = static_cast<Thp>(i);
        return true;
    }
    return false;
}

bool AutoFlagOption::parse(std::string_view text) {
    if (text != "auto" && text != "0" && text != "1") return false;
    automatic = text == "auto";
    value = text == "1";
    return true;
}

bool SizeOption::parse(std::string_view text) {
    std::size_t unit = 1;
    if (!text.empty()) {
        switch (text.back()) {
            case 'K':
            case 'k':
                unit = std::size_t{1} << 10;
                break;
            case 'M':
            case 'm':
                unit = std::size_t{1} << 20;
                break;
            case 'G':
            case 'g':
                unit = std::size_t{1} << 30;
                break;
            default:
                break;
        }
    }
    if (unit != 1) text.remove_suffix(1);
    std::uint64_t count = 0;
    std::size_t bytes = 0;
    if (!parse_unsigned(text, count) || !checked_multiply(count, unit, bytes)) return false;
    value = bytes;
    return true;
}

bool BlockSizeOption::parse(std::string_view text) {
    SizeOption size;
    if (!size.parse(text) || !is_power_of_two(size.value)) return false;
    if (size.value < kSmallestBlock || size.value > kLargestBlock) return false;
    value = size.value;
    return true;
}

bool BudgetOption::parse(std::string_view text) {
    SizeOption size;
    if (size.parse(text) && size.value != 0) {
        *this = {size.value, 0};
        return true;
    }
    if (!text.ends_with('%')) return false;
    text.remove_suffix(1);
    std::uint64_t share = 0;
    if (!parse_unsigned(text, share) || share < 1 || share > 100) return false;
    *this = {0, static_cast<unsigned>(share)};
    return true;
}

bool ProfileOption::parse(std::string_view text) {
    SizeOption size;
    if (text == "none" || text == "auto") {
        interval = text == "auto" ? kUsual : 0;
        return true;
    }
    if (!size.parse(text) || size.value == 0) return false;
    interval = size.value;
    return true;
}

bool SignalOption::parse(std::string_view text) {
    if (text == "none") {
        value = 0;
        return true;
    }
    std::uint64_t number = 0;
    if (parse_unsigned(text, number)) {
        if (number > kLastSignal || !may_be_asked_by(static_cast<int>(number))) return false;
        value = static_cast<int>(number);
        return true;
    }
    if (text.starts_with("SIG")) text.remove_prefix(3);
    for (const SignalRow& row : kSignals) {
        if (text != row.name) continue;
        value = row.number;
        return true;
    }
    return false;
}

bool ResetSignalOption::parse(std::string_view text) {
    SignalOption signal;
    if (!signal.parse(text)) return false;
    switch (signal.value) {
        case 0:
        case SIGUSR1:
        case SIGUSR2:
        case SIGURG:
        case SIGIO:
        case SIGPWR:
        case SIGSTKFLT:
            break;
        default:
            if (signal.value < kFirstRealTime) return false;
    }
    value = signal.value;
    return true;
}

std::string_view name_of(Reset reset) {
    return reset == Reset::safe ? "safe" : reset == Reset::force ? "force" : "none";
}

bool ResetOption::parse(std::string_view text) {
    if (text != "auto" && text != "safe" && text != "force") return false;
    automatic = text == "auto";
    value = text == "safe" ? Reset::safe : text == "force" ? Reset::force : Reset::none;
    return true;
}

std::string_view name_of(Check check) {
    return check == Check::report ? "1" : check == Check::abort ? "abort" : "off";
}

bool CheckOption::parse(std::string_view text) {
    if (text != "off" && text != "0" && text != "1" && text != "abort") return false;
    value = text == "1" ? Check::report : text == "abort" ? Check::abort : Check::off;
    return true;
}

bool PathOption::parse(std::string_view text) {
    if (text.empty() || text.size() >= value.size()) return false;
    Text(value).add(text);
    return true;
}

}  // namespace morpharena
