// A record made by hand, as bytes that can be damaged.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include "core/observe/record.h"

namespace morpharena::test {

class RecordFile {
  public:
    explicit RecordFile(std::size_t slots)
        : bytes_(kRecordHeaderBytes + slots * kSlotBytes),
          memory_(static_cast<std::byte*>(::operator new (bytes_, std::align_val_t{4096}))) {
        std::memset(memory_.get(), 0, bytes_);
        auto* header = new (memory_.get()) RecordHeader{};
        header->magic = kRecordMagic;
        header->version = kRecordVersion;
        header->header_bytes = kRecordHeaderBytes;
        header->layout_hash = counters_layout_hash();
        header->slot_bytes = kSlotBytes;
        header->slots_used = static_cast<std::uint32_t>(slots);
        header->state = RecordState::running;
        for (std::size_t i = 0; i < slots; ++i)
            new (memory_.get() + kRecordHeaderBytes + i * kSlotBytes) ThreadCounters{};
    }

    RecordHeader& header() { return *reinterpret_cast<RecordHeader*>(memory_.get()); }
    ThreadCounters& slot(std::size_t index) {
        return *reinterpret_cast<ThreadCounters*>(memory_.get() + kRecordHeaderBytes + index * kSlotBytes);
    }
    std::span<const std::byte> bytes() const { return {memory_.get(), bytes_}; }
    std::span<const std::byte> first(std::size_t count) const { return {memory_.get(), count}; }

  private:
    struct Free {
        void operator()(std::byte* memory) const { ::operator delete (memory, std::align_val_t{4096}); }
    };
    std::size_t bytes_;
    std::unique_ptr<std::byte, Free> memory_;
};

}  // namespace morpharena::test
