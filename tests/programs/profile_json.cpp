// Prints the profiles of a folder as one JSON array, read with the library's own reader: argv[1] the folder.
// A profile that can't be read is an error; of its records the names alone count.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/observe/profile_reader.h"

namespace {

using namespace morpharena;

// Names and paths of tests hold nothing that JSON would have escaped.
void print(const ProfileView& view, const std::string& name) {
    const ProfileHeader& h = view.header();
    std::printf("{\"file\":\"%s\",\"unwinder\":\"%.*s\",\"pid\":%d,\"serial\":%u,\"forked\":%u,\"state\":%u,",
                name.c_str(), static_cast<int>(view.unwinder().size()), view.unwinder().data(), h.pid,
                h.serial, h.forked, static_cast<unsigned>(h.state));
    std::printf("\"interval\":%lu,\"clock\":%lu,\"objects_before\":%lu,\"bytes_before\":%lu,\"samples\":%lu,",
                h.interval, h.clock, h.objects_before, h.bytes_before, h.samples);
    std::printf("\"not_unwound\":%lu,\"cut\":%lu,\"lost_full\":%lu,\"lost_busy\":%lu,\"frees_lost\":%lu,",
                h.samples_not_unwound, h.samples_cut, h.samples_lost_full, h.samples_lost_busy, h.frees_lost);
    std::printf("\"lost_objects\":%.17g,\"lost_bytes\":%.17g,\"objects\":%.17g,\"objects_variance\":%.17g,",
                h.lost_objects, h.lost_bytes, h.objects, h.objects_variance);
    std::printf(
        "\"bytes\":%.17g,\"bytes_variance\":%.17g,\"live_bytes\":%.17g,\"peak_bytes\":%.17g,\"modules\":[",
        h.bytes, h.bytes_variance, h.live_bytes, h.peak_bytes);
    const char* comma = "";
    view.for_each_module([&](const ProfileModule& module, std::string_view path,
                             std::span<const std::uint8_t> id) {
        std::printf("%s{\"path\":\"%.*s\",\"start\":%lu,\"end\":%lu,\"generation\":%u,\"build_id\":\"", comma,
                    static_cast<int>(path.size()), path.data(), module.start, module.end, module.generation);
        for (const std::uint8_t byte : id) std::printf("%02x", byte);
        std::printf("\"}");
        comma = ",";
    });
    std::printf("],\"sites\":[");
    comma = "";
    view.for_each_site([&](const ProfileSite& site, std::span<const ProfileFrame> frames) {
        std::printf(
            "%s{\"flags\":%u,\"samples\":%lu,\"objects\":%.17g,\"objects_variance\":%.17g,\"bytes\":%.17g,",
            comma, site.flags, site.samples, site.objects, site.objects_variance, site.bytes);
        std::printf(
            "\"bytes_variance\":%.17g,\"live_samples\":%lu,\"live_bytes\":%.17g,\"peak_bytes\":%.17g,",
            site.bytes_variance, site.live_samples, site.live_bytes, peak_of(h, site).bytes);
        std::printf(
            "\"freed_same_thread\":%.17g,\"freed_other_thread\":%.17g,\"died_newest\":%.17g,\"lifetimes\":[",
            site.freed_same_thread, site.freed_other_thread, site.died_newest);
        for (std::size_t i = 0; i < kLifetimeClasses; ++i)
            std::printf("%s%.17g", i == 0 ? "" : ",", site.lifetimes[i]);
        std::printf("],\"frames\":[");
        for (std::size_t i = 0; i < frames.size(); ++i) {
            const std::uint32_t module = frame_module(frames[i]);
            std::printf("%s[%d,%lu]", i == 0 ? "" : ",", module == kNoModule ? -1 : static_cast<int>(module),
                        frame_offset(frames[i]));
        }
        std::printf("]}");
        comma = ",";
    });
    std::printf("]}");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::printf("[");
    const char* comma = "";
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        if (entry.path().extension() != kProfileSuffix) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        std::vector<std::uint64_t> words(text.size() / 8 + 1);
        text.copy(reinterpret_cast<char*>(words.data()), text.size());
        ProfileView view;
        const ProfileError error = read_profile(std::as_bytes(std::span(words)).first(text.size()), view);
        if (error) {
            std::fprintf(stderr, "%s %s\n", entry.path().c_str(), error.text().data());
            return 1;
        }
        std::printf("%s", comma);
        comma = ",";
        print(view, entry.path().filename().string());
    }
    std::printf("]\n");
    return 0;
}
