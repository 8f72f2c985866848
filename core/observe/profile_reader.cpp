#include "core/observe/profile_reader.h"

#include "core/base/text.h"

namespace morpharena {

namespace {

constexpr double kLargest = 1e300;  // an estimate beyond it is damage; NaN compares as damage as well

bool plausible(double value) {
    return value > -kLargest && value < kLargest;
}

bool plausible(const ProfileHeader& header) {
    for (const double value :
         {header.lost_objects, header.lost_bytes, header.objects, header.objects_variance, header.bytes,
          header.bytes_variance, header.live_bytes, header.live_variance, header.peak_bytes}) {
        if (!plausible(value)) return false;
    }
    return true;
}

bool plausible(const ProfileSite& site) {
    for (const double value :
         {site.objects, site.objects_variance, site.bytes, site.bytes_variance, site.live_objects,
          site.live_bytes, site.live_variance, site.peak_bytes, site.peak_variance, site.freed_same_thread,
          site.freed_other_thread, site.died_newest}) {
        if (!plausible(value)) return false;
    }
    for (const double value : site.lifetimes) {
        if (!plausible(value)) return false;
    }
    return true;
}

// The parts of a file, each checked before what depends on it.
class Check {
  public:
    explicit Check(std::span<const std::byte> file) : file_(file) {}

    ProfileError header() const {
        if (file_.size() < kProfileHeaderBytes) {
            return ProfileError("is cut off: a profile is at least 4096 bytes");
        }
        const auto& header = at<ProfileHeader>(0);
        if (header.magic != kProfileMagic) {
            return ProfileError("is not a profile: it does not begin with 'morphprf'");
        }
        if (header.version != kProfileVersion || header.header_bytes != kProfileHeaderBytes) {
            return ProfileError("is a profile of another version; this command reads version 1");
        }
        if (header.interval == 0) return ProfileError("is damaged: an interval of 0 bytes between samples");
        if (!plausible(header)) return ProfileError("is damaged: an estimate in its header is no number");
        return {};
    }

    ProfileError chunk(std::size_t offset) {
        const std::size_t left = file_.size() - offset;
        if (left < sizeof(ProfileChunk)) return ProfileError(offset, "is cut off in the head of a chunk");
        const auto& chunk = at<ProfileChunk>(offset);
        if (chunk.magic == std::array<char, 8>{}) {
            // The file has grown, and nobody has written there yet.
            chunk_bytes = left;
            chunk_used = 0;
            return {};
        }
        chunk_bytes = chunk.bytes;
        chunk_used = chunk.used;
        if (chunk.magic != kProfileChunkMagic)
            return ProfileError(offset, "has no chunk where one should begin");
        if (chunk_bytes > left)
            return ProfileError(offset, "is cut off: a chunk goes on behind the file's end");
        if (chunk_bytes < sizeof(ProfileChunk) || chunk_bytes % 8 != 0 || chunk_used < sizeof(ProfileChunk) ||
            chunk_used > chunk_bytes) {
            return ProfileError(offset, "has a chunk whose length can't be");
        }
        return entries(offset);
    }

    std::size_t chunk_bytes = 0;
    std::size_t chunk_used = 0;
    std::size_t modules = 0;
    std::size_t sites = 0;

  private:
    template <class Type>
    const Type& at(std::size_t offset) const {
        return *reinterpret_cast<const Type*>(file_.data() + offset);
    }

    ProfileError entries(std::size_t chunk) {
        for (std::size_t inside = sizeof(ProfileChunk); inside < chunk_used;) {
            const std::size_t offset = chunk + inside;
            const std::size_t left = chunk_used - inside;
            if (left < sizeof(ProfileEntry)) return ProfileError(offset, "has half an entry");
            const auto& entry = at<ProfileEntry>(offset);
            if (entry.bytes > left || entry.bytes < sizeof(ProfileEntry) || entry.bytes % 8 != 0) {
                return ProfileError(offset, "has an entry whose length can't be");
            }
            ProfileError error;
            switch (entry.kind) {
                case ProfileKind::module:
                    error = module(offset, entry.bytes);
                    break;
                case ProfileKind::site:
                    error = site(offset, entry.bytes);
                    break;
                default:
                    error = ProfileError(offset, "has an entry that is neither a module nor a site");
            }
            if (error) return error;
            inside += entry.bytes;
        }
        return {};
    }

    ProfileError module(std::size_t offset, std::size_t bytes) {
        if (bytes < sizeof(ProfileModule)) return ProfileError(offset, "has half a module");
        const auto& module = at<ProfileModule>(offset);
        if (module.index != modules || modules >= kNoModule) {
            return ProfileError(offset, "has a module out of order");
        }
        if (module.path_bytes > bytes - sizeof(ProfileModule)) {
            return ProfileError(offset, "has a module whose path does not end");
        }
        if (module.build_id_bytes > module.build_id.size()) {
            return ProfileError(offset, "has a build-id of over 32 bytes");
        }
        if (module.start > module.end) return ProfileError(offset, "has a module that ends before it starts");
        ++modules;
        return {};
    }

    ProfileError site(std::size_t offset, std::size_t bytes) {
        if (bytes < sizeof(ProfileSite)) return ProfileError(offset, "has half a site");
        const auto& site = at<ProfileSite>(offset);
        if (site.frame_count > kMostFrames ||
            site.frame_count * sizeof(ProfileFrame) != bytes - sizeof(ProfileSite)) {
            return ProfileError(offset, "has a site whose frames don't fit it");
        }
        if (!plausible(site)) return ProfileError(offset, "has a site with an estimate that is no number");
        for (std::size_t i = 0; i < site.frame_count; ++i) {
            const std::size_t frame = offset + sizeof(ProfileSite) + i * sizeof(ProfileFrame);
            const std::uint32_t module = frame_module(at<ProfileFrame>(frame));
            if (module != kNoModule && module >= modules) {
                return ProfileError(frame, "has a frame in a module that is not there");
            }
        }
        ++sites;
        return {};
    }

    std::span<const std::byte> file_;
};

}  // namespace

ProfileError::ProfileError(std::string_view text) {
    Text(text_).add(text);
}
ProfileError::ProfileError(std::size_t offset, std::string_view text) {
    Text(text_).add("at byte ").add_unsigned(offset).add(' ').add(text);
}

std::string_view ProfileView::unwinder() const {
    std::size_t length = 0;
    while (length < header_->unwinder.size() && header_->unwinder[length] != '\0') ++length;
    return {header_->unwinder.data(), length};
}

ProfileError read_profile(std::span<const std::byte> file, ProfileView& view) {
    Check check(file);
    if (ProfileError error = check.header()) return error;
    view = ProfileView();
    std::size_t at = kProfileHeaderBytes;
    while (at < file.size()) {
        if (ProfileError error = check.chunk(at)) return error;
        if (check.chunk_used == 0) break;
        view.last_ = at;
        view.last_used_ = check.chunk_used;
        at += check.chunk_bytes;
    }
    view.file_ = file.data();
    view.header_ = reinterpret_cast<const ProfileHeader*>(file.data());
    view.end_ = at;
    view.modules_ = check.modules;
    view.sites_ = check.sites;
    return {};
}

PeakShare peak_of(const ProfileHeader& header, const ProfileSite& site) {
    const bool kept = site.peak_epoch == header.peak_epoch;
    const PeakShare share = kept ? PeakShare{site.peak_bytes, site.peak_variance}
                                 : PeakShare{site.live_bytes, site.live_variance};
    return {share.bytes > 0 ? share.bytes : 0, share.variance > 0 ? share.variance : 0};
}

}  // namespace morpharena
