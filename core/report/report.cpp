#include "core/report/report.h"

#include "core/config/option_types.h"

namespace morpharena {

namespace {

std::string_view state_of(const RecordHeader& header) {
    return header.state.load(std::memory_order_relaxed) == RecordState::exited
               ? "exited"
               : "running or ended without exit()";
}

std::string_view program_of(const RecordHeader& header) {
    const std::string_view path = executable_of(header);
    const std::size_t slash = path.rfind('/');
    const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
    return {path.data() + start, path.size() - start};
}

std::string_view mode_name(std::uint32_t mode) {
    // A record is untrusted: a mode that no row has is named as such.
    constexpr std::uint32_t kModes = 0
#define MODE(name, served, summary) +1
#include "core/config/modes.def"
#undef MODE
        ;
    return mode < kModes ? name_of(static_cast<Mode>(mode)) : std::string_view("unknown");
}

void write_process(Emitter& out, const RecordHeader& header) {
    out.begin_object("process", "process");
    out.text("program", program_of(header));
    out.text("executable", executable_of(header));
    out.signed_number("pid", header.pid);
    out.signed_number("parent", header.parent);
    out.number("start_ticks", header.start_ticks);
    out.number("serial", header.serial);
    out.number("start_ns", header.start_ns);
    out.number("end_ns", header.end_ns.load(std::memory_order_relaxed));
    out.text("state", state_of(header));
    out.boolean("forked", header.forked != 0);
    out.boolean("bypassed", header.bypassed != 0);
    out.begin_array("arguments", "arguments");
    std::string_view rest = arguments_of(header);
    while (!rest.empty()) {
        const std::size_t end = rest.find('\0');
        out.element({rest.data(), end == std::string_view::npos ? rest.size() : end});
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    out.end_array();
    out.boolean("arguments_cut", header.arguments_cut != 0);
    out.end_object();
}

void write_config(Emitter& out, const RecordHeader& header) {
    const RecordConfig& config = header.config;
    out.begin_object("config", "configuration");
    out.text("mode", mode_name(config.mode));
    out.number("block_size", config.block_size, "bytes");
    out.text("thp", config.thp <= 2 ? name_of(static_cast<Thp>(config.thp)) : std::string_view("unknown"));
    out.boolean("rewind", config.rewind != 0);
    out.number("limit", config.limit, "bytes (0: none)");
    out.number("budget", config.budget, "bytes");
    out.signed_number("dump_signal", config.dump_signal);
    out.signed_number("reset_signal", config.reset_signal);
    out.text("reset",
             config.reset <= 2 ? name_of(static_cast<Reset>(config.reset)) : std::string_view("unknown"));
    out.text("check",
             config.check <= 2 ? name_of(static_cast<Check>(config.check)) : std::string_view("unknown"));
    out.end_object();

    out.begin_array("complaints", "complaints");
    std::string_view rest = complaints_of(header);
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        out.element({rest.data(), end == std::string_view::npos ? rest.size() : end});
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    out.end_array();

    const RecordLimits& limits = header.limits;
    out.begin_object("limits", "limits found (0: none)");
    out.number("address_space", limits.address_space, "bytes");
    out.number("data", limits.data, "bytes");
    out.number("cgroup_memory", limits.cgroup_memory, "bytes");
    out.number("machine_memory", limits.machine_memory, "bytes");
    out.end_object();
}

void write_summary(Emitter& out, const Derived& derived) {
    out.begin_object("summary", "summary");
    out.number("objects", derived.objects, "objects made");
    out.number("malloc_calls", derived.malloc_calls, "of them by malloc");
    out.number("payload", derived.payload, "bytes asked for");
    out.number("live", derived.live, "bytes live now");
    out.number("live_peak", derived.live_peak, "bytes live at the peak");
    out.number("held", derived.held, "bytes that an arena keeps to the end");
    out.number("never_freed_cost", derived.never_freed_cost, "bytes: held less live at the peak");
    out.ratio("utilization", derived.utilization_ppm);
    out.number("padding", derived.padding, "bytes of rounding");
    out.number("block_end_waste", derived.block_end_waste, "bytes at the ends of full blocks");
    out.number("metadata", derived.metadata, "bytes of headers and bitmaps");
    out.end_object();
}

void write_counters(Emitter& out, const RecordView& view) {
    out.begin_object("counters", "counters");
#define THREAD_COUNTER(name, unit, cost, help) out.number(#name, view.threads.name.get(), #unit);
#define PROCESS_COUNTER(name, unit, merge, cost, help) \
    out.number(#name, view.header->process.name.get(), #unit);
#include "core/observe/counters.def"
    out.end_object();
}

void write_pinned(Emitter& out, const PinnedBlocks& pinned) {
    out.begin_array("pinned", "largest blocks that the last safe reset left");
    for (const PinnedBlock& block : pinned.rows()) {
        if (block.bytes.get() == 0) break;
        out.begin_row();
        out.number("bytes", block.bytes.get());
        out.number("objects", block.objects.get());
        out.end_row();
    }
    out.end_array();
}

void write_classes(Emitter& out, const ThreadCounters& threads) {
    out.begin_array("size_classes", "objects by size");
    const auto row = [&out](std::size_t limit, std::uint64_t objects, std::uint64_t bytes) {
        if (objects == 0) return;
        out.begin_row();
        out.number("up_to", limit);
        out.number("objects", objects);
        out.number("bytes", bytes);
        out.end_row();
    };
    for (std::size_t i = 1; i < kSmallClasses; ++i) {
        const std::uint64_t objects = threads.small_objects[i].get();
        row(i * kGranule, objects, objects * i * kGranule);
    }
    for (std::size_t i = 0; i < kMediumClasses; ++i) {
        row(medium_class_limit(i), threads.medium_objects[i].get(), threads.medium_bytes[i].get());
    }
    out.end_array();
}

void write_pool_classes(Emitter& out, const ThreadCounters& threads) {
    out.begin_array("pool_classes", "pool objects by size class (where tracked)");
    for (std::size_t i = 0; i < kSizeClasses; ++i) {
        if (threads.class_peak[i].get() == 0) continue;
        out.begin_row();
        out.number("bytes", class_bytes(i));
        out.number("live", threads.class_live[i].get());
        out.number("peak", threads.class_peak[i].get());
        out.end_row();
    }
    out.end_array();
}

}  // namespace

void write_report(Emitter& out, const RecordView& view) {
    out.begin_document();
    out.text("schema", "morpharena.process");
    out.number("version", kReportSchema);
    write_process(out, *view.header);
    write_config(out, *view.header);
    out.boolean("counted", view.counted);
    if (view.counted) {
        write_summary(out, view.derived);
        write_counters(out, view);
        write_pinned(out, view.header->pinned);
        write_classes(out, view.threads);
        write_pool_classes(out, view.threads);
    }
    out.end_document();
}

}  // namespace morpharena
