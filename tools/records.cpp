#include "tools/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "core/report/report.h"
#include "tools/exit_code.h"
#include "tools/file_bytes.h"
#include "tools/printable.h"
#include "tools/process_tree.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

// A record of a thousand threads is some megabytes; what is larger than this is not one.
constexpr std::size_t kMostBytes = std::size_t{256} << 20;

std::string mode_name(std::uint32_t index) {
    constexpr std::array kNames = {
#define MODE(name, served, summary) #name,
#include "core/config/modes.def"
#undef MODE
    };
    return index < kNames.size() ? kNames[index] : fmt::format("mode {}", index);
}

ProcessRecord summary_of(const fs::path& file, const RecordView& view) {
    const RecordHeader& header = *view.header;
    ProcessRecord record;
    record.file = file;
    record.pid = header.pid;
    record.parent = header.parent;
    record.start_ticks = header.start_ticks;
    record.serial = header.serial;
    record.start_ns = header.start_ns;
    record.end_ns = header.end_ns.load(std::memory_order_relaxed);
    record.program = fs::path(executable_of(header)).filename().string();
    if (record.program.empty()) record.program = "?";
    record.mode = mode_name(header.config.mode);
    record.exit_called = header.state.load(std::memory_order_relaxed) == RecordState::exited;
    record.bypassed = header.bypassed != 0;
    record.derived = view.derived;
    record.peak_rss = header.process.peak_rss.get();
    record.cpu_seconds =
        static_cast<double>(header.process.user_time.get() + header.process.system_time.get()) / 1e6;
    record.complaints = complaints_of(header);
    return record;
}

void find_endings(std::vector<ProcessRecord>& processes) {
    std::map<std::pair<std::int32_t, std::uint64_t>, std::uint32_t> last_serial;
    for (const ProcessRecord& record : processes) {
        auto& last = last_serial[{record.pid, record.start_ticks}];
        last = std::max(last, record.serial);
    }
    for (ProcessRecord& record : processes) {
        if (record.exit_called) {
            record.ending = Ending::exited;
        } else if (last_serial[{record.pid, record.start_ticks}] > record.serial) {
            record.ending = Ending::replaced;
        } else {
            const auto stat = stat_of(record.pid);
            const bool alive = stat && stat->start_ticks == record.start_ticks && stat->state != 'Z';
            record.ending = alive ? Ending::running : Ending::unannounced;
        }
    }
}

// `error` says what was wrong where the file itself could be read.
Damage read_one(const fs::path& file, const std::function<void(const RecordView&)>& use, RecordError& error) {
    FileBytes bytes;
    std::string problem = bytes.read(file, kMostBytes);
    RecordView view{};
    if (problem.empty()) {
        error = read_record(bytes.bytes(), view);
        if (error != RecordError::none) problem = describe(error);
    }
    if (!problem.empty()) return fmt::format("{}: {}", printable(file.string()), problem);
    use(view);
    return {};
}

bool append(void* context, std::string_view piece) {
    static_cast<std::string*>(context)->append(piece);
    return true;
}

}  // namespace

const char* describe(Ending ending) {
    switch (ending) {
        case Ending::exited:
            return "exit";
        case Ending::replaced:
            return "exec";
        case Ending::running:
            return "running";
        case Ending::unannounced:
            return "killed or _exit";
    }
    return "?";
}

std::vector<fs::path> record_files(const fs::path& directory) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() == kRecordSuffix) files.push_back(entry->path());
    }
    if (error) throw BadInput(fmt::format("{}: {}", printable(directory.string()), error.message()));
    std::sort(files.begin(), files.end());
    return files;
}

Damage with_record(const fs::path& file, const std::function<void(const RecordView&)>& use) {
    RecordError ignored = RecordError::none;
    return read_one(file, use, ignored);
}

Records read_records(const std::vector<fs::path>& files) {
    Records records;
    for (const fs::path& file : files) {
        RecordError error = RecordError::none;
        Damage damage = read_one(
            file, [&](const RecordView& view) { records.processes.push_back(summary_of(file, view)); },
            error);
        if (damage.empty()) continue;
        (error == RecordError::not_begun ? records.not_begun : records.damaged).push_back(std::move(damage));
    }
    find_endings(records.processes);
    std::stable_sort(records.processes.begin(), records.processes.end(),
                     [](const auto& a, const auto& b) { return a.start_ns < b.start_ns; });
    return records;
}

double recorded_cpu(std::span<const ProcessRecord> processes) {
    double sum = 0;
    for (const ProcessRecord& process : processes)
        sum += process.ending == Ending::replaced ? 0 : process.cpu_seconds;
    return sum;
}

std::vector<std::string> complaints_in(std::span<const ProcessRecord> processes) {
    using Process = std::pair<std::int32_t, std::uint64_t>;  // exec keeps the process, and begins a record
    std::map<std::string, std::set<Process>> said_by;
    for (const ProcessRecord& record : processes) {
        std::istringstream lines(record.complaints);
        for (std::string line; std::getline(lines, line);)
            said_by[printable(line)].insert({record.pid, record.start_ticks});
    }
    std::vector<std::string> said;
    for (const auto& [line, by] : said_by)
        said.push_back(by.size() == 1 ? line : fmt::format("{} ({} processes)", line, by.size()));
    return said;
}

std::string full_report(const fs::path& file, bool json) {
    std::string text;
    with_record(file, [&](const RecordView& view) {
        std::array<char, 2048> buffer;
        Emitter emitter(json ? Format::json : Format::text, append, &text, buffer);
        write_report(emitter, view);
        emitter.flush();
    });
    return text;
}

}  // namespace morpharena::tool
