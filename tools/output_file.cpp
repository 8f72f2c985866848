#include "tools/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse(const std::string& path, int error) {
    throw BadInput(fmt::format("{}: cannot be written: {}", printable(path), std::strerror(error)));
}

int write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

// The file itself where `path` is a link, so that renaming replaces what it points to and not the link.
fs::path target_of(const std::string& path) {
    std::error_code error;
    fs::path real = fs::canonical(path, error);
    return error ? fs::path(path) : real;
}

int open_beside(const fs::path& target, std::string& name) {
    name = target.string() + ".XXXXXX";
    return ::mkostemp(name.data(), O_CLOEXEC);
}

}  // namespace

OutputFile::OutputFile(std::string path, const std::string& option) : path_(std::move(path)) {
    if (is_stdout()) return;
    if (path_.empty()) {
        throw BadInput(option + ": an empty file name; right is a file, or - for stdout");
    }
    struct stat about {};
    if (::stat(path_.c_str(), &about) == 0) {
        if (S_ISDIR(about.st_mode)) refuse(path_, EISDIR);
        if (::access(path_.c_str(), W_OK) != 0) refuse(path_, errno);
        replaceable_ = S_ISREG(about.st_mode);
    }
    if (!replaceable_) return;
    std::string name;
    const int fd = open_beside(target_of(path_), name);
    if (fd < 0) refuse(path_, errno);
    ::close(fd);
    ::unlink(name.c_str());
}

void OutputFile::write(const std::string& text) const {
    if (is_stdout() || !replaceable_) {
        const int fd = is_stdout() ? STDOUT_FILENO : ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
        const int error = fd < 0 ? errno : write_all(fd, text);
        if (fd >= 0 && !is_stdout()) ::close(fd);
        if (error != 0) refuse(path_, error);
        return;
    }
    const fs::path target = target_of(path_);
    std::string name;
    const int fd = open_beside(target, name);
    if (fd < 0) refuse(path_, errno);
    // mkostemp makes it for us alone; a result is like any file the user makes.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::fchmod(fd, 0666 & ~mask);
    int error = write_all(fd, text);
    if (::close(fd) != 0 && error == 0) error = errno;
    if (error == 0 && ::rename(name.c_str(), target.c_str()) != 0) error = errno;
    if (error == 0) return;
    ::unlink(name.c_str());
    refuse(path_, error);
}

}  // namespace morpharena::tool
