#include "core/config/config.h"

#include <signal.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

namespace morpharena {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// A configuration read from plain strings, with its complaints as lines.
struct Read {
    Config config{};
    Complaints complaints;
    std::vector<std::string> lines;

    explicit Read(std::vector<std::string> environment) {
        std::vector<char*> pointers;
        for (std::string& entry : environment) pointers.push_back(entry.data());
        pointers.push_back(nullptr);
        read_config(pointers.data(), config, complaints);
        std::istringstream all{std::string(complaints.view())};
        for (std::string line; std::getline(all, line);) lines.push_back(line);
    }
};

void expect_defaults(const Config& config) {
    EXPECT_EQ(config.mode.value, Mode::arena);
    EXPECT_EQ(config.block_size.value, std::size_t{2} << 20);
    EXPECT_EQ(config.thp.value, Thp::automatic);
    EXPECT_FALSE(config.rewind.value);
    EXPECT_EQ(config.limit.value, 0u);
    EXPECT_EQ(config.budget.value, std::size_t{8} << 20);
    EXPECT_EQ(config.budget.percent, 0u);
    EXPECT_FALSE(config.stats.given());
    EXPECT_FALSE(config.run_dir.given());
    EXPECT_EQ(config.dump_signal.value, 0);
}

TEST(Config, DefaultsWithNoEnvironmentAtAll) {
    Config config{};
    Complaints complaints;
    read_config(nullptr, config, complaints);
    expect_defaults(config);
    EXPECT_EQ(complaints.view(), "");
}

TEST(Config, OtherVariablesAreNotOurs) {
    const Read read({"PATH=/bin", "MORPH=1", "MORPHARENA", "XMORPHARENA_MODE=system", "MORPHARENAMODE=system",
                     "morpharena_mode=x", "", "=", "MORPHARENA_LIBRARY=/lib/x.so"});
    expect_defaults(read.config);
    EXPECT_THAT(read.lines, IsEmpty());
}

TEST(Config, EveryOptionIsRead) {
    const Read read({"MORPHARENA_MODE=system", "MORPHARENA_BLOCK_SIZE=64K", "MORPHARENA_THP=never",
                     "MORPHARENA_REWIND=1", "MORPHARENA_LIMIT=3G", "MORPHARENA_BUDGET=5%",
                     "MORPHARENA_STATS=/tmp/%e.%p.json", "MORPHARENA_RUN_DIR=/tmp",
                     "MORPHARENA_DUMP_SIGNAL=USR1"});
    EXPECT_EQ(read.config.mode.value, Mode::system);
    EXPECT_EQ(read.config.block_size.value, 65536u);
    EXPECT_EQ(read.config.thp.value, Thp::never);
    EXPECT_TRUE(read.config.rewind.value);
    EXPECT_EQ(read.config.limit.value, std::size_t{3} << 30);
    EXPECT_EQ(read.config.budget.value, 0u);
    EXPECT_EQ(read.config.budget.percent, 5u);
    EXPECT_EQ(read.config.stats.view(), "/tmp/%e.%p.json");
    EXPECT_EQ(read.config.run_dir.view(), "/tmp");
    EXPECT_EQ(read.config.dump_signal.value, SIGUSR1);
    EXPECT_THAT(read.lines, IsEmpty());
}

// Each row of options.def: a bad value leaves the default and one complaint, which names the variable, the
// token and what the row allows.
TEST(Config, EveryOptionRefusesABadValue) {
    const std::string too_long(5000, 'x');
    int rows = 0;
#define OPTION(field, NAME, Type, default_text, allowed, help)                                      \
    {                                                                                               \
        ++rows;                                                                                     \
        const bool path = std::is_same_v<Type, PathOption>;                                         \
        const std::string token = path ? too_long : std::string("~bad~");                           \
        const Read read({"MORPHARENA_" #NAME "=" + token});                                         \
        expect_defaults(read.config);                                                               \
        ASSERT_THAT(read.lines, SizeIs(1)) << #NAME;                                                \
        EXPECT_THAT(read.lines[0], StartsWith("MORPHARENA_" #NAME ": '"));                          \
        EXPECT_THAT(read.lines[0], HasSubstr(path ? too_long.substr(0, 200) + "...'" : "'~bad~'")); \
        EXPECT_THAT(read.lines[0], HasSubstr(allowed));                                             \
    }
#include "core/config/options.def"
#undef OPTION
    EXPECT_EQ(rows, 13);
}

TEST(Config, EmptyIsAsIfNotSet){
#define OPTION(field, NAME, Type, default_text, allowed, help) \
    {                                                          \
        const Read read({"MORPHARENA_" #NAME "="});            \
        expect_defaults(read.config);                          \
        EXPECT_THAT(read.lines, IsEmpty()) << #NAME;           \
    }
#include "core/config/options.def"
#undef OPTION
}

TEST(Config, TheFirstOfTwoCounts) {
    const Read good_first({"MORPHARENA_REWIND=1", "MORPHARENA_REWIND=0"});
    EXPECT_TRUE(good_first.config.rewind.value);
    EXPECT_THAT(good_first.lines, IsEmpty());
    const Read bad_first({"MORPHARENA_REWIND=x", "MORPHARENA_REWIND=1"});
    EXPECT_FALSE(bad_first.config.rewind.value);
    EXPECT_THAT(bad_first.lines, ElementsAre(HasSubstr("'x'")));
}

TEST(Config, AnUnknownNameIsComplainedOf) {
    const Read read({"MORPHARENA_MOD=system", "MORPHARENA_=1", "MORPHARENA_MODE_=arena"});
    expect_defaults(read.config);
    EXPECT_THAT(read.lines,
                ElementsAre(AllOf(StartsWith("MORPHARENA_MOD: 'system'"), HasSubstr("no such option")),
                            StartsWith("MORPHARENA_: '1'"), StartsWith("MORPHARENA_MODE_: 'arena'")));
}

TEST(Config, AnUnservedModeIsRefused) {
#define MODE(name, served, summary)                                                                \
    if (!served) {                                                                                 \
        const Read read({"MORPHARENA_MODE=" #name});                                               \
        EXPECT_EQ(read.config.mode.value, Mode::arena);                                            \
        EXPECT_THAT(read.lines, ElementsAre(AllOf(HasSubstr("'" #name "'"), HasSubstr("arena")))); \
    }
#include "core/config/modes.def"
#undef MODE
}

TEST(Config, ATokensControlCharactersAreMasked) {
    const Read read({"MORPHARENA_MODE=a\nMORPHARENA_X: 'forged'\x1b[31m\x7f\x01"});
    ASSERT_THAT(read.lines, SizeIs(1));
    EXPECT_THAT(read.lines[0], HasSubstr("'a?MORPHARENA_X: 'forged'?[31m?"
                                         "?'"));
}

TEST(Config, ANamesControlCharactersAreMasked) {
    const Read read({"MORPHARENA_A\nMORPHARENA_B: \x1b[31m=x"});
    EXPECT_THAT(read.lines, ElementsAre(StartsWith("MORPHARENA_A?MORPHARENA_B: ?[31m: 'x'")));
}

TEST(Config, AVeryLongUnknownNameIsCutNotOverrun) {
    const Read read({"MORPHARENA_" + std::string(100'000, 'N') + "=" + std::string(100'000, 'v')});
    ASSERT_THAT(read.lines, SizeIs(1));
    EXPECT_LT(read.lines[0].size(), 512u);
    EXPECT_THAT(read.lines[0], HasSubstr(std::string(200, 'v') + "...'"));
}

TEST(Complaints, OverflowKeepsWholeLinesAndSaysSo) {
    std::vector<std::string> environment;
    for (int i = 0; i < 200; ++i) environment.push_back("MORPHARENA_WRONG" + std::to_string(i) + "=value");
    const Read read(environment);
    ASSERT_GT(read.lines.size(), 10u);
    EXPECT_EQ(read.lines.back(), "(more complaints did not fit)");
    for (std::size_t i = 0; i + 1 < read.lines.size(); ++i) {
        EXPECT_EQ(read.lines[i],
                  "MORPHARENA_WRONG" + std::to_string(i) + ": 'value' is set, but there is no such option");
    }
    EXPECT_TRUE(read.complaints.view().ends_with('\n'));
    EXPECT_LE(read.complaints.view().size(), 2044u);
}

TEST(Complaints, FillToTheLastByte) {
    // Every length of the last line around the point where it just fits: never a byte over, always a whole
    // last line.
    for (std::size_t length = 0; length <= 200; ++length) {
        Complaints complaints;
        for (int i = 0; i < 8; ++i) complaints.add("S", std::string(200, 'x'), "is wrong");
        complaints.add("S", std::string(length, 'y'), "is wrong");
        complaints.add("S", "z", "is wrong");
        EXPECT_LE(complaints.view().size(), 2044u);
        EXPECT_TRUE(complaints.view().ends_with("\n"));
    }
}

}  // namespace
}  // namespace morpharena
