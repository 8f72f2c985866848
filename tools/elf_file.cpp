#include "tools/elf_file.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace morpharena::tool {
namespace {

// False when the file cannot be opened, is not a regular file, or is shorter than an ELF header.
bool read_header(const char* file, ElfW(Ehdr) & header, std::string& problem) {
    const int fd = ::open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        problem = std::strerror(errno);
        return false;
    }
    struct stat about {};
    const bool regular = ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    const ssize_t got = regular ? ::read(fd, &header, sizeof header) : 0;
    ::close(fd);
    if (!regular) {
        problem = "is not a file; the path of a shared object (.so) is wanted";
    } else if (got < static_cast<ssize_t>(sizeof header) ||
               std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        problem = "is not an ELF file; a shared object (.so) is wanted";
    }
    return problem.empty();
}

}  // namespace

std::string shared_object_problem(const std::filesystem::path& file) {
    std::string problem;
    ElfW(Ehdr) header{};
    ElfW(Ehdr) own{};
    if (!read_header(file.c_str(), header, problem)) return problem;
    if (std::string ignored; !read_header("/proc/self/exe", own, ignored)) return {};
    if (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS]) {
        const auto bits = [](const ElfW(Ehdr) & of) { return of.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32; };
        return fmt::format("is a {}-bit object; the programs here are {}-bit", bits(header), bits(own));
    }
    if (header.e_ident[EI_DATA] != own.e_ident[EI_DATA] || header.e_machine != own.e_machine) {
        return fmt::format("is made for another processor (ELF machine {}; here it is {})", header.e_machine,
                           own.e_machine);
    }
    if (header.e_type != ET_DYN) return "is not a shared object (ELF type DYN)";
    return {};
}

}  // namespace morpharena::tool
