#include "tools/json_lines.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/json_parts.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

[[noreturn]] void refuse(const std::string& path, int error) {
    throw BadInput(
        fmt::format("--jsonl {}: cannot be appended to: {}", printable(path), std::strerror(error)));
}

int open_to_append(const std::string& path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) refuse(path, errno);
    return fd;
}

// 0 or errno. What was written of a line that did not fit is cut off again.
int append(int fd, const std::string& line) {
    const off_t end = ::lseek(fd, 0, SEEK_END);
    std::size_t at = 0;
    while (at < line.size()) {
        const ssize_t written = ::write(fd, line.data() + at, line.size() - at);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const int error = errno;
            [[maybe_unused]] const int cut = end >= 0 ? ::ftruncate(fd, end) : 0;
            return error;
        }
        at += static_cast<std::size_t>(written);
    }
    return 0;
}

}  // namespace

JsonLines::JsonLines(std::string path) : path_(std::move(path)) {
    if (path_ == "-") {
        throw BadInput(
            "--jsonl -: lines are appended to a file; right is a file name, or --json - for stdout");
    }
    if (!path_.empty()) ::close(open_to_append(path_));
}

void JsonLines::add(const Json& document) {
    if (path_.empty() || problem_.any()) return;
    const std::string line = line_of(document) + "\n";
    problem_.attempt([&] {
        const int fd = open_to_append(path_);
        ::flock(fd, LOCK_EX);  // advisory; some network file systems do not serve it: O_APPEND must do
        const int error = append(fd, line);
        ::close(fd);
        if (error != 0) refuse(path_, error);
    });
}

void JsonLines::throw_problem() const {
    problem_.tell();
}

void add_lines_options(CLI::App& sub, std::string& path, std::string& title) {
    sub.add_option("--jsonl", path,
                   "append the result as one line of JSON to this file, for 'morpharena merge'");
    sub.add_option(
        "--title", title,
        "what 'morpharena merge' calls this result, such as a package's name (default: the command)");
}

}  // namespace morpharena::tool
