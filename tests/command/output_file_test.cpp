#include "tools/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tools/exit_code.h"

namespace morpharena::tool {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
  protected:
    OutputFileTest() {
        std::string name = (fs::temp_directory_path() / "output-test-XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
    }
    ~OutputFileTest() override { fs::remove_all(directory_); }

    static std::string contents(const fs::path& file) {
        std::ifstream in(file);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_), {}));
    }
    fs::path directory_;
};

TEST_F(OutputFileTest, NothingIsThereBeforeTheWrite) {
    const OutputFile file(directory_ / "out.json");
    EXPECT_EQ(files(), 0u);
    file.write("{}\n");
    EXPECT_EQ(contents(directory_ / "out.json"), "{}\n");
    EXPECT_EQ(files(), 1u);
    struct stat about {};
    ASSERT_EQ(::stat((directory_ / "out.json").c_str(), &about), 0);
    const mode_t mask = ::umask(0);
    ::umask(mask);
    EXPECT_EQ(about.st_mode & 0777u, 0666u & ~mask);
}

TEST_F(OutputFileTest, AnOldFileStaysUntilTheNewOneIsWhole) {
    std::ofstream(directory_ / "out.json") << "old";
    const OutputFile file(directory_ / "out.json");
    EXPECT_EQ(contents(directory_ / "out.json"), "old");
    file.write("new");
    EXPECT_EQ(contents(directory_ / "out.json"), "new");
}

TEST_F(OutputFileTest, ALinkKeepsPointing) {
    std::ofstream(directory_ / "real") << "old";
    fs::create_symlink("real", directory_ / "link");
    OutputFile(directory_ / "link").write("new");
    EXPECT_TRUE(fs::is_symlink(directory_ / "link"));
    EXPECT_EQ(contents(directory_ / "real"), "new");
}

TEST_F(OutputFileTest, WhatCannotBeWrittenIsRefusedAtOnce) {
    EXPECT_THROW(OutputFile(directory_ / "missing" / "out.json"), BadInput);
    EXPECT_THROW(OutputFile{directory_.string()}, BadInput);
    EXPECT_THROW(OutputFile(""), BadInput);
    EXPECT_THROW(OutputFile("/proc/morpharena.json"), BadInput);
}

TEST_F(OutputFileTest, AFullDiskIsAComplaintAndNotHalfAFile) {
    const OutputFile file("/dev/full");
    EXPECT_THROW(file.write("{}"), BadInput);
    EXPECT_TRUE(fs::is_character_file("/dev/full"));  // written to, never replaced
}

}  // namespace
}  // namespace morpharena::tool
