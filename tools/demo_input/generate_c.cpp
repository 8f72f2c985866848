// morpharena-generate: writes a C program of the shape that n0 emits, of any size.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "program.h"
#include "runtime_text.h"

namespace {

// About as much C as n0 emits for the largest module that it compiles (260 KB).
constexpr std::size_t kDefaultFunctions = 60;
constexpr std::size_t kMostFunctions = 100'000;  // about 400 MB of C
constexpr int kExitUsage = 2;
constexpr int kExitFailed = 1;

// Throws std::runtime_error with the file's name when it cannot be written whole.
void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (!out) throw std::runtime_error(fmt::format("{}: cannot be written", path.string()));
}

// CLI11 would take -1 for a huge number, and what does not fit for the largest one. Empty when the text is
// good, as CLI11 wants it.
std::string is_whole_number(const std::string& text) {
    constexpr std::size_t kMostDigits = 19;  // of which all fit into 64 bits
    if (text.size() <= kMostDigits && text.find_first_not_of("0123456789") == std::string::npos) return {};
    return fmt::format("'{}' should be a whole number of at most {} digits", text, kMostDigits);
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t functions = kDefaultFunctions;
    std::uint64_t seed = 1;
    std::string directory;
    CLI::App app{"Writes prog.c, runtime.c and morph.h: a C program of the shape that n0 emits."};
    app.add_option("--functions", functions, "how many functions the program has")
        ->check(CLI::Range(std::size_t{1}, kMostFunctions))
        ->capture_default_str();
    app.add_option("--seed", seed, "another seed, another program of the same size")
        ->check(is_whole_number)
        ->capture_default_str();
    app.add_option("--out", directory, "folder to write into; made if absent")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& wanted) {
        return app.exit(wanted);
    } catch (const CLI::ParseError& error) {
        std::fputs(fmt::format("morpharena-generate: {}\n", error.what()).c_str(), stderr);
        return kExitUsage;
    }
    try {
        const std::filesystem::path out(directory);
        std::filesystem::create_directories(out);
        write_file(out / "morph.h", morpharena::demo::kMorphHeader);
        write_file(out / "runtime.c", morpharena::demo::kRuntimeSource);
        write_file(out / "prog.c", morpharena::demo::ProgramWriter(seed, functions).write());
    } catch (const std::exception& error) {
        std::fputs(fmt::format("morpharena-generate: {}\n", error.what()).c_str(), stderr);
        return kExitFailed;
    }
    return 0;
}
