// Names of addresses: with debug information, with it elsewhere, without it, and of files that changed. The
// program says at which addresses its calls return; it is built here, once for each way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "tests/unit/support/temp_dir.h"
#include "tools/module_symbols.h"

namespace morpharena::tool {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// Line numbers matter below.
constexpr const char* kProgram = R"(#include <link.h>
#include <stdio.h>
static ElfW(Addr) bias;
static int first(struct dl_phdr_info* info, size_t, void*) { bias = info->dlpi_addr; return 1; }
__attribute__((noinline)) void where() { printf("%lx\n", (long)__builtin_return_address(0) - (long)bias); }
namespace trees {
struct Maker {
    __attribute__((always_inline)) void make(int) { where(); asm volatile("" ::: "memory"); }
};
__attribute__((always_inline)) inline void many(Maker& maker) { maker.make(1); }
__attribute__((noinline)) void build(Maker& maker) {
    many(maker);
    asm volatile("" ::: "memory");
}
}
extern "C" __attribute__((noinline)) void plain() { where(); asm volatile("" ::: "memory"); }
int main() {
    dl_iterate_phdr(first, nullptr);
    trees::Maker maker;
    trees::build(maker);
    plain();
}
)";

std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = ::popen(command.c_str(), "r");
    for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    EXPECT_EQ(::pclose(pipe), 0) << command;
    return text;
}

class Names : public ::testing::Test {
  protected:
    void SetUp() override {
        std::ofstream(path("made.cpp")) << kProgram;
        compile("-g");
    }
    std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
    void shell(const std::string& command) { output_of("cd " + directory_.path() + " && " + command); }
    void compile(const std::string& options, const std::string& compiler = "g++") {
        shell(compiler + " -O2 -Wl,--build-id " + options + " -o made made.cpp");
        std::istringstream printed(output_of(path("made")));
        printed >> std::hex >> in_build_ >> in_plain_;
        const std::string notes = output_of("readelf -n " + path("made"));
        const auto at = notes.find("Build ID: ");
        build_id_ = at == std::string::npos ? "" : notes.substr(at + 10, notes.find('\n', at) - at - 10);
    }
    ModuleSymbols module() const { return ModuleSymbols(path("made"), build_id_); }
    // A return address belongs to the call before it.
    std::uint64_t in_build() const { return in_build_ - 1; }
    std::uint64_t in_plain() const { return in_plain_ - 1; }

    std::string build_id_;

  private:
    test::TempDir directory_;
    std::uint64_t in_build_ = 0, in_plain_ = 0;
};

void expect_inlines(const AddressNames& names) {
    EXPECT_EQ(names.source, NameSource::debug_information);
    ASSERT_EQ(names.frames.size(), 3u);
    EXPECT_EQ(names.frames[0].function, "trees::Maker::make(int)");
    EXPECT_EQ(names.frames[0].line, 8u);
    EXPECT_EQ(names.frames[1].function, "trees::many(trees::Maker&)");
    EXPECT_EQ(names.frames[1].line, 10u);
    EXPECT_EQ(names.frames[2].function, "trees::build(trees::Maker&)");
    EXPECT_EQ(names.frames[2].line, 12u);
    for (const SourceFrame& frame : names.frames) EXPECT_THAT(frame.file, EndsWith("made.cpp"));
}

TEST_F(Names, DebugInformationKnowsInlinedFunctionsFilesAndLines) {
    const auto symbols = module();
    EXPECT_EQ(symbols.source(), NameSource::debug_information);
    EXPECT_EQ(symbols.origin(), "debug information");
    expect_inlines(symbols.at(in_build()));
    const AddressNames plain = symbols.at(in_plain());
    ASSERT_EQ(plain.frames.size(), 1u);
    EXPECT_EQ(plain.frames[0].function, "plain");
    EXPECT_EQ(plain.frames[0].line, 16u);
    EXPECT_TRUE(symbols.at(0).frames.empty());
    EXPECT_TRUE(symbols.at(UINT64_MAX).frames.empty());
}

TEST_F(Names, FixedAddressesAndOlderDwarf) {
    compile("-g -no-pie -gdwarf-4");
    expect_inlines(module().at(in_build()));
}

// clang writes no .debug_aranges.
TEST_F(Names, UnitsAreFoundWithoutAnIndex) {
    if (std::system("command -v clang++ >/dev/null") != 0) GTEST_SKIP() << "no clang++ here";
    compile("-g", "clang++");
    expect_inlines(module().at(in_build()));
}

TEST_F(Names, DebugInformationInAFileOfItsOwn) {
    shell(
        "objcopy --only-keep-debug made made.debug && strip made && objcopy --add-gnu-debuglink=made.debug "
        "made");
    const auto beside = module();
    EXPECT_THAT(beside.origin(), HasSubstr("made.debug"));
    expect_inlines(beside.at(in_build()));
    shell("mkdir .debug && mv made.debug .debug/");
    expect_inlines(module().at(in_build()));
}

TEST_F(Names, DebugInformationByBuildId) {
    const std::string folder = "store/.build-id/" + build_id_.substr(0, 2);
    shell("mkdir -p " + folder + " && objcopy --only-keep-debug made " + folder + "/" + build_id_.substr(2) +
          ".debug && strip made");
    const ModuleSymbols symbols(path("made"), build_id_, ":" + path("store"));
    EXPECT_THAT(symbols.origin(), HasSubstr("store/.build-id"));
    expect_inlines(symbols.at(in_build()));
}

TEST_F(Names, SymbolTableAlone) {
    shell("strip --strip-debug made");
    const auto symbols = module();
    EXPECT_THAT(symbols.origin(), HasSubstr("symbol table"));
    const AddressNames names = symbols.at(in_build());
    EXPECT_EQ(names.source, NameSource::symbol_table);
    ASSERT_EQ(names.frames.size(), 1u);
    EXPECT_EQ(names.frames[0], (SourceFrame{"trees::build(trees::Maker&)", "", 0}));
}

TEST_F(Names, DynamicSymbolsNameNoFunctionThatTheyDoNotCover) {
    compile("-Wl,--export-dynamic-symbol=plain");
    const std::uint64_t build_begins =
        std::stoull(output_of("nm -C " + path("made") + " | sed -n 's/ T trees::build(.*//p'"), nullptr, 16);
    shell("strip made");
    const auto symbols = module();
    EXPECT_EQ(symbols.source(), NameSource::dynamic_symbols);
    ASSERT_EQ(symbols.at(in_plain()).frames.size(), 1u);
    EXPECT_EQ(symbols.at(in_plain()).frames[0].function, "plain");
    EXPECT_EQ(symbols.at(in_plain()).source, NameSource::dynamic_symbols);
    EXPECT_TRUE(symbols.at(in_build()).frames.empty());
    EXPECT_EQ(symbols.at(in_build()).start, build_begins);
}

TEST_F(Names, NoneWhereThereAreNoSymbols) {
    compile("-s -static");
    const auto symbols = module();
    EXPECT_EQ(symbols.source(), NameSource::none);
    EXPECT_TRUE(symbols.at(in_build()).frames.empty());
    EXPECT_EQ(symbols.at(in_build()).source, NameSource::none);
}

TEST_F(Names, AChangedFileIsNotAsked) {
    const std::string before = build_id_;
    compile("-g -DOTHER -O1");
    ASSERT_NE(build_id_, before);
    const ModuleSymbols symbols(path("made"), before);
    EXPECT_EQ(symbols.source(), NameSource::none);
    EXPECT_THAT(symbols.origin(), HasSubstr("has changed since: it was build-id " + before));
    EXPECT_TRUE(symbols.at(in_build()).frames.empty());
}

TEST_F(Names, AFileThatIsGoneOrIsNone) {
    shell("rm made");
    EXPECT_THAT(module().origin(), HasSubstr("gone"));
    EXPECT_TRUE(module().at(in_build()).frames.empty());
    EXPECT_EQ(ModuleSymbols("[vdso]", "").origin(), "no file");
    shell("echo text > made");
    EXPECT_THAT(module().origin(), HasSubstr("ELF"));
}

TEST_F(Names, WithoutABuildIdItIsSaidThatNothingIsSure) {
    compile("-g -Wl,--build-id=none");
    ASSERT_EQ(build_id_, "");
    EXPECT_THAT(module().origin(), HasSubstr("no build-id"));
    expect_inlines(module().at(in_build()));
}

TEST_F(Names, ModulesAreOpenedOnce) {
    Symbolizer symbolizer;
    const ModuleSymbols& first = symbolizer.module(path("made"), build_id_);
    EXPECT_EQ(&symbolizer.module(path("made"), build_id_), &first);
    EXPECT_NE(&symbolizer.module(path("made"), "00"), &first);
}

TEST(Demangled, TakesOnlyWhatIsMangled) {
    EXPECT_EQ(demangled("_ZN5trees5buildEv"), "trees::build()");
    EXPECT_EQ(demangled("main"), "main");
    EXPECT_EQ(demangled("_Zwrong"), "_Zwrong");
}

}  // namespace
}  // namespace morpharena::tool
