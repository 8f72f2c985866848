#include "core/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <array>

#include "core/os/syscall.h"

namespace morpharena::os {

namespace {

template <class Call>
long uninterrupted(Call call) {
    long result;
    do {
        result = call();
    } while (result == -EINTR);
    return result;
}

int open_path(const char* path, int flags) {
    return static_cast<int>(
        uninterrupted([&] { return syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600); }));
}

// Where the program has closed its standard streams, the next file would become one of them, and take what
// another thread logs. So their numbers are held meanwhile, by descriptors that can be neither read nor
// written.
class HeldStandardStreams {
  public:
    HeldStandardStreams() {
        for (;;) {
            const int descriptor = open_path("/", O_PATH);
            if (descriptor > 2) syscall(SYS_close, descriptor);
            if (descriptor < 0 || descriptor > 2) return;
            held_[held_count_++] = descriptor;
        }
    }
    ~HeldStandardStreams() {
        while (held_count_ != 0) syscall(SYS_close, held_[--held_count_]);
    }
    HeldStandardStreams(const HeldStandardStreams&) = delete;
    HeldStandardStreams& operator=(const HeldStandardStreams&) = delete;

  private:
    std::array<int, 3> held_;
    std::size_t held_count_ = 0;
};

File open_to_write(const char* path, int flags) {
    const HeldStandardStreams held;
    return File(open_path(path, flags | O_NOFOLLOW));
}

// Writing past `ulimit -f` raises SIGXFSZ and writing to a pipe that nobody reads SIGPIPE, which would end a
// program that wrote nothing of the kind: they are held off, and what was raised in here is taken away.
class QuietWrites {
  public:
    QuietWrites()
        : blocked_(!failed(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &kRaised, &before_, sizeof before_))) {}
    ~QuietWrites() {
        if (!blocked_) return;  // by a sandbox: the program's mask is not known and stays
        const timespec now{};
        const std::uint64_t ours = pending_now() & kRaised & ~pending_before_;
        if (ours != 0) syscall(SYS_rt_sigtimedwait, &ours, nullptr, &now, sizeof ours);
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_);
    }
    QuietWrites(const QuietWrites&) = delete;
    QuietWrites& operator=(const QuietWrites&) = delete;

  private:
    static constexpr std::uint64_t kRaised = std::uint64_t{1} << (SIGXFSZ - 1) | std::uint64_t{1}
                                                                                     << (SIGPIPE - 1);

    static std::uint64_t pending_now() {
        std::uint64_t pending = 0;
        syscall(SYS_rt_sigpending, &pending, sizeof pending);
        return pending;
    }

    std::uint64_t pending_before_ = pending_now();
    std::uint64_t before_ = 0;
    bool blocked_;
};

bool write_all(int descriptor, std::string_view bytes) {
    const QuietWrites quiet;
    const char* next = bytes.data();
    std::size_t left = bytes.size();
    while (left > 0) {
        const long written = syscall(SYS_write, descriptor, next, left);
        if (written == -EINTR) continue;
        if (written <= 0) return false;
        next += written;
        left -= static_cast<std::size_t>(written);
    }
    return true;
}

}  // namespace

File::~File() {
    if (good()) syscall(SYS_close, descriptor_);
}

bool File::write(std::string_view bytes) const {
    return good() && write_all(descriptor_, bytes);
}

File create_exclusive(const char* path) {
    return open_to_write(path, O_RDWR | O_CREAT | O_EXCL);
}
File open_append(const char* path) {
    return open_to_write(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY);
}
File open_existing(const char* path) {
    return open_to_write(path, O_RDWR);
}
File open_read(const char* path) {
    return File(open_path(path, O_RDONLY));
}

FileIdentity identity_of(const File& file) {
    struct stat about {};
    if (failed(syscall(SYS_fstat, file.descriptor(), &about))) return {};
    return {about.st_dev, about.st_ino};
}

bool anybody_may_rename_in(const char* directory) {
    struct stat about {};
    if (failed(syscall(SYS_newfstatat, AT_FDCWD, directory, &about, 0))) return false;
    return (about.st_mode & S_IWOTH) != 0 && (about.st_mode & S_ISVTX) == 0;
}

std::size_t read_file(const char* path, std::span<char> buffer) {
    const File file = open_read(path);
    std::size_t used = 0;
    while (file.good() && used < buffer.size()) {
        const long got = syscall(SYS_read, file.descriptor(), buffer.data() + used, buffer.size() - used);
        if (got == -EINTR) continue;
        if (got <= 0) break;
        used += static_cast<std::size_t>(got);
    }
    return used;
}

void remove_file(const char* path) {
    syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int reserve(const File& file, std::size_t bytes) {
    const QuietWrites quiet;
    const long reserved =
        uninterrupted([&] { return syscall(SYS_fallocate, file.descriptor(), 0, 0, bytes); });
    if (!failed(reserved)) return 0;
    if (reserved != -EOPNOTSUPP && reserved != -ENOSYS) return static_cast<int>(-reserved);
    // A file system without fallocate, such as ext2: zeros are written, since a mapping of blocks that a full
    // disk does not have ends the program by SIGBUS at its first store.
    struct stat about {};
    const long told = syscall(SYS_fstat, file.descriptor(), &about);
    if (failed(told)) return static_cast<int>(-told);
    static constexpr std::array<char, 1024> kZeros{};
    for (auto at = static_cast<std::size_t>(about.st_size); at < bytes;) {
        const std::size_t next = std::min(bytes - at, kZeros.size());
        const long wrote =
            uninterrupted([&] { return syscall(SYS_pwrite64, file.descriptor(), kZeros.data(), next, at); });
        if (failed(wrote)) return static_cast<int>(-wrote);
        if (wrote == 0) return EIO;
        at += static_cast<std::size_t>(wrote);
    }
    return 0;
}

void* map_shared(const File& file, std::size_t offset, std::size_t bytes) {
    const long result =
        syscall(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor(), offset);
    return failed(result) ? nullptr : reinterpret_cast<void*>(result);
}

bool keep_from_children(void* memory, std::size_t bytes) {
    return !failed(syscall(SYS_madvise, memory, bytes, MADV_DONTFORK));
}

void write_stderr(std::string_view text) {
    write_all(2, text);
}

std::size_t working_directory(std::span<char> buffer) {
    const long length = syscall(SYS_getcwd, buffer.data(), buffer.size());
    // The kernel counts the NUL, and says "(unreachable)/..." of a directory outside our root.
    return length > 1 && buffer[0] == '/' ? static_cast<std::size_t>(length) - 1 : 0;
}

std::size_t read_link(const char* path, std::span<char> buffer) {
    const long length = syscall(SYS_readlinkat, AT_FDCWD, path, buffer.data(), buffer.size());
    return failed(length) || static_cast<std::size_t>(length) >= buffer.size()
               ? 0
               : static_cast<std::size_t>(length);
}

std::string_view error_name(int number) {
    switch (number) {
        case ENOENT:
            return "ENOENT: no such file or directory";
        case EACCES:
            return "EACCES: permission denied";
        case ENOTDIR:
            return "ENOTDIR: not a directory";
        case EISDIR:
            return "EISDIR: is a directory";
        case EROFS:
            return "EROFS: read-only file system";
        case ENOSPC:
            return "ENOSPC: no space left";
        case EDQUOT:
            return "EDQUOT: quota exceeded";
        case EMFILE:
            return "EMFILE: too many open files";
        case ENAMETOOLONG:
            return "ENAMETOOLONG: name too long";
        case ELOOP:
            return "ELOOP: a link is in the way";
        case ENXIO:
            return "ENXIO: a pipe that nobody reads";
        case EFBIG:
            return "EFBIG: larger than the file size limit";
        default:
            return "error";
    }
}

}  // namespace morpharena::os
