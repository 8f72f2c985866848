#include "bench/harness/subject.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tools/exit_code.h"

namespace morpharena::bench {
namespace {

// Given by meson: the command, which answers probes, and the library.
tool::Resolver resolver() {
    return {std::getenv("MORPHARENA_COMMAND"), std::getenv("MORPHARENA_LIBRARY")};
}

using tool::BadInput;

Subject parse(const std::string& word) {
    return parse_subject(word, resolver());
}

TEST(Subject, ANameIsItsLabel) {
    const Subject subject = parse("glibc");
    EXPECT_EQ(subject.label, "glibc");
    EXPECT_TRUE(subject.allocator.library.empty());
    EXPECT_TRUE(subject.variables.empty());
}

TEST(Subject, ALibraryOfOursByPathGetsItsModeByAVariable) {
    const std::string path = resolver().shim;
    const Subject subject = parse("old=" + path + ",MORPHARENA_MODE:pool,MORPHARENA_THP:never");
    EXPECT_EQ(subject.label, "old");
    const tool::Environment environment = environment_of(subject);
    EXPECT_EQ(tool::variable(environment, "MORPHARENA_MODE"), "pool");
    EXPECT_EQ(tool::variable(environment, "MORPHARENA_THP"), "never");
    EXPECT_EQ(tool::variable(environment, "LD_PRELOAD"), std::filesystem::canonical(path).string());
}

TEST(Subject, AVariableOverridesTheModeOfAName) {
    const tool::Environment environment = environment_of(parse("x=arena,MORPHARENA_BLOCK_SIZE:1M"));
    EXPECT_EQ(tool::variable(environment, "MORPHARENA_MODE"), "arena");
    EXPECT_EQ(tool::variable(environment, "MORPHARENA_BLOCK_SIZE"), "1M");
}

TEST(Subject, AnEqualsSignBehindASlashOrACommaBelongsToNoLabel) {
    const Subject subject = parse("glibc,OPTIONS:a=b");
    EXPECT_EQ(subject.label, "glibc");
    ASSERT_EQ(subject.variables.size(), 1u);
    EXPECT_EQ(subject.variables[0].second, "a=b");
}

TEST(Subject, RefusesWhatIsNoSubject) {
    for (const char* word :
         {"", "=glibc", "label=", "nobody", "glibc,NOVALUE", "glibc,:x", "glibc,", "x=/not/there.so"}) {
        EXPECT_THROW(parse(word), BadInput) << word;
    }
}

TEST(Subject, TwoOfOneLabelAreRefused) {
    EXPECT_THROW(check_labels({parse("glibc"), parse("glibc")}), BadInput);
    EXPECT_NO_THROW(check_labels({parse("glibc"), parse("again=glibc")}));
}

}  // namespace
}  // namespace morpharena::bench
