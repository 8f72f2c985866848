// Reading a profile that somebody else wrote: all of it is checked before any is used, since the file may be
// cut off, of another version, being written to at this moment, or made to hurt.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/observe/profile_format.h"

namespace morpharena {

// One line for people, made to stand behind the file's name: what is wrong, where, and what would be right.
// Empty: nothing is.
class ProfileError {
  public:
    ProfileError() = default;
    explicit ProfileError(std::string_view text);
    // "at byte 4128 `text`"
    ProfileError(std::size_t offset, std::string_view text);

    explicit operator bool() const { return text_[0] != '\0'; }
    std::string_view text() const { return text_.data(); }

  private:
    std::array<char, 192> text_{};
};

// What a good file holds. Points into the file, which must outlive it.
class ProfileView {
  public:
    const ProfileHeader& header() const { return *header_; }
    std::string_view unwinder() const;
    std::size_t modules() const { return modules_; }
    std::size_t sites() const { return sites_; }

    // visit(const ProfileModule&, std::string_view path, std::span<const std::uint8_t> build_id), by rising
    // index.
    template <class Visit>
    void for_each_module(Visit visit) const {
        for_each_entry([&](const ProfileEntry& entry) {
            if (entry.kind != ProfileKind::module) return;
            const auto& module = reinterpret_cast<const ProfileModule&>(entry);
            visit(module, std::string_view(reinterpret_cast<const char*>(&module + 1), module.path_bytes),
                  std::span(module.build_id.data(), module.build_id_bytes));
        });
    }

    // visit(const ProfileSite&, std::span<const ProfileFrame> frames): frames are the innermost first, and
    // each names a module below modules(), or kNoModule.
    template <class Visit>
    void for_each_site(Visit visit) const {
        for_each_entry([&](const ProfileEntry& entry) {
            if (entry.kind != ProfileKind::site) return;
            const auto& site = reinterpret_cast<const ProfileSite&>(entry);
            visit(site, std::span(reinterpret_cast<const ProfileFrame*>(&site + 1), site.frame_count));
        });
    }

  private:
    friend ProfileError read_profile(std::span<const std::byte> file, ProfileView& view);

    template <class Visit>
    void for_each_entry(Visit visit) const {
        for (std::size_t at = kProfileHeaderBytes; at < end_;) {
            const auto& chunk = *reinterpret_cast<const ProfileChunk*>(file_ + at);
            for (std::size_t inside = sizeof(ProfileChunk); inside < used_of(at);) {
                const auto& entry = *reinterpret_cast<const ProfileEntry*>(file_ + at + inside);
                visit(entry);
                inside += entry.bytes;
            }
            at += chunk.bytes;
        }
    }
    // As it was checked: the last chunk of a running process's file, if it is mapped, goes on growing.
    std::size_t used_of(std::size_t chunk) const {
        return chunk == last_ ? last_used_ : reinterpret_cast<const ProfileChunk*>(file_ + chunk)->used;
    }

    const std::byte* file_ = nullptr;
    const ProfileHeader* header_ = nullptr;
    std::size_t end_ = 0;  // of the chunks
    std::size_t last_ = 0;
    std::size_t last_used_ = 0;
    std::size_t modules_ = 0;
    std::size_t sites_ = 0;
};

// Fills `view` from a file that was read or mapped to a multiple of 8 bytes. Where it may have been made to
// hurt and is still writable by others, read it rather than map it: what was checked must stay.
ProfileError read_profile(std::span<const std::byte> file, ProfileView& view);

// Live at the process's peak: bytes and their variance. Estimates that rounding took below 0 are 0.
struct PeakShare {
    double bytes;
    double variance;
};
PeakShare peak_of(const ProfileHeader& header, const ProfileSite& site);

}  // namespace morpharena
