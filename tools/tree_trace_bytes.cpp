#include <nlohmann/json.hpp>

#include "tools/tree_trace.h"

namespace morpharena::tool {

std::string encode(const std::vector<TracedImage>& images) {
    using nlohmann::json;
    json rows = json::array();
    for (const TracedImage& image : images) {
        const Executable& file = image.executable;
        rows.push_back({image.pid, image.parent, image.start_ticks, image.forked, image.secure,
                        image.preloads, static_cast<std::uint32_t>(file.linkage), file.loader,
                        file.go_version, file.own_malloc, file.privileged, image.path, image.begin_ns,
                        image.end_ns, image.cpu_ns, image.peak_rss ? json(*image.peak_rss) : json(),
                        image.signal});
    }
    const auto bytes = json::to_msgpack(rows);
    return {bytes.begin(), bytes.end()};
}

std::vector<TracedImage> decode(const std::string& bytes) {
    std::vector<TracedImage> images;
    if (bytes.empty()) return images;
    for (const auto& row : nlohmann::json::from_msgpack(bytes)) {
        TracedImage image;
        std::size_t at = 0;
        const auto take = [&](auto& field) { row.at(at++).get_to(field); };
        std::uint32_t linkage = 0;
        take(image.pid), take(image.parent), take(image.start_ticks), take(image.forked);
        take(image.secure), take(image.preloads), take(linkage), take(image.executable.loader);
        take(image.executable.go_version), take(image.executable.own_malloc),
            take(image.executable.privileged);
        take(image.path), take(image.begin_ns), take(image.end_ns), take(image.cpu_ns);
        if (const auto& peak = row.at(at++); !peak.is_null()) image.peak_rss = peak.get<std::uint64_t>();
        take(image.signal);
        image.executable.linkage = static_cast<Linkage>(linkage);
        images.push_back(std::move(image));
    }
    return images;
}

}  // namespace morpharena::tool
