#include "tools/live_record.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "tools/process_tree.h"

namespace morpharena::tool {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;  // a record of ten thousand threads is smaller

std::size_t page_bytes() {
    static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return bytes;
}

}  // namespace

std::optional<LiveRecord> LiveRecord::open(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0) return std::nullopt;
    LiveRecord record(fd, std::make_unique<State>());
    if (!record.refresh()) return std::nullopt;
    // The pid alone may be another process's by now, or of another pid namespace.
    const RecordHeader& header = *record.view().header;
    const auto stat = stat_of(header.pid);
    if (stat && stat->start_ticks == header.start_ticks) {
        record.statm_ = ::open(fmt::format("/proc/{}/statm", header.pid).c_str(), O_RDONLY | O_CLOEXEC);
    }
    return record;
}

LiveRecord::LiveRecord(int record, std::unique_ptr<State> state)
    : record_(record), state_(std::move(state)) {}

LiveRecord::LiveRecord(LiveRecord&& other) noexcept
    : record_(std::exchange(other.record_, -1)),
      statm_(std::exchange(other.statm_, -1)),
      state_(std::move(other.state_)) {}

LiveRecord& LiveRecord::operator=(LiveRecord&& other) noexcept {
    std::swap(record_, other.record_);
    std::swap(statm_, other.statm_);
    std::swap(state_, other.state_);
    return *this;
}

LiveRecord::~LiveRecord() {
    if (record_ >= 0) ::close(record_);
    if (statm_ >= 0) ::close(statm_);
}

void LiveRecord::make_room(std::size_t bytes) {
    constexpr std::size_t kAlignment = alignof(RecordHeader);
    if (bytes <= state_->room) return;
    state_->space.assign(bytes + kAlignment, std::byte{});
    void* start = state_->space.data();
    std::size_t left = state_->space.size();
    state_->bytes = static_cast<std::byte*>(std::align(kAlignment, bytes, start, left));
    state_->room = bytes;
}

// By pread and not by a mapping: somebody who cuts the file off under us must not end us. The kernel copies
// aligned words whole, as far as anybody has seen; the counters have one writer each.
bool LiveRecord::refresh() {
    struct stat about {};
    if (::fstat(record_, &about) != 0 || !S_ISREG(about.st_mode)) return false;
    const auto size = static_cast<std::size_t>(about.st_size);
    if (size < kRecordHeaderBytes || size > kMostBytes) return false;
    const std::size_t chunk = kRecordHeaderBytes + kSlotBytes;  // most processes have one thread
    make_room(std::max(chunk, state_->room));
    auto got = ::pread(record_, state_->bytes, state_->room, 0);
    if (got < static_cast<ssize_t>(kRecordHeaderBytes)) return false;
    const std::size_t used = reinterpret_cast<const RecordHeader*>(state_->bytes)->slots_used.load();
    const std::size_t wanted = kRecordHeaderBytes + std::min(used, kMostBytes / kSlotBytes) * kSlotBytes;
    if (wanted > state_->room) {
        make_room(wanted);
        got = ::pread(record_, state_->bytes, state_->room, 0);
        if (got < static_cast<ssize_t>(kRecordHeaderBytes)) return false;
    }
    return read_record({state_->bytes, static_cast<std::size_t>(got)}, state_->view) == RecordError::none;
}

std::string LiveRecord::program() const {
    const std::string name = std::filesystem::path(executable_of(*view().header)).filename().string();
    return name.empty() ? "?" : name;
}

bool LiveRecord::ended() const {
    const RecordHeader& header = *view().header;
    if (header.state.load() == RecordState::exited) return true;
    const auto stat = stat_of(header.pid);
    return !stat || stat->start_ticks != header.start_ticks || stat->state == 'Z';
}

std::optional<MemoryNow> LiveRecord::memory() const {
    std::array<char, 128> text{};
    if (statm_ < 0 || ::pread(statm_, text.data(), text.size() - 1, 0) <= 0) return std::nullopt;
    // size resident shared ..., in pages; all of them 0 for a zombie.
    char* at = text.data();
    const auto size = std::strtoull(at, &at, 10);
    const auto resident = std::strtoull(at, &at, 10);
    const auto shared = std::strtoull(at, &at, 10);
    if (size == 0) return std::nullopt;
    return MemoryNow{(resident > shared ? resident - shared : 0) * page_bytes(),
                     view().header->process.bytes_mapped.get(), view().derived.live};
}

}  // namespace morpharena::tool
