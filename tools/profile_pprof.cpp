// Field numbers and meanings: google/pprof, proto/profile.proto.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "tools/gzip.h"
#include "tools/printable.h"
#include "tools/profile_exports.h"
#include "tools/protobuf_writer.h"

namespace morpharena::tool {
namespace {

// Texts stand once, in a table whose first one is empty.
class Strings {
  public:
    Strings() { index_of(""); }
    std::uint64_t index_of(const std::string& text) {
        const auto [entry, fresh] = index_.try_emplace(text, texts_.size());
        if (fresh) texts_.push_back(text);
        return entry->second;
    }
    const std::vector<std::string>& texts() const { return texts_; }

  private:
    std::vector<std::string> texts_;
    std::unordered_map<std::string, std::uint64_t> index_;
};

ProtobufWriter value_type(Strings& strings, const char* type, const char* unit) {
    ProtobufWriter message;
    message.number(1, strings.index_of(type));
    message.number(2, strings.index_of(unit));
    return message;
}

ProtobufWriter label(Strings& strings, const char* key, const std::string& text) {
    ProtobufWriter message;
    message.number(1, strings.index_of(key));
    message.number(2, strings.index_of(printable(text)));
    return message;
}

// The processes mapped a module each where it liked; here it has one place of its own.
std::vector<std::uint64_t> module_starts(const Profile& profile, std::vector<std::uint64_t>& sizes) {
    constexpr std::uint64_t kPage = 4096;
    sizes.assign(profile.modules.size(), kPage);
    for (const NamedCall& call : profile.calls)
        sizes[call.module] = std::max(sizes[call.module], (call.address / kPage + 1) * kPage);
    std::vector<std::uint64_t> starts;
    std::uint64_t next = std::uint64_t{1} << 32;
    for (const std::uint64_t size : sizes) {
        starts.push_back(next);
        next += size + kPage;
    }
    return starts;
}

void write_modules(const Profile& profile, const std::vector<std::uint64_t>& starts,
                   const std::vector<std::uint64_t>& sizes, Strings& strings, ProtobufWriter& out) {
    for (std::size_t i = 0; i < profile.modules.size(); ++i) {
        const NamedModule& module = profile.modules[i];
        const bool debug = module.source == NameSource::debug_information;
        ProtobufWriter message;
        message.number(1, i + 1);
        message.number(2, starts[i]);
        message.number(3, starts[i] + sizes[i]);
        message.number(5, strings.index_of(printable(module.path)));
        message.number(6, strings.index_of(module.build_id));
        message.number(7, module.source != NameSource::none);
        for (const unsigned has : {8, 9, 10}) message.number(has, debug);  // file names, lines, inlined
        out.message(3, message);
    }
}

void write_calls(const Profile& profile, const std::vector<std::uint64_t>& starts, ProtobufWriter& out) {
    for (std::size_t i = 0; i < profile.calls.size(); ++i) {
        const NamedCall& call = profile.calls[i];
        ProtobufWriter message;
        message.number(1, i + 1);
        message.number(2, call.module + 1);
        message.number(3, starts[call.module] + call.address);
        for (const NamedFrame& frame : call.frames) {
            ProtobufWriter line;
            line.number(1, frame.function + 1);
            line.number(2, frame.line);
            message.message(4, line);
        }
        out.message(4, message);
    }
}

void write_samples(const Profile& profile, Strings& strings, ProtobufWriter& out) {
    for (const ProfiledProcess& process : profile.processes) {
        const ProtobufWriter program = label(strings, "program", process.program);
        const ProtobufWriter record = label(strings, "process", process.program + " " + process.record);
        for (const CallSite& site : process.sites) {
            const SiteFigures& figures = site.figures;
            std::vector<std::uint64_t> calls;
            for (const std::size_t call : site.stack) calls.push_back(call + 1);
            ProtobufWriter message;
            message.packed(1, calls);
            message.packed(
                2, std::vector<std::uint64_t>{whole(figures.objects.value), whole(figures.bytes.value),
                                              whole(figures.live_objects), whole(figures.live.value),
                                              whole(figures.peak.value), whole(figures.young.value)});
            message.message(3, program);
            message.message(3, record);
            if (site.end != StackEnd::whole) message.message(3, label(strings, "stack", end_text(site.end)));
            out.message(2, message);
        }
    }
}

}  // namespace

std::string pprof_profile(const Profile& profile, const std::string& command) {
    Strings strings;
    ProtobufWriter out;
    for (const auto& [type, unit] : {std::pair("alloc_objects", "count"),
                                     {"alloc_space", "bytes"},
                                     {"inuse_objects", "count"},
                                     {"inuse_space", "bytes"},
                                     {"peak_space", "bytes"},
                                     {"young_space", "bytes"}}) {
        out.message(1, value_type(strings, type, unit));
    }
    write_samples(profile, strings, out);
    std::vector<std::uint64_t> sizes;
    const std::vector<std::uint64_t> starts = module_starts(profile, sizes);
    write_modules(profile, starts, sizes, strings, out);
    write_calls(profile, starts, out);
    for (std::size_t i = 0; i < profile.functions.size(); ++i) {
        const NamedFunction& function = profile.functions[i];
        ProtobufWriter message;
        message.number(1, i + 1);
        message.number(2, strings.index_of(printable(function.name)));
        message.number(3, strings.index_of(printable(function.name)));
        message.number(4, strings.index_of(printable(function.file)));
        out.message(5, message);
    }
    std::uint64_t start = 0, interval = 0;
    for (const ProfiledProcess& process : profile.processes) {
        if (process.problem.empty()) interval = process.interval;
        start = start == 0 ? process.start_ns : std::min(start, process.start_ns);
    }
    out.number(9, start);
    out.message(11, value_type(strings, "space", "bytes"));
    out.number(12, interval);
    out.packed(13, std::vector{strings.index_of(printable(command))});
    out.number(14, strings.index_of("alloc_space"));
    for (const std::string& text : strings.texts()) out.text(6, text);
    return gzipped(out.bytes());
}

}  // namespace morpharena::tool
