#include "tools/output_hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace morpharena::tool {
namespace {

std::int64_t nanoseconds(const timespec& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

FileStamp stamp_of(const std::string& file) {
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0) return {};
    return {about.st_ino, nanoseconds(about.st_mtim), nanoseconds(about.st_ctim)};
}

std::optional<std::string> hash_of(const std::string& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return std::nullopt;
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
    XXH3_128bits_reset(state.get());
    std::vector<char> piece(1 << 16);
    ssize_t got = 0;
    do {
        got = ::read(fd, piece.data(), piece.size());
        if (got > 0) XXH3_128bits_update(state.get(), piece.data(), static_cast<std::size_t>(got));
    } while (got > 0 || (got < 0 && errno == EINTR));
    ::close(fd);
    if (got < 0) return std::nullopt;
    const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

std::vector<FileStamp> stamps_of(const std::vector<std::string>& files) {
    std::vector<FileStamp> stamps;
    for (const std::string& file : files) stamps.push_back(stamp_of(file));
    return stamps;
}

std::vector<BuiltFile> hashes_of(const std::vector<std::string>& files,
                                 const std::vector<FileStamp>& before) {
    std::vector<BuiltFile> built;
    for (std::size_t i = 0; i < files.size(); ++i) {
        built.push_back({files[i], hash_of(files[i]), stamp_of(files[i]) != before[i]});
    }
    return built;
}

std::string first_difference(const std::vector<BuiltFile>& expected, const std::vector<BuiltFile>& found) {
    for (std::size_t i = 0; i < std::min(expected.size(), found.size()); ++i) {
        if (expected[i].hash != found[i].hash) return found[i].file;
    }
    return {};
}

}  // namespace morpharena::tool
