// The file of profile_format.h, as its process writes it: mapped shared in chunks, so that nothing is lost
// whatever becomes of the process, and no descriptor is kept. A fork child does not have the mappings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/observe/profile_format.h"

namespace morpharena::profile {

class ProfileFile {
  public:
    constexpr ProfileFile() = default;

    // Makes the file, which must not exist, with an empty header. 0, or errno's number.
    int create(const char* path);
    // The header of no file: what a fork child has until it has made its own.
    void leave() { header_ = nullptr; }
    bool open() const { return header_ != nullptr; }
    ProfileHeader& header() { return *header_; }

    // Room for an entry of so many bytes, zeroed, its length filled in; nullptr when the file can't grow. It
    // belongs to the file from publish() on.
    void* take(std::size_t bytes);
    void publish() { chunk_->used = taken_; }

  private:
    bool grow(std::size_t least);

    std::array<char, 4096> path_{};
    ProfileHeader* header_ = nullptr;
    ProfileChunk* chunk_ = nullptr;
    std::uint64_t taken_ = 0;  // of the chunk
    std::size_t file_bytes_ = 0;
};

}  // namespace morpharena::profile
