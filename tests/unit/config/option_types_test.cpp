#include "core/config/option_types.h"

#include <signal.h>

#include <gtest/gtest.h>

#include <string>

namespace morpharena {
namespace {

// What a refused text must leave alone: the value that was there.
template <class Option>
void expect_refused(Option& option, std::string_view text) {
    const auto before = option.value;
    EXPECT_FALSE(option.parse(text)) << "'" << text << "'";
    EXPECT_EQ(option.value, before) << "'" << text << "'";
}

TEST(ModeOption, TakesEveryServedModeAndNoOther) {
#define MODE(name, served, summary)                      \
    {                                                    \
        ModeOption option;                               \
        EXPECT_EQ(option.parse(#name), served) << #name; \
        if (served) {                                    \
            EXPECT_EQ(option.value, Mode::name);         \
        }                                                \
        EXPECT_EQ(name_of(Mode::name), #name);           \
    }
#include "core/config/modes.def"
#undef MODE
    ModeOption option{Mode::system};
    for (const char* bad : {"", "Arena", "arena ", " arena", "aren", "arenas", "ARENA", "0"})
        expect_refused(option, bad);
}

TEST(ThpOption, TakesItsThreeNames) {
    ThpOption option;
    EXPECT_TRUE(option.parse("always"));
    EXPECT_EQ(option.value, Thp::always);
    EXPECT_TRUE(option.parse("never"));
    EXPECT_EQ(option.value, Thp::never);
    for (const char* bad : {"", "AUTO", "automatic", "madvise", "1"}) expect_refused(option, bad);
    EXPECT_TRUE(option.parse("auto"));
    EXPECT_EQ(option.value, Thp::automatic);
    for (const Thp thp : {Thp::automatic, Thp::always, Thp::never}) {
        ThpOption again;
        EXPECT_TRUE(again.parse(name_of(thp)));
        EXPECT_EQ(again.value, thp);
    }
}

TEST(AutoFlagOption, TakesAutoZeroAndOne) {
    AutoFlagOption option;
    EXPECT_TRUE(option.parse("1"));
    EXPECT_TRUE(option.value);
    for (const char* bad : {"", "2", "01", "yes", "true", "on", " 1"}) expect_refused(option, bad);
    EXPECT_FALSE(option.automatic);
    EXPECT_TRUE(option.parse("0"));
    EXPECT_FALSE(option.value);
    EXPECT_FALSE(option.automatic);
    EXPECT_TRUE(option.parse("auto"));
    EXPECT_TRUE(option.automatic);
}

TEST(SizeOption, TakesSuffixesInBothCases) {
    SizeOption option;
    const std::pair<const char*, std::size_t> good[] = {
        {"0", 0},
        {"1", 1},
        {"4096", 4096},
        {"64K", 65536},
        {"64k", 65536},
        {"3M", 3u << 20},
        {"3m", 3u << 20},
        {"2G", std::size_t{2} << 30},
        {"2g", std::size_t{2} << 30},
        {"18446744073709551615", SIZE_MAX},
        {"17179869183G", std::size_t{17179869183u} << 30},
        {"0K", 0},
    };
    for (const auto& [text, bytes] : good) {
        EXPECT_TRUE(option.parse(text)) << text;
        EXPECT_EQ(option.value, bytes) << text;
    }
    option.value = 123;
    for (const char* bad :
         {"", "K", "k", "-1", "1.5G", "1 K", "K1", "1KB", "1KK", "0x10", "18446744073709551616",
          "17179869184G", "18014398509481984K", "1T", " 1", "1\n"}) {
        expect_refused(option, bad);
    }
}

TEST(BlockSizeOption, TakesPowersOfTwoFrom64KTo1G) {
    BlockSizeOption option;
    for (std::size_t bytes = kSmallestBlock; bytes <= kLargestBlock; bytes *= 2) {
        EXPECT_TRUE(option.parse(std::to_string(bytes)));
        EXPECT_EQ(option.value, bytes);
    }
    EXPECT_TRUE(option.parse("64K"));
    EXPECT_TRUE(option.parse("1G"));
    for (const char* bad :
         {"", "0", "1", "32K", "65535", "65537", "96K", "3M", "2G", "64", "2 M", "-2M", "2MB"}) {
        expect_refused(option, bad);
    }
}

TEST(ProfileOption, TakesBytesOrAuto) {
    ProfileOption option;
    EXPECT_TRUE(option.parse("auto"));
    EXPECT_EQ(option.interval, std::size_t{512} << 10);
    EXPECT_TRUE(option.parse("1"));
    EXPECT_EQ(option.interval, 1u);
    EXPECT_TRUE(option.parse("64K"));
    EXPECT_EQ(option.interval, std::size_t{64} << 10);
    for (const char* bad : {"", "0", "-1", "yes", "512KB", "K", "1.5M", "18446744073709551616"}) {
        EXPECT_FALSE(option.parse(bad)) << bad;
        EXPECT_EQ(option.interval, std::size_t{64} << 10) << bad;
    }
    EXPECT_TRUE(option.parse("none"));
    EXPECT_EQ(option.interval, 0u);
}

TEST(BudgetOption, TakesBytesOrAShare) {
    BudgetOption option;
    EXPECT_TRUE(option.parse("64M"));
    EXPECT_EQ(option.value, std::size_t{64} << 20);
    EXPECT_EQ(option.percent, 0u);
    for (const char* bad :
         {"", "0", "0%", "101%", "%", "5 %", "5%%", "-5%", "half", "5.5%", "5M%", "18446744073709551617%"}) {
        EXPECT_FALSE(option.parse(bad)) << bad;
        EXPECT_EQ(option.value, std::size_t{64} << 20) << bad;
        EXPECT_EQ(option.percent, 0u) << bad;
    }
    EXPECT_TRUE(option.parse("100%"));
    EXPECT_EQ(option.value, 0u);
    EXPECT_EQ(option.percent, 100u);
    EXPECT_TRUE(option.parse("1"));
    EXPECT_EQ(option.value, 1u);
    EXPECT_EQ(option.percent, 0u);
}

TEST(SignalOption, TakesNamesWithAndWithoutSigAndNumbers) {
    SignalOption option;
    const std::pair<const char*, int> good[] = {
        {"none", 0}, {"USR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}, {"HUP", SIGHUP},   {"SIGPROF", SIGPROF},
        {"10", 10},  {"64", 64},        {"34", 34},           {"QUIT", SIGQUIT}, {"VTALRM", SIGVTALRM},
        {"1", 1},
    };
    for (const auto& [text, number] : good) {
        EXPECT_TRUE(option.parse(text)) << text;
        EXPECT_EQ(option.value, number) << text;
    }
    for (const char* bad : {"",     "0",
                            "9",    "19",
                            "KILL", "SIGKILL",
                            "STOP", "SIGSTOP",
                            "32",   "33",
                            "65",   "usr1",
                            "SIG",  "SIGSIGUSR1",
                            "SEGV", "SIGBUS",
                            "FPE",  "ILL",
                            "TRAP", "SYS",
                            "11",   "NONE",
                            "-10",  "18446744073709551626",
                            "USR3", "99999999999999999999"}) {
        expect_refused(option, bad);
    }
}

TEST(ResetSignalOption, TakesOnlyWhatNoRuntimeNeeds) {
    ResetSignalOption option;
    const std::pair<const char*, int> good[] = {
        {"none", 0},     {"USR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}, {"IO", SIGIO},
        {"PWR", SIGPWR}, {"34", 34},        {"64", 64},           {"URG", SIGURG},
    };
    for (const auto& [text, number] : good) {
        EXPECT_TRUE(option.parse(text)) << text;
        EXPECT_EQ(option.value, number) << text;
    }
    for (const char* bad : {"", "KILL", "STOP", "SEGV", "BUS", "CHLD", "PIPE", "INT", "TERM", "ALRM", "PROF",
                            "WINCH", "HUP", "32", "33", "65", "0", "11", "usr1"}) {
        expect_refused(option, bad);
    }
}

TEST(ResetOption, TakesItsThreeWords) {
    ResetOption option;
    EXPECT_TRUE(option.parse("auto"));
    EXPECT_TRUE(option.automatic);
    EXPECT_TRUE(option.parse("force"));
    EXPECT_EQ(option.value, Reset::force);
    EXPECT_TRUE(option.parse("safe"));
    EXPECT_EQ(option.value, Reset::safe);
    EXPECT_FALSE(option.automatic);
    for (const char* bad : {"", "none", "Safe", "1", "safe,force"}) EXPECT_FALSE(option.parse(bad)) << bad;
    EXPECT_EQ(option.value, Reset::safe);
}

TEST(CheckOption, TakesItsWords) {
    CheckOption option;
    EXPECT_TRUE(option.parse("1"));
    EXPECT_EQ(option.value, Check::report);
    EXPECT_TRUE(option.parse("abort"));
    for (const char* bad : {"", "on", "2", "Abort", "abort ", "00"}) EXPECT_FALSE(option.parse(bad)) << bad;
    EXPECT_EQ(option.value, Check::abort);
    EXPECT_TRUE(option.parse("0"));
    EXPECT_EQ(option.value, Check::off);
    EXPECT_TRUE(option.parse("off"));
    for (const Check check : {Check::off, Check::report, Check::abort}) {
        EXPECT_TRUE(option.parse(name_of(check)));
        EXPECT_EQ(option.value, check);
    }
}

TEST(PathOption, TakesWhatFitsWithItsNul) {
    PathOption option;
    EXPECT_FALSE(option.given());
    EXPECT_FALSE(option.parse(""));
    EXPECT_TRUE(option.parse("/tmp/a b"));
    EXPECT_TRUE(option.given());
    EXPECT_EQ(option.view(), "/tmp/a b");

    EXPECT_FALSE(option.parse(std::string(option.value.size(), 'x')));
    EXPECT_EQ(option.view(), "/tmp/a b") << "a refused value changes nothing";
    const std::string longest(option.value.size() - 1, 'x');
    EXPECT_TRUE(option.parse(longest));
    EXPECT_EQ(option.view(), longest);
    EXPECT_TRUE(option.parse("short"));
    EXPECT_EQ(option.view(), "short");
}

}  // namespace
}  // namespace morpharena
