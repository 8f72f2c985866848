#include "tools/run_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace fs = std::filesystem;

RunDirectory RunDirectory::temporary() {
    const char* parent = std::getenv("TMPDIR");
    if (parent == nullptr || *parent == '\0') parent = "/tmp";
    std::string name = (fs::absolute(parent) / "morpharena-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw BadInput(
            fmt::format("{}: cannot make a run directory here: {}; name one with --run-dir, or set TMPDIR",
                        printable(parent), std::strerror(errno)));
    }
    return {name, true};
}

RunDirectory RunDirectory::named(const std::string& path) {
    const std::string shown = printable(path);
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error || !fs::is_directory(real, error)) {
        const std::string reason = error ? error.message() : "not a directory";
        throw BadInput(fmt::format("--run-dir {}: {}; an existing directory is wanted", shown, reason));
    }
    struct stat about {};
    if (::stat(real.c_str(), &about) == 0 && (about.st_mode & S_IWOTH) != 0 &&
        (about.st_mode & S_ISVTX) == 0) {
        throw BadInput(
            fmt::format("--run-dir {}: anybody may rename and remove files there, so no process keeps a "
                        "record in it; right is a directory that you alone can write, or a sticky one",
                        shown));
    }
    // Asked by trying: access() says yes to root even where the file system is read-only or immutable.
    std::string trial = (real / ".morpharena-XXXXXX").string();
    const int fd = ::mkstemp(trial.data());
    if (fd < 0)
        throw BadInput(fmt::format("--run-dir {}: cannot be written: {}", shown, std::strerror(errno)));
    ::close(fd);
    ::unlink(trial.c_str());

    RunDirectory directory(real, false);
    for (const fs::path& file : record_files(real)) directory.before_.insert(file);
    return directory;
}

RunDirectory::RunDirectory(RunDirectory&& other) noexcept
    : path_(std::exchange(other.path_, fs::path())),
      temporary_(other.temporary_),
      before_(std::move(other.before_)) {}

RunDirectory::~RunDirectory() {
    std::error_code ignored;
    if (temporary_ && !path_.empty()) fs::remove_all(path_, ignored);
}

Records RunDirectory::new_records() const {
    std::vector<fs::path> files = record_files(path_);
    std::erase_if(files, [&](const fs::path& file) { return before_.contains(file); });
    return read_records(files);
}

}  // namespace morpharena::tool
