#include "tools/executable.h"

#include <fcntl.h>
#include <gelf.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

namespace morpharena::tool {
namespace {

using ElfFile = std::unique_ptr<Elf, decltype(&elf_end)>;

std::string_view bytes_of(Elf_Scn* section) {
    const Elf_Data* data = elf_rawdata(section, nullptr);
    if (data == nullptr || data->d_buf == nullptr) return {};
    return {static_cast<const char*>(data->d_buf), data->d_size};
}

std::string loader_of(Elf* elf) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) return {};
    std::size_t size = 0;
    const char* raw = elf_rawfile(elf, &size);
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr || header.p_type != PT_INTERP)
            continue;
        if (raw == nullptr || header.p_offset >= size || header.p_filesz > size - header.p_offset) return "?";
        const std::string_view text(raw + header.p_offset, header.p_filesz);
        return std::string(text.substr(0, text.find('\0')));
    }
    return {};
}

// Go 1.18 and later write "\xff Go buildinf:", the pointer size, a byte of flags (2: text follows inline), 16
// bytes of padding, then the version with its length in front (debug/buildinfo in Go's library). Older ones
// have pointers there; then only that it is Go is known.
std::string go_version_in(std::string_view info) {
    constexpr std::string_view kMagic = "\xff Go buildinf:";
    constexpr std::size_t kInlineText = 32;
    if (!info.starts_with(kMagic) || info.size() <= kInlineText) return {};
    const bool is_inline = (info[15] & 2) != 0;
    const auto length = static_cast<unsigned char>(info[kInlineText]);  // one byte: versions are short
    if (!is_inline || length >= 128 || info.size() < kInlineText + 1 + length) return "go";
    return std::string(info.substr(kInlineText + 1, length));
}

bool defines_malloc(Elf* elf, Elf_Scn* symbols, const GElf_Shdr& header) {
    Elf_Data* data = elf_getdata(symbols, nullptr);
    if (data == nullptr || header.sh_entsize == 0) return false;
    const auto count = static_cast<int>(data->d_size / header.sh_entsize);
    for (int i = 0; i < count; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(data, i, &symbol) == nullptr) return false;
        if (symbol.st_shndx == SHN_UNDEF || GELF_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
        const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
        if (name != nullptr && std::strcmp(name, "malloc") == 0) return true;
    }
    return false;
}

// Those run-times of sanitizers that bring a malloc and end the program when another library comes before
// them.
bool is_sanitizer(std::string_view soname) {
    for (const std::string_view name : {"libasan.so", "libhwasan.so", "liblsan.so", "libtsan.so"}) {
        if (soname.starts_with(name)) return true;
    }
    return false;
}

std::string needed_sanitizer(Elf* elf, Elf_Scn* dynamic, const GElf_Shdr& header) {
    Elf_Data* data = elf_getdata(dynamic, nullptr);
    if (data == nullptr || header.sh_entsize == 0) return {};
    const auto count = static_cast<int>(data->d_size / header.sh_entsize);
    for (int i = 0; i < count; ++i) {
        GElf_Dyn entry;
        if (gelf_getdyn(data, i, &entry) == nullptr) return {};
        if (entry.d_tag != DT_NEEDED) continue;
        const char* soname = elf_strptr(elf, header.sh_link, entry.d_un.d_val);
        if (soname != nullptr && is_sanitizer(soname)) return soname;
    }
    return {};
}

void look_at_sections(Elf* elf, Executable& found) {
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf, &names) != 0) return;
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr) continue;
        if (header.sh_type == SHT_DYNSYM) found.own_malloc = defines_malloc(elf, section, header);
        if (header.sh_type == SHT_DYNAMIC) found.sanitizer = needed_sanitizer(elf, section, header);
        const char* name = elf_strptr(elf, names, header.sh_name);
        if (name != nullptr && std::strcmp(name, ".go.buildinfo") == 0) {
            found.go_version = go_version_in(bytes_of(section));
        }
    }
}

bool is_ours(const GElf_Ehdr& header) {
#if defined(__x86_64__)
    return header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_machine == EM_X86_64;
#elif defined(__aarch64__)
    return header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_machine == EM_AARCH64;
#else
#error "say here which programs our library fits"
#endif
}

bool is_glibc_loader(const std::string& loader) {
    return std::filesystem::path(loader).filename().string().starts_with("ld-linux");
}

void look_at_elf(int fd, Executable& found) {
    if (elf_version(EV_CURRENT) == EV_NONE) return;
    const ElfFile elf(elf_begin(fd, ELF_C_READ_MMAP, nullptr), &elf_end);
    GElf_Ehdr header;
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr) return;
    found.loader = loader_of(elf.get());
    look_at_sections(elf.get(), found);
    if (!is_ours(header)) {
        found.linkage = Linkage::other_abi;
    } else if (found.loader.empty()) {
        found.linkage = Linkage::fixed;
    } else {
        found.linkage = is_glibc_loader(found.loader) ? Linkage::dynamic : Linkage::other_loader;
    }
}

}  // namespace

Executable look_at_executable(const std::filesystem::path& file) {
    Executable found;
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return found;
    struct stat about {};
    if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
        found.privileged = (about.st_mode & (S_ISUID | S_ISGID)) != 0 ||
                           ::fgetxattr(fd, "security.capability", nullptr, 0) > 0;
        look_at_elf(fd, found);
    }
    ::close(fd);
    return found;
}

}  // namespace morpharena::tool
