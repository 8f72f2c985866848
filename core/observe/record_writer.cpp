#include "core/observe/record_writer.h"

#include <errno.h>

#include <bit>
#include <cstddef>
#include <new>

#include "core/base/text.h"
#include "core/os/file.h"
#include "core/os/process.h"

namespace morpharena {

namespace {

constexpr std::size_t kChunkBytes = kSlotsPerChunk * kSlotBytes;
constexpr std::uint32_t kMostSerials =
    100'000;  // execs of one process; a bound on the search for a free name

constinit RecordHeader private_header{};  // all zero: costs no page until it is written

// The directory made absolute: a fork child that has called chdir keeps its record beside its parent's.
bool resolve(Text& absolute, std::string_view directory) {
    if (!directory.starts_with('/')) {
        std::array<char, 4096> buffer;
        const std::size_t length = os::working_directory(buffer);
        if (length == 0) return false;
        absolute.add({buffer.data(), length}).add('/');
    }
    return !absolute.add(directory).cut();
}

// "directory/pid-starttime-serial.morpharena" into `path`; false when it does not fit.
bool name_record(Text& path, const char* directory, std::uint64_t ticks, std::uint32_t serial) {
    path.clear();
    path.add(directory).add('/').add_signed(os::process_id()).add('-').add_unsigned(ticks);
    path.add('-').add_unsigned(serial).add(kRecordSuffix);
    return !path.cut();
}

void complain(Complaints& complaints, std::string_view directory, std::string_view reason,
              std::string_view right = "a directory that can be written") {
    std::array<char, 160> buffer;
    Text expected(buffer);
    expected.add("can't take a record (").add(reason).add("); ").add(right).add(" would be right");
    complaints.add("MORPHARENA_RUN_DIR", directory, expected.view());
}

}  // namespace

void RecordWriter::begin(const Config& config, Complaints& complaints, bool tracked, bool forked) {
    header_ = nullptr;
    slots_ = nullptr;
    slots_made_ = 0;
    if (!config.run_dir.given() || !create_file(config.run_dir.view(), complaints)) {
        if (forked) new (&private_header) RecordHeader{};
        header_ = &private_header;
        header_->serial = 0;
    }
    header_->forked = forked ? 1 : 0;
    describe_process(config, complaints, tracked);
}

bool RecordWriter::create_file(std::string_view directory, Complaints& complaints) {
    const std::uint64_t ticks = os::start_ticks();
    if (directory_[0] == '\0') {
        Text absolute(directory_);
        if (!resolve(absolute, directory)) {
            directory_[0] = '\0';
            complain(complaints, directory, "the path is too long, or the working directory is gone");
            return false;
        }
    }
    // There a record's name can become another file's while the record grows.
    if (os::anybody_may_rename_in(directory_.data())) {
        complain(complaints, directory, "anybody may rename and remove files there",
                 "a directory that you alone can write, or a sticky one,");
        return false;
    }
    for (std::uint32_t serial = 0; serial < kMostSerials; ++serial) {
        Text path(path_);
        if (!name_record(path, directory_.data(), ticks, serial)) {
            complain(complaints, directory, "the path is too long");
            return false;
        }
        const os::File file = os::create_exclusive(path.c_str());
        if (file.error() == EEXIST) continue;
        if (!file.good()) {
            complain(complaints, directory, os::error_name(file.error()));
            return false;
        }
        const int refused = os::reserve(file, kRecordHeaderBytes + kChunkBytes);
        void* mapped = refused ? nullptr : os::map_shared(file, 0, kRecordHeaderBytes + kChunkBytes);
        if (mapped == nullptr) {
            complain(complaints, directory, refused ? os::error_name(refused) : "it can't be mapped");
            os::remove_file(path.c_str());
            return false;
        }
        identity_ = os::identity_of(file);
        header_ = static_cast<RecordHeader*>(mapped);
        slots_ = static_cast<std::byte*>(mapped) + kRecordHeaderBytes;
        slots_made_ = kSlotsPerChunk;
        header_->start_ticks = ticks;
        header_->serial = serial;
        return true;
    }
    return false;
}

void RecordWriter::describe_process(const Config& config, const Complaints& complaints, bool tracked) {
    RecordHeader& header = *header_;
    header.version = kRecordVersion;
    header.header_bytes = kRecordHeaderBytes;
    header.layout_hash = counters_layout_hash();
    header.slot_bytes = kSlotBytes;
    header.state.store(RecordState::running, std::memory_order_relaxed);
    header.config = {static_cast<std::uint32_t>(config.mode.value),
                     static_cast<std::uint32_t>(config.thp.value),
                     config.rewind.value,
                     config.dump_signal.value,
                     config.reset_signal.value,
                     static_cast<std::uint32_t>(config.reset.value),
                     static_cast<std::uint32_t>(config.check.value),
                     config.block_size.value,
                     config.limit.value,
                     config.budget.value};
    show(complaints);
    if (tracked) {
        header.pid = os::process_id();
        header.parent = os::parent_id();
        if (header.start_ticks == 0) header.start_ticks = os::start_ticks();
        header.start_ns = os::realtime_ns();
        const os::Limits limits = os::limits();
        header.limits = {limits.address_space, limits.data, limits.cgroup_memory, limits.machine_memory};
        header.executable[os::executable({header.executable.data(), header.executable.size() - 1})] = '\0';
        header.arguments_bytes = static_cast<std::uint32_t>(os::command_line(header.arguments));
        header.arguments_cut = header.arguments_bytes == header.arguments.size();
    }
    // Last: a reader that finds the name finds the rest. Not by a fence, of which TSan knows nothing.
    static_assert(offsetof(RecordHeader, magic) == 0);
    __atomic_store_n(reinterpret_cast<std::uint64_t*>(&header), std::bit_cast<std::uint64_t>(kRecordMagic),
                     __ATOMIC_RELEASE);
}

void RecordWriter::show(const Complaints& complaints) {
    const std::string_view lines = complaints.view();
    for (std::size_t i = 0; i < lines.size(); ++i) header_->complaints[i] = lines[i];
    header_->complaints_bytes = static_cast<std::uint32_t>(lines.size());
}

bool RecordWriter::grow() {
    const os::File file = os::open_existing(path_.data());
    const std::size_t end = kRecordHeaderBytes + slots_made_ * kSlotBytes;
    // The name may have become another file's: that one is not to be written to.
    if (!file.good() || os::identity_of(file) != identity_) return false;
    if (os::reserve(file, end + kChunkBytes) != 0) return false;
    void* mapped = os::map_shared(file, end, kChunkBytes);
    if (mapped == nullptr) return false;
    slots_ = static_cast<std::byte*>(mapped);
    slots_made_ += kSlotsPerChunk;
    return true;
}

ThreadCounters* RecordWriter::new_slot() {
    if (!in_file()) return nullptr;
    const std::uint32_t used = header_->slots_used.load(std::memory_order_relaxed);
    if (used == slots_made_ && !grow()) {
        header_->process.threads_uncounted.add(1);
        return nullptr;
    }
    header_->slots_used.store(used + 1, std::memory_order_release);
    return reinterpret_cast<ThreadCounters*>(slots_ + used % kSlotsPerChunk * kSlotBytes);
}

void RecordWriter::sample() {
    ProcessCounters& process = header_->process;
    const os::Usage usage = os::usage();
    process.minor_faults.set(usage.minor_faults);
    process.major_faults.set(usage.major_faults);
    process.user_time.set(usage.user_us);
    process.system_time.set(usage.system_us);
    process.peak_rss.raise_to(os::peak_rss());
}

void RecordWriter::finish() {
    sample();
    header_->end_ns.store(os::realtime_ns(), std::memory_order_relaxed);
    header_->state.store(RecordState::exited, std::memory_order_relaxed);
}

}  // namespace morpharena
