#include "tools/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace morpharena::tool {
namespace {

constexpr std::align_val_t kAlignment{64};

}  // namespace

FileBytes::~FileBytes() {
    ::operator delete(data_, kAlignment);
}

std::string FileBytes::read(const std::filesystem::path& file, std::size_t most) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0 && errno == ELOOP) return "a link; a record is a regular file";
    if (fd < 0) return std::strerror(errno);
    const std::string problem = read(fd, most);
    ::close(fd);
    return problem;
}

std::string FileBytes::read(int fd, std::size_t most) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) return std::strerror(errno);
    if (!S_ISREG(about.st_mode)) return "not a file; a record is a regular file";
    const auto size = static_cast<std::size_t>(about.st_size);
    if (size > most) return fmt::format("{} bytes: too large for a record", size);
    data_ = ::operator new(std::max<std::size_t>(size, 1), kAlignment);
    while (size_ < size) {
        const ssize_t got = ::read(fd, static_cast<std::byte*>(data_) + size_, size - size_);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::strerror(errno);
        if (got == 0) break;  // cut while we read: the checks that follow see a short file
        size_ += static_cast<std::size_t>(got);
    }
    return {};
}

}  // namespace morpharena::tool
