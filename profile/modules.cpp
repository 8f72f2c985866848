#include "profile/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "core/base/align.h"
#include "core/os/file.h"
#include "core/os/process.h"

namespace morpharena::profile {

namespace {

constexpr std::size_t kFirstModules = 64;
constexpr std::size_t kFirstPage = 4096;  // of a file: it is mapped whole, whatever the segments are

const Elf64_Ehdr* elf_header(std::uintptr_t start) {
    const auto* header = reinterpret_cast<const Elf64_Ehdr*>(start);
    const bool here = memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
                      header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_phentsize == sizeof(Elf64_Phdr) &&
                      header->e_phoff + header->e_phnum * sizeof(Elf64_Phdr) <= kFirstPage;
    return here ? header : nullptr;
}

// The build-id in the file's first page, where linkers put it so that core files have it.
std::span<const std::uint8_t> build_id(std::uintptr_t start) {
    const Elf64_Ehdr* header = elf_header(start);
    if (header == nullptr) return {};
    const auto* program = reinterpret_cast<const Elf64_Phdr*>(start + header->e_phoff);
    for (std::size_t i = 0; i < header->e_phnum; ++i) {
        if (program[i].p_type != PT_NOTE || program[i].p_offset + program[i].p_filesz > kFirstPage) continue;
        std::size_t at = program[i].p_offset;
        const std::size_t end = at + program[i].p_filesz;
        while (end - at >= sizeof(Elf64_Nhdr)) {
            const auto& note = *reinterpret_cast<const Elf64_Nhdr*>(start + at);
            const std::size_t name = at + sizeof note;
            const std::size_t content = name + align_up(note.n_namesz, 4);
            const std::size_t next =
                content + align_up(note.n_descsz, std::max<std::size_t>(program[i].p_align, 4));
            if (content + note.n_descsz > end) break;
            if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
                memcmp(reinterpret_cast<const void*>(start + name), "GNU", 4) == 0) {
                return {reinterpret_cast<const std::uint8_t*>(start + content), note.n_descsz};
            }
            if (next >= end) break;
            at = next;
        }
    }
    return {};
}

// Tells files apart that were loaded to the same place: their headers and, with it, most often the build-id.
std::uint64_t fingerprint_at(std::uintptr_t start) {
    if (elf_header(start) == nullptr) return 0;
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < 1024 / sizeof(std::uint64_t); ++i) {
        std::uint64_t word = 0;
        memcpy(&word, reinterpret_cast<const void*>(start + i * sizeof word), sizeof word);
        hash = (hash + word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return hash;
}

bool look_up(std::uintptr_t place, dl_find_object& found) {
    return _dl_find_object(reinterpret_cast<void*>(place), &found) == 0;
}

// As the loader knows it, made absolute; the program itself has no name there.
std::size_t path_of(const link_map& map, std::span<char> buffer) {
    const std::string_view name(map.l_name);
    if (name.empty()) return os::executable(buffer);
    std::size_t length = 0;
    if (name.front() != '/' && name.find('/') != std::string_view::npos) {
        length = os::working_directory(buffer);
        if (length != 0 && length < buffer.size()) buffer[length++] = '/';
    }
    const std::size_t copied = std::min(name.size(), buffer.size() - length);
    memcpy(buffer.data() + length, name.data(), copied);
    return length + copied;
}

}  // namespace

void Modules::begin_file() {
    for (std::size_t i = 0; i < used_; ++i) modules_[i].noted = kNoModule;
}

std::uint16_t Modules::find(std::uintptr_t place) {
    dl_find_object object;
    if (!look_up(place, object)) return kNone;
    const auto start = reinterpret_cast<std::uintptr_t>(object.dlfo_map_start);
    Module found;
    found.tables = {start, reinterpret_cast<std::uintptr_t>(object.dlfo_map_end),
                    static_cast<const unsigned char*>(object.dlfo_eh_frame)};
    found.bias = object.dlfo_link_map->l_addr;
    found.link_map = object.dlfo_link_map;
    found.fingerprint = fingerprint_at(start);
    for (std::size_t i = used_; i-- > 0;) {
        Module& module = modules_[i];
        if (module.gone || module.tables.start >= found.tables.end ||
            found.tables.start >= module.tables.end) {
            continue;
        }
        if (module.tables.start == found.tables.start && module.tables.end == found.tables.end &&
            module.bias == found.bias && module.fingerprint == found.fingerprint) {
            module.link_map = found.link_map;
            module.compared = sample_;
            return static_cast<std::uint16_t>(i);
        }
        module.gone = true;
    }
    return add(found);
}

std::uint16_t Modules::add(const Module& found) {
    if (used_ == kNoModule) return kNone;
    if (used_ == modules_.size()) {
        Pages<Module> larger;
        if (!larger.make(std::max(kFirstModules, 2 * used_))) return kNone;
        for (std::size_t i = 0; i < used_; ++i) larger[i] = modules_[i];
        modules_.swap(larger);
        larger.drop();
    }
    Module& module = modules_[used_];
    module = found;
    module.compared = sample_;
    for (const void* inside : allocator_) {
        const auto address = reinterpret_cast<std::uintptr_t>(inside);
        if (address >= module.tables.start && address < module.tables.end) module.allocator = true;
    }
    return static_cast<std::uint16_t>(used_++);
}

bool Modules::compare(std::uint16_t index, std::uintptr_t place) {
    Module& module = modules_[index];
    dl_find_object object;
    if (module.gone || !look_up(place, object)) return false;
    const auto start = reinterpret_cast<std::uintptr_t>(object.dlfo_map_start);
    const bool same = object.dlfo_link_map == module.link_map && start == module.tables.start &&
                      reinterpret_cast<std::uintptr_t>(object.dlfo_map_end) == module.tables.end &&
                      fingerprint_at(start) == module.fingerprint;
    if (same) module.compared = sample_;
    return same;
}

std::uint32_t Modules::note(std::uint16_t index, ProfileFile& file) {
    Module& module = modules_[index];
    if (module.noted != kNoModule) return module.noted;
    static std::array<char, 4096> path;  // callers hold the profile's lock
    const std::size_t path_bytes = path_of(*static_cast<const link_map*>(module.link_map), path);
    auto* entry = static_cast<ProfileModule*>(file.take(sizeof(ProfileModule) + path_bytes));
    if (entry == nullptr) return kNoModule;
    entry->entry.kind = ProfileKind::module;
    entry->index = file.header().modules;
    entry->generation = 0;
    for (std::size_t i = 0; i < used_; ++i) {
        const Module& other = modules_[i];
        const bool overlaps =
            other.tables.start < module.tables.end && module.tables.start < other.tables.end;
        if (i != index && overlaps && other.noted != kNoModule) ++entry->generation;
    }
    entry->bias = module.bias;
    entry->start = module.tables.start;
    entry->end = module.tables.end;
    entry->clock = file.header().clock;
    const std::span<const std::uint8_t> id = build_id(module.tables.start);
    entry->build_id_bytes = static_cast<std::uint32_t>(std::min(id.size(), entry->build_id.size()));
    memcpy(entry->build_id.data(), id.data(), entry->build_id_bytes);
    entry->path_bytes = static_cast<std::uint32_t>(path_bytes);
    memcpy(entry + 1, path.data(), path_bytes);
    module.noted = static_cast<std::uint16_t>(entry->index);
    file.header().modules += 1;
    file.publish();
    return module.noted;
}

}  // namespace morpharena::profile
