// A profile made by hand, as bytes that can be damaged.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "core/observe/profile_format.h"

namespace morpharena::test {

class ProfileFile {
  public:
    explicit ProfileFile(std::uint64_t interval = 1) : words_(kProfileHeaderBytes / 8) {
        header() = {};
        header().magic = kProfileMagic;
        header().version = kProfileVersion;
        header().header_bytes = kProfileHeaderBytes;
        header().interval = interval;
        header().peak_epoch = 1;
    }

    // Begins a chunk; further entries go there. Returns where it lies.
    std::size_t add_chunk(std::size_t bytes = 4096) {
        chunk_ = words_.size() * 8;
        words_.resize(words_.size() + bytes / 8);
        at<ProfileChunk>(chunk_) = {kProfileChunkMagic, bytes, sizeof(ProfileChunk), 0};
        return chunk_;
    }

    std::size_t add_module(const std::string& path) {
        ProfileModule module{};
        module.entry.kind = ProfileKind::module;
        module.index = modules_++;
        module.start = 0x1000;
        module.end = 0x2000;
        module.build_id_bytes = 20;
        module.build_id.fill(0xab);
        module.path_bytes = static_cast<std::uint32_t>(path.size());
        return add(module, path.data(), path.size());
    }

    std::size_t add_site(const std::vector<ProfileFrame>& frames, double bytes = 0) {
        ProfileSite site{};
        site.entry.kind = ProfileKind::site;
        site.frame_count = static_cast<std::uint32_t>(frames.size());
        site.bytes = bytes;
        return add(site, frames.data(), frames.size() * sizeof(ProfileFrame));
    }

    template <class Type>
    Type& at(std::size_t offset) {
        return *reinterpret_cast<Type*>(reinterpret_cast<char*>(words_.data()) + offset);
    }
    ProfileHeader& header() { return at<ProfileHeader>(0); }
    std::span<const std::byte> bytes() const { return std::as_bytes(std::span(words_)); }

  private:
    template <class Type>
    std::size_t add(Type& entry, const void* tail, std::size_t tail_bytes) {
        ProfileChunk& chunk = at<ProfileChunk>(chunk_);
        const std::size_t offset = chunk_ + chunk.used;
        entry.entry.bytes = static_cast<std::uint32_t>((sizeof(Type) + tail_bytes + 7) / 8 * 8);
        at<Type>(offset) = entry;
        if (tail_bytes != 0) std::memcpy(&at<char>(offset + sizeof(Type)), tail, tail_bytes);
        chunk.used += entry.entry.bytes;
        return offset;
    }

    std::vector<std::uint64_t> words_;
    std::size_t chunk_ = 0;
    std::uint32_t modules_ = 0;
};

}  // namespace morpharena::test
