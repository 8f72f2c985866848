// Looking allocators up, trying them out, and preparing a run's environment.
#include "tools/allocators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/unit/support/temp_dir.h"
#include "tools/elf_file.h"
#include "tools/exit_code.h"

namespace morpharena::tool {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// Given by meson: the command, which answers probes, and the library.
Resolver resolver() {
    return {std::getenv("MORPHARENA_COMMAND"), std::getenv("MORPHARENA_LIBRARY")};
}

std::string refusal(const std::string& name) {
    try {
        resolver().resolve(name);
    } catch (const BadInput& error) {
        return error.what();
    }
    return "accepted";
}

class AllocatorsTest : public testing::Test {
  protected:
    test::TempDir folder_;
    fs::path directory_ = folder_.path();
};

TEST(Environment, PreloadGoesInFrontOfWhatWasThere) {
    Environment environment = {"A=1", "LD_PRELOAD=/lib/other.so", "LD_PRELOADED=no"};
    prepend_preload(environment, "/x/new.so");
    EXPECT_EQ(variable(environment, "LD_PRELOAD"), "/x/new.so:/lib/other.so");
    EXPECT_EQ(variable(environment, "LD_PRELOADED"), "no");
    Environment empty;
    prepend_preload(empty, "/x/new.so");
    EXPECT_THAT(empty, ElementsAre("LD_PRELOAD=/x/new.so"));
    EXPECT_FALSE(variable(empty, "A"));
}

TEST(Apply, TimedRunsKeepNoRecords) {
    Environment environment = {"MORPHARENA_RUN_DIR=/r", "MORPHARENA_STATS=stderr",
                               "MORPHARENA_BLOCK_SIZE=1M"};
    apply({"arena", AllocatorKind::ours, "/x/libmorpharena.so", ""}, environment);
    EXPECT_THAT(environment,
                testing::UnorderedElementsAre("MORPHARENA_BLOCK_SIZE=1M", "MORPHARENA_MODE=arena",
                                              "LD_PRELOAD=/x/libmorpharena.so"));
}

TEST(Apply, GlibcPreloadsNothing) {
    Environment environment;
    apply({"glibc", AllocatorKind::none, "", ""}, environment);
    EXPECT_TRUE(environment.empty());
}

TEST(SplitList, NamesTheEmptyElement) {
    EXPECT_THAT(split_list("glibc,./x.so"), ElementsAre("glibc", "./x.so"));
    for (const char* wrong : {"", "a,", ",a", "a,,b"}) EXPECT_THROW(split_list(wrong), BadInput) << wrong;
}

TEST(Resolve, KnowsEveryRowByOneName) {
    for (const AllocatorRow& row : allocator_rows())
        EXPECT_THAT(allocator_names(), HasSubstr(std::string(row.name)));
    const std::string said = refusal("foolloc");
    EXPECT_THAT(said, HasSubstr("foolloc"));
    EXPECT_THAT(said, HasSubstr("mimalloc"));
}

TEST(Resolve, GlibcNeedsNothing) {
    const Allocator glibc = resolver().resolve("glibc");
    EXPECT_EQ(glibc.library, "");
    EXPECT_EQ(glibc.kind, AllocatorKind::none);
    EXPECT_FALSE(glibc.version.empty());
}

TEST(Resolve, OurOwnIsTriedOut) {
    const Allocator arena = resolver().resolve("arena");
    EXPECT_EQ(arena.kind, AllocatorKind::ours);
    EXPECT_TRUE(fs::path(arena.library).is_absolute());
}

TEST(Resolve, InstalledLibrariesAreFoundByTheLoader) {
    for (const AllocatorRow& row : allocator_rows()) {
        if (row.kind != AllocatorKind::library) continue;
        Allocator allocator;
        std::string reason;
        if (resolver().try_resolve(std::string(row.name), allocator, reason)) {
            EXPECT_TRUE(fs::exists(allocator.library)) << row.name;
            EXPECT_FALSE(allocator.version.empty()) << row.name;
        } else {
            EXPECT_THAT(reason, HasSubstr("not installed")) << row.name;
        }
    }
}

TEST_F(AllocatorsTest, ARelativePathBecomesAbsolute) {
    const fs::path copy = directory_ / "liballoc.so";
    fs::copy_file(std::getenv("MORPHARENA_LIBRARY"), copy);
    const fs::path before = fs::current_path();
    fs::current_path(directory_);
    const Allocator allocator = resolver().resolve("./liballoc.so");
    fs::current_path(before);
    EXPECT_EQ(allocator.library, fs::canonical(copy));
    EXPECT_EQ(allocator.kind, AllocatorKind::library);
}

TEST_F(AllocatorsTest, APathThatTheLoaderCannotExpressIsRefused) {
    for (const char* name : {"with blank.so", "with:colon.so", "with\ttab.so"}) {
        const fs::path copy = directory_ / name;
        fs::copy_file(std::getenv("MORPHARENA_LIBRARY"), copy);
        EXPECT_THAT(refusal(copy), HasSubstr("colon or a blank")) << name;
    }
}

TEST_F(AllocatorsTest, FilesThatAreNoSharedObjectsAreRefused) {
    EXPECT_THAT(refusal("./nonexistent.so"), HasSubstr("No such file"));
    EXPECT_THAT(refusal(directory_), HasSubstr("not a file"));
    std::ofstream(directory_ / "text.so") << "INPUT(libfoo.so.1)";
    EXPECT_THAT(refusal(directory_ / "text.so"), HasSubstr("not an ELF file"));
    EXPECT_THAT(refusal("/proc/self/exe"), HasSubstr("cannot be preloaded"));
    ::mkfifo((directory_ / "pipe.so").c_str(), 0600);
    EXPECT_THAT(refusal(directory_ / "pipe.so"), HasSubstr("not a file"));
}

TEST_F(AllocatorsTest, AnotherClassOrProcessorIsNamed) {
    std::ifstream in(std::getenv("MORPHARENA_LIBRARY"), std::ios::binary);
    std::string elf(64, '\0');
    in.read(elf.data(), 64);
    std::string other = elf;
    other[4] = 1;  // EI_CLASS: 32 bits
    std::ofstream(directory_ / "class.so", std::ios::binary) << other;
    EXPECT_THAT(shared_object_problem(directory_ / "class.so"), HasSubstr("32-bit"));
    other = elf;
    other[18] = static_cast<char>(other[18] ^ 0x55);  // e_machine
    std::ofstream(directory_ / "machine.so", std::ios::binary) << other;
    EXPECT_THAT(shared_object_problem(directory_ / "machine.so"), HasSubstr("another processor"));
    other = elf;
    other[16] = 1;  // e_type: relocatable
    std::ofstream(directory_ / "type.so", std::ios::binary) << other;
    EXPECT_THAT(shared_object_problem(directory_ / "type.so"), HasSubstr("not a shared object"));
    EXPECT_EQ(shared_object_problem(std::getenv("MORPHARENA_LIBRARY")), "");
}

TEST_F(AllocatorsTest, AHeaderWithNothingBehindItIsRefusedByTrying) {
    std::ifstream in(std::getenv("MORPHARENA_LIBRARY"), std::ios::binary);
    std::string elf(64, '\0');
    in.read(elf.data(), 64);
    std::ofstream(directory_ / "stub.so", std::ios::binary) << elf;
    EXPECT_THAT(refusal(directory_ / "stub.so"), HasSubstr("cannot be preloaded"));
}

TEST(Resolve, AMissingShimIsNamed) {
    Resolver lost = resolver();
    lost.shim = "/nonexistent/libmorpharena.so";
    try {
        lost.resolve("arena");
        FAIL() << "accepted";
    } catch (const BadInput& error) {
        EXPECT_THAT(error.what(), HasSubstr("/nonexistent/libmorpharena.so"));
        EXPECT_THAT(error.what(), HasSubstr("MORPHARENA_LIBRARY"));
    }
}

}  // namespace
}  // namespace morpharena::tool
