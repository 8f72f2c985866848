#include "tools/tree_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

std::string program_of(const TracedImage& image) {
    return std::filesystem::path(image.path).filename().string();
}

// The record that woke up in this image: same process, between its exec and its end.
const ProcessRecord* record_of(const TracedImage& image, std::span<const ProcessRecord> records) {
    for (const ProcessRecord& record : records) {
        const auto woke = static_cast<std::int64_t>(record.start_ns);
        if (record.pid == image.pid && record.start_ticks == image.start_ticks && woke >= image.begin_ns &&
            woke <= image.end_ns) {
            return &record;
        }
    }
    return nullptr;
}

Reach reach_of(const TracedImage& image, const ProcessRecord* record) {
    const Executable& file = image.executable;
    if (record != nullptr) return record->bypassed ? Reach::bypassed : Reach::interposed;
    if (file.linkage == Linkage::other_abi) return Reach::other_abi;
    if (file.linkage == Linkage::fixed) return file.go_version.empty() ? Reach::fixed : Reach::go;
    if (file.linkage == Linkage::other_loader) return Reach::other_loader;
    if (image.secure) return Reach::secure;
    if (!image.preloads) return Reach::cleared;
    return file.own_malloc ? Reach::bypassed : Reach::unseen;
}

std::string detail_of(const TracedImage& image, Reach reach) {
    const std::string& go = image.executable.go_version;
    if (reach == Reach::go) return go;
    if (!go.empty()) return go + ", of which only what its C parts allocate is seen";
    if (reach == Reach::other_loader) return image.executable.loader;
    return {};
}

}  // namespace

std::string_view name_of(Reach reach) {
    switch (reach) {
        case Reach::interposed:
            return "interposed";
        case Reach::bypassed:
            return "bypassed";
        case Reach::fixed:
            return "static";
        case Reach::go:
            return "go";
        case Reach::secure:
            return "secure";
        case Reach::cleared:
            return "cleared";
        case Reach::other_loader:
            return "other_loader";
        case Reach::other_abi:
            return "other_abi";
        case Reach::unseen:
            return "unseen";
    }
    return "?";
}

std::string_view describe(Reach reach) {
    switch (reach) {
        case Reach::interposed:
            return "interposed";
        case Reach::bypassed:
            return "bypassed: own malloc";
        case Reach::fixed:
            return "static";
        case Reach::go:
            return "static, Go";
        case Reach::secure:
            return "set-user-ID";
        case Reach::cleared:
            return "environment cleared";
        case Reach::other_loader:
            return "other C library";
        case Reach::other_abi:
            return "other processor or 32-bit";
        case Reach::unseen:
            return "left no record";
    }
    return "?";
}

TreeAccount account_for(std::vector<TracedImage> images, std::span<const ProcessRecord> records) {
    TreeAccount account;
    std::multimap<std::int32_t, ProcessRecord> by_pid;
    std::map<pid_t, AccountedImage*> latest;  // what each process runs now
    for (const ProcessRecord& record : records) by_pid.emplace(record.pid, record);
    account.images.reserve(images.size());
    for (TracedImage& image : images) {
        const auto [first, last] = by_pid.equal_range(image.pid);
        std::vector<ProcessRecord> own;
        for (auto at = first; at != last; ++at) own.push_back(at->second);
        const ProcessRecord* record = record_of(image, own);
        Reach reach = reach_of(image, record);
        // A fork child runs on with its parent's allocator, whether it made a record of its own or not.
        const auto parent = latest.find(image.parent);
        if (image.forked && parent != latest.end()) reach = parent->second->reach;
        account.images.push_back({std::move(image), reach, {}});
        AccountedImage& added = account.images.back();
        added.detail = detail_of(added.image, reach);
        latest[added.image.pid] = &added;

        const double cpu = static_cast<double>(added.image.cpu_ns) / 1e9;
        account.execs += added.image.forked ? 0 : 1;
        account.cpu += cpu;
        if (reach == Reach::interposed) continue;
        account.outside_cpu += cpu;
        account.outside_peak = std::max(account.outside_peak, added.image.peak_rss.value_or(0));
    }
    return account;
}

std::string account_text(const TreeAccount& account, bool colour) {
    struct Row {
        std::size_t execs = 0;
        double cpu = 0;
        std::uint64_t peak = 0;
    };
    std::map<std::tuple<Reach, std::string, std::string>, Row> rows;
    for (const AccountedImage& one : account.images) {
        Row& row = rows[{one.reach, program_of(one.image), one.detail}];
        row.execs += one.image.forked ? 0 : 1;
        row.cpu += static_cast<double>(one.image.cpu_ns) / 1e9;
        row.peak = std::max(row.peak, one.image.peak_rss.value_or(0));
    }
    Table table({{"reach", Align::left, 30},
                 {"program", Align::left, 26},
                 {"execs"},
                 {"cpu"},
                 {"of all"},
                 {"peak RSS"}});
    for (const auto& [key, row] : rows) {
        const auto& [reach, program, detail] = key;
        const std::string title = std::string(describe(reach)) + (detail.empty() ? "" : ", " + detail);
        table.add({{title, reach == Reach::interposed ? Style::plain : Style::bad},
                   {program},
                   {fmt::format("{}", row.execs)},
                   {seconds_text(row.cpu)},
                   {account.cpu > 0 ? percent_text(row.cpu / account.cpu) : "-"},
                   {row.peak == 0 ? "-" : bytes_text(static_cast<double>(row.peak))}});
    }
    const double share = account.cpu > 0 ? account.outside_cpu / account.cpu : 0;
    return fmt::format(
        "Every program that ran, followed with ptrace ({} execs):\n{}"
        "Outside our reach: {} of the processor time; the largest such process held {}.\n",
        account.execs, table.text(colour), percent_text(share),
        account.outside_peak == 0 ? "nothing that was seen"
                                  : bytes_text(static_cast<double>(account.outside_peak)));
}

}  // namespace morpharena::tool
