// Prints the records of a folder as one JSON array, read with the library's own reader: argv[1] the folder. A
// record that can't be read is an error; profiles, and what a killed process had only begun to make, are
// passed over.
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "core/observe/profile_format.h"
#include "core/report/report.h"

namespace {

bool to_stdout(void*, std::string_view piece) {
    return std::fwrite(piece.data(), 1, piece.size(), stdout) == piece.size();
}

struct alignas(4096) Page {
    std::byte bytes[4096];
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        if (entry.path().extension() != morpharena::kProfileSuffix) paths.push_back(entry.path());
    }
    std::printf("[");
    bool first = true;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        std::vector<Page> pages(text.size() / sizeof(Page) + 1);
        text.copy(reinterpret_cast<char*>(pages.data()), text.size());
        morpharena::RecordView view;
        const auto error = morpharena::read_record({pages[0].bytes, text.size()}, view);
        if (error == morpharena::RecordError::not_begun) continue;
        if (error != morpharena::RecordError::none) {
            std::fprintf(stderr, "%s %s\n", path.c_str(), std::string(morpharena::describe(error)).c_str());
            return 1;
        }
        std::printf(first ? "" : ",");
        std::fflush(stdout);
        first = false;
        std::array<char, 2048> buffer;
        morpharena::Emitter out(morpharena::Format::json, to_stdout, nullptr, buffer);
        morpharena::write_report(out, view);
    }
    std::printf("]\n");
    return 0;
}
