#include "tools/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace morpharena::tool {
namespace {

constexpr std::size_t kMost = std::size_t{1} << 30;  // the JSON of it takes several times as much
constexpr std::size_t kPiece = std::size_t{1} << 16;
constexpr const char* kTooLarge = "more than 1 GiB";

std::string read_all(int fd, std::string& text) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) return std::strerror(errno);
    if (S_ISDIR(about.st_mode)) return "a directory";
    if (S_ISREG(about.st_mode) && about.st_size > static_cast<off_t>(kMost)) return kTooLarge;
    const auto piece = std::make_unique<char[]>(kPiece);
    for (;;) {
        const ssize_t got = ::read(fd, piece.get(), kPiece);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::strerror(errno);
        if (got == 0) return {};
        const auto bytes = static_cast<std::size_t>(got);
        if (std::memchr(piece.get(), 0, bytes) != nullptr) return "no text, it holds zero bytes";
        if (bytes > kMost - text.size()) return kTooLarge;
        text.append(piece.get(), bytes);
    }
}

}  // namespace

std::string read_input(const std::string& path, std::string& problem) {
    const bool is_stdin = path == "-";
    const int fd = is_stdin ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::string text;
    problem = fd < 0 ? std::strerror(errno) : read_all(fd, text);
    if (fd >= 0 && !is_stdin) ::close(fd);
    return text;
}

}  // namespace morpharena::tool
