#include "tools/tree_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "tools/process_tree.h"
#include "tools/records.h"
#include "tools/size_text.h"
#include "tools/small_file.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

constexpr int kMostFailures = 3;  // a record that is being made is no good yet

std::string mode_of(const RecordHeader& header) {
    constexpr std::array kNames = {
#define MODE(name, served, summary) #name,
#include "core/config/modes.def"
#undef MODE
    };
    return header.config.mode < kNames.size() ? kNames[header.config.mode] : "?";
}

double rate(std::uint64_t now, std::uint64_t before, double seconds) {
    return now > before && seconds > 0 ? static_cast<double>(now - before) / seconds : 0;
}

std::optional<fs::path> run_directory_in(std::string_view environment) {
    constexpr std::string_view kName = "MORPHARENA_RUN_DIR=";
    while (!environment.empty()) {
        const auto end = std::min(environment.find('\0'), environment.size());
        const std::string_view entry = environment.substr(0, end);
        if (entry.starts_with(kName) && entry.size() > kName.size())
            return fs::path(entry.substr(kName.size()));
        environment.remove_prefix(std::min(end + 1, environment.size()));
    }
    return std::nullopt;
}

std::optional<fs::path> run_directory_of_one(std::int32_t pid) {
    const auto text = read_small_file(fmt::format("/proc/{}/environ", pid));
    if (!text) return std::nullopt;
    const auto found = run_directory_in(*text);
    std::error_code error;
    if (!found || !found->is_absolute() || !fs::is_directory(*found, error)) return std::nullopt;
    return found;
}

}  // namespace

TreeWatch::TreeWatch(fs::path directory, std::optional<std::int32_t> root)
    : directory_(std::move(directory)), root_(root) {}

void TreeWatch::find_arrivals(const std::set<std::int32_t>& wanted) {
    for (const fs::path& file : record_files(directory_)) {
        const std::string name = file.filename().string();
        if (seen_.contains(name)) continue;
        auto record = LiveRecord::open(file);
        if (!record) {
            if (++failures_[name] >= kMostFailures) seen_.insert(name);
            continue;
        }
        failures_.erase(name);
        seen_.insert(name);
        if (root_ && !wanted.contains(record->view().header->pid)) continue;
        alive_.emplace(name, Followed{std::move(*record)});
    }
}

void TreeWatch::add_ended(const Followed& one, TreeSnapshot& snapshot) {
    const Derived& derived = one.record.view().derived;
    ++snapshot.ended;
    snapshot.objects += derived.objects;
    snapshot.bytes_asked += one.record.view().threads.bytes_asked.get();
}

TreeSnapshot TreeWatch::snapshot() {
    std::set<std::int32_t> wanted;
    if (root_) {
        const auto below = descendants(*root_);
        wanted.insert(below.begin(), below.end());
        wanted.insert(*root_);
    }
    find_arrivals(wanted);
    const auto now = std::chrono::steady_clock::now();
    const double seconds = last_ ? std::chrono::duration<double>(now - *last_).count() : 0;
    last_ = now;

    std::map<std::int32_t, std::uint32_t> newest;
    for (const auto& [name, one] : alive_) {
        const RecordHeader& header = *one.record.view().header;
        newest[header.pid] = std::max(newest[header.pid], header.serial);
    }

    TreeSnapshot snapshot;
    for (auto entry = alive_.begin(); entry != alive_.end();) {
        Followed& one = entry->second;
        one.record.refresh();
        const RecordView& view = one.record.view();
        const std::uint64_t bytes = view.threads.bytes_asked.get();
        const double objects_rate = rate(view.derived.objects, one.objects, seconds);
        const double bytes_rate = rate(bytes, one.bytes, seconds);
        snapshot.objects_a_second += objects_rate;
        snapshot.bytes_a_second += bytes_rate;
        one.objects = view.derived.objects;
        one.bytes = bytes;
        const auto memory = one.record.memory();
        // After an exec the process lives on, and its older record does not move any more.
        if (!memory || one.record.ended() || newest.at(view.header->pid) != view.header->serial) {
            add_ended(one, over_);
            entry = alive_.erase(entry);
            continue;
        }
        snapshot.objects += view.derived.objects;
        snapshot.bytes_asked += bytes;
        snapshot.alive.push_back({view.header->pid, one.record.program(), mode_of(*view.header),
                                  view.header->bypassed != 0, view.derived, *memory, objects_rate,
                                  bytes_rate});
        ++entry;
    }
    snapshot.ended = over_.ended;
    snapshot.objects += over_.objects;
    snapshot.bytes_asked += over_.bytes_asked;
    for (const auto& [name, count] : failures_) snapshot.unreadable += count >= kMostFailures ? 1 : 0;
    std::stable_sort(snapshot.alive.begin(), snapshot.alive.end(),
                     [](const auto& a, const auto& b) { return a.memory.anonymous > b.memory.anonymous; });
    return snapshot;
}

std::optional<fs::path> run_directory_of(std::int32_t root) {
    if (const auto found = run_directory_of_one(root)) return found;
    for (const pid_t pid : descendants(root)) {
        if (const auto found = run_directory_of_one(pid)) return found;
    }
    return std::nullopt;
}

std::set<fs::path> run_directories() {
    std::set<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
        const auto pid = parse_count(entry->path().filename().string());
        if (!pid) continue;
        if (const auto directory = run_directory_of_one(static_cast<std::int32_t>(*pid)))
            found.insert(*directory);
    }
    return found;
}

}  // namespace morpharena::tool
