#include "tools/profile_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/observe/profile_reader.h"
#include "tools/file_bytes.h"
#include "tools/printable.h"
#include "tools/progress.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

// A million sites of some 1,000 bytes, and more.
constexpr std::size_t kMostBytes = std::size_t{4} << 30;
constexpr const char* kNoFile = "[no file]";

std::string hex(std::span<const std::uint8_t> bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

// What rounding took below 0 is 0.
Estimate estimate(double value, double variance) {
    return {std::max(value, 0.0), std::max(variance, 0.0)};
}

SiteFigures figures_of(const ProfileHeader& header, const ProfileSite& site) {
    SiteFigures figures;
    figures.samples = site.samples;
    figures.objects = estimate(site.objects, site.objects_variance);
    figures.bytes = estimate(site.bytes, site.bytes_variance);
    figures.live = estimate(site.live_bytes, site.live_variance);
    figures.live_objects = std::max(site.live_objects, 0.0);
    const PeakShare peak = peak_of(header, site);
    figures.peak = estimate(peak.bytes, peak.variance);
    figures.freed_same_thread = std::max(site.freed_same_thread, 0.0);
    figures.freed_other_thread = std::max(site.freed_other_thread, 0.0);
    figures.died_newest = std::max(site.died_newest, 0.0);
    double young = 0;
    for (std::size_t c = 0; c < kLifetimeClasses; ++c) {
        figures.lifetimes[c] = std::max(site.lifetimes[c], 0.0);
        if (c <= lifetime_class(kYoungBytes - 1)) young += figures.lifetimes[c];
    }
    const double share = figures.bytes.value > 0 ? young / figures.bytes.value : 0;
    figures.young = {young, figures.bytes.variance * std::min(share, 1.0)};
    return figures;
}

// Names for the frames of all processes: each call is named once.
class Naming {
  public:
    Naming(Profile& profile, Symbolizer& symbolizer) : profile_(profile), symbolizer_(symbolizer) {}

    std::size_t module(const std::string& path, const std::string& build_id) {
        const auto [entry, fresh] = modules_.try_emplace({path, build_id}, profile_.modules.size());
        if (fresh) {
            const ModuleSymbols& symbols = symbolizer_.module(path, build_id);
            profile_.modules.push_back({path, build_id, symbols.origin(), symbols.source()});
        }
        return entry->second;
    }

    // `address` is the one that the call returns to.
    std::size_t call(std::size_t module, std::uint64_t address) {
        const std::uint64_t inside = address == 0 ? 0 : address - 1;
        auto& known = calls_[module];
        const auto [entry, fresh] = known.try_emplace(inside, profile_.calls.size());
        if (fresh) profile_.calls.push_back(named(module, inside));
        return entry->second;
    }

  private:
    NamedCall named(std::size_t module, std::uint64_t address) {
        const NamedModule& of = profile_.modules[module];
        AddressNames names = symbolizer_.module(of.path, of.build_id).at(address);
        NamedCall call{module, address, names.source, {}};
        if (names.frames.empty())
            names.frames.push_back({nameless(of, module, names.start.value_or(address)), "", 0});
        for (const SourceFrame& frame : names.frames)
            call.frames.push_back({function(module, frame), frame.line});
        return call;
    }

    // Code that no file holds has other addresses in the next run: one name for all.
    std::string nameless(const NamedModule& of, std::size_t module, std::uint64_t start) const {
        return of.path == kNoFile ? kNoFile : fmt::format("{}+{:#x}", module_name(profile_, module), start);
    }

    std::size_t function(std::size_t module, const SourceFrame& frame) {
        const auto [entry, fresh] =
            functions_.try_emplace({module, frame.function, frame.file}, profile_.functions.size());
        if (fresh) profile_.functions.push_back({frame.function, frame.file, module});
        return entry->second;
    }

    Profile& profile_;
    Symbolizer& symbolizer_;
    std::map<std::pair<std::string, std::string>, std::size_t> modules_;
    std::map<std::size_t, std::unordered_map<std::uint64_t, std::size_t>> calls_;
    std::map<std::tuple<std::size_t, std::string, std::string>, std::size_t> functions_;
};

void take_over(const ProfileView& view, Naming& naming, ProfiledProcess& process) {
    const ProfileHeader& header = view.header();
    process.interval = header.interval;
    process.unwinder = view.unwinder();
    process.samples = header.samples;
    process.not_unwound = header.samples_not_unwound;
    process.cut = header.samples_cut;
    process.lost = header.samples_lost_full + header.samples_lost_busy;
    process.lost_bytes = std::max(header.lost_bytes, 0.0);
    process.bytes_before = static_cast<double>(header.bytes_before);
    process.clock = static_cast<double>(header.clock);
    process.peak_clock = static_cast<double>(header.peak_clock);
    std::vector<std::size_t> modules;
    view.for_each_module([&](const morpharena::ProfileModule&, std::string_view path, auto build_id) {
        modules.push_back(naming.module(std::string(path), hex(build_id)));
    });
    view.for_each_site([&](const ProfileSite& site, std::span<const ProfileFrame> frames) {
        CallSite& one = process.sites.emplace_back();
        for (const ProfileFrame frame : frames) {
            const std::uint32_t module = frame_module(frame);
            one.stack.push_back(naming.call(
                module == kNoModule ? naming.module(kNoFile, "") : modules[module], frame_offset(frame)));
        }
        one.end = (site.flags & kSiteNotUnwound) != 0 || frames.empty() ? StackEnd::not_unwound
                  : (site.flags & kSiteCut) != 0                        ? StackEnd::cut
                                                                        : StackEnd::whole;
        one.figures = figures_of(header, site);
    });
}

std::string reason(const ProcessRecord& record) {
    if (record.bypassed) return "brought a malloc of its own";
    std::string complaint;
    with_record(record.file, [&](const RecordView& view) {
        std::string_view all = complaints_of(*view.header);
        while (!all.empty()) {
            const std::string_view line = all.substr(0, all.find('\n'));
            if (line.find("PROFILE") != std::string_view::npos ||
                line.find("profile") != std::string_view::npos)
                complaint = line;
            all.remove_prefix(std::min(all.size(), line.size() + 1));
        }
    });
    return complaint.empty() ? "no profile beside its record (was MORPHARENA_PROFILE set?)" : complaint;
}

ProfiledProcess process_of(const ProcessRecord& record) {
    ProfiledProcess process;
    process.record = record.file.stem().string();
    process.pid = record.pid;
    process.parent = record.parent;
    process.start_ns = record.start_ns;
    process.program = record.program;
    process.ending = describe(record.ending);
    return process;
}

}  // namespace

ProfileRead read_profiles(const Records& records, Symbolizer& symbolizer) {
    ProfileRead read;
    Naming naming(read.profile, symbolizer);
    Progress progress("profile");
    for (std::size_t i = 0; i < records.processes.size(); ++i) {
        const ProcessRecord& record = records.processes[i];
        progress.show(i, records.processes.size(), "names for " + record.program);
        ProfiledProcess process = process_of(record);
        fs::path file = record.file;
        file.replace_extension(kProfileSuffix);
        std::error_code error;
        if (record.bypassed || !fs::exists(file, error)) {
            process.problem = reason(record);
        } else {
            FileBytes bytes;
            process.problem = bytes.read(file, kMostBytes);
            ProfileView view;
            if (process.problem.empty()) process.problem = read_profile(bytes.bytes(), view).text();
            if (process.problem.empty()) {
                take_over(view, naming, process);
            } else {
                read.damaged.push_back(fmt::format("{}: {}", printable(file.string()), process.problem));
            }
        }
        read.profile.processes.push_back(std::move(process));
    }
    return read;
}

}  // namespace morpharena::tool
