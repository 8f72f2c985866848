#include "tools/size_classes.h"

#include <map>

namespace morpharena::tool {

std::vector<SizeClass> merged(std::span<const SizeClass> classes) {
    std::map<std::uint64_t, SizeClass> by_size;
    for (const SizeClass& one : classes) {
        SizeClass& sum = by_size[one.up_to];
        sum.up_to = one.up_to;
        sum.objects += one.objects;
        sum.bytes += one.bytes;
    }
    std::vector<SizeClass> all;
    for (const auto& [size, sum] : by_size) {
        if (sum.objects != 0) all.push_back(sum);
    }
    return all;
}

std::vector<SizeClass> size_classes_of(std::span<const ProcessRecord> processes) {
    ThreadCounters total{};
    for (const ProcessRecord& process : processes) {
        with_record(process.file, [&](const RecordView& view) { merge(total, view.threads); });
    }
    std::vector<SizeClass> classes;
    for (std::size_t i = 1; i < kSmallClasses; ++i) {
        const std::uint64_t objects = total.small_objects[i].get();
        classes.push_back({i * kGranule, objects, objects * i * kGranule});
    }
    for (std::size_t i = 0; i < kMediumClasses; ++i) {
        classes.push_back(
            {medium_class_limit(i), total.medium_objects[i].get(), total.medium_bytes[i].get()});
    }
    return merged(classes);
}

Json json_of(std::span<const SizeClass> classes) {
    Json rows = Json::array();
    for (const SizeClass& one : classes) {
        rows.push_back({{"up_to", one.up_to}, {"objects", one.objects}, {"bytes", one.bytes}});
    }
    return rows;
}

std::vector<SizeClass> size_classes_from(const JsonPlace& place) {
    std::vector<SizeClass> classes;
    for (const JsonPlace& row : place.list("size_classes")) {
        classes.push_back({row.count("up_to").value_or(0), row.count("objects").value_or(0),
                           row.count("bytes").value_or(0)});
    }
    return merged(classes);
}

}  // namespace morpharena::tool
