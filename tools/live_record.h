// A record whose process is alive: opened once, read again and again.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/observe/record_reader.h"
#include "tools/timeline.h"

namespace morpharena::tool {

class LiveRecord {
  public:
    // Nothing when it cannot be opened or is no record (yet: it may be opened in the middle of being made).
    static std::optional<LiveRecord> open(const std::filesystem::path& file);

    LiveRecord(LiveRecord&& other) noexcept;
    LiveRecord& operator=(LiveRecord&& other) noexcept;
    LiveRecord(const LiveRecord&) = delete;
    LiveRecord& operator=(const LiveRecord&) = delete;
    ~LiveRecord();

    // Reads it anew. False when it can no longer be read; the view is then what it was.
    bool refresh();
    // Of the last refresh.
    const RecordView& view() const { return state_->view; }
    std::string program() const;

    // True when the process is gone, or runs something else by now. One look at /proc.
    bool ended() const;
    // What the process holds now, by the record and by /proc/<pid>/statm; nothing when it is gone.
    std::optional<MemoryNow> memory() const;

  private:
    struct State {
        std::vector<std::byte> space;  // `bytes` is the part of it that is aligned as the structs want
        std::byte* bytes = nullptr;
        std::size_t room = 0;
        RecordView view{};
    };
    LiveRecord(int record, std::unique_ptr<State> state);
    void make_room(std::size_t bytes);

    int record_ = -1;
    int statm_ = -1;  // -1: the process is not one that we see
    std::unique_ptr<State> state_;
};

}  // namespace morpharena::tool
