#include "profile/profile_file.h"

#include <errno.h>
#include <string.h>

#include <algorithm>
#include <string_view>

#include "core/base/align.h"
#include "core/base/text.h"
#include "core/os/file.h"
#include "core/os/page_source.h"

namespace morpharena::profile {

namespace {

// Chunks double, so that a small process has a small file and a large one few mappings.
constexpr std::size_t kFirstChunk = std::size_t{60} << 10;  // 64 KiB with the header
constexpr std::size_t kLargestChunk = std::size_t{4} << 20;
// Some 300,000 stacks. A program that has more has one a sample: they are no longer sites.
constexpr std::size_t kLargestFile = std::size_t{256} << 20;

ProfileChunk* begin_chunk(std::byte* memory, std::size_t bytes) {
    auto* chunk = reinterpret_cast<ProfileChunk*>(memory);
    chunk->bytes = bytes;
    chunk->used = sizeof(ProfileChunk);
    chunk->magic = kProfileChunkMagic;
    return chunk;
}

std::byte* map(const os::File& file, std::size_t offset, std::size_t bytes) {
    void* memory = os::map_shared(file, offset, bytes);
    // A child that wrote here would write into its parent's profile.
    if (memory != nullptr) os::keep_from_children(memory, bytes);
    return static_cast<std::byte*>(memory);
}

}  // namespace

int ProfileFile::create(const char* path) {
    header_ = nullptr;
    Text kept(path_);
    if (kept.add(std::string_view(path)).cut()) return ENAMETOOLONG;
    const os::File file = os::create_exclusive(path);
    if (!file.good()) return file.error();
    const int refused = os::reserve(file, kProfileHeaderBytes + kFirstChunk);
    std::byte* memory = refused == 0 ? map(file, 0, kProfileHeaderBytes + kFirstChunk) : nullptr;
    if (memory == nullptr) {
        os::remove_file(path);
        return refused != 0 ? refused : ENOMEM;
    }
    header_ = reinterpret_cast<ProfileHeader*>(memory);
    chunk_ = begin_chunk(memory + kProfileHeaderBytes, kFirstChunk);
    taken_ = chunk_->used;
    file_bytes_ = kProfileHeaderBytes + kFirstChunk;
    return 0;
}

bool ProfileFile::grow(std::size_t least) {
    // What is mapped begins at a page, so that every chunk ends at one.
    const std::size_t page = os::Kernel::page_size();
    const std::size_t wanted = std::min(align_up(chunk_->bytes, page) * 2, kLargestChunk);
    const std::size_t bytes = std::max(wanted, align_up(least + sizeof(ProfileChunk), page));
    if (file_bytes_ + bytes > kLargestFile) return false;
    const os::File file = os::open_existing(path_.data());
    if (!file.good() || os::reserve(file, file_bytes_ + bytes) != 0) return false;
    std::byte* memory = map(file, file_bytes_, bytes);
    if (memory == nullptr) return false;
    chunk_ = begin_chunk(memory, bytes);
    taken_ = chunk_->used;
    file_bytes_ += bytes;
    return true;
}

void* ProfileFile::take(std::size_t bytes) {
    const std::size_t rounded = align_up(bytes, 8);
    if (chunk_->used + rounded > chunk_->bytes && !grow(rounded)) return nullptr;
    auto* entry = reinterpret_cast<ProfileEntry*>(reinterpret_cast<std::byte*>(chunk_) + chunk_->used);
    entry->bytes = static_cast<std::uint32_t>(rounded);
    taken_ = chunk_->used + rounded;
    return entry;
}

}  // namespace morpharena::profile
