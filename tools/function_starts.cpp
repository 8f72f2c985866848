#include "tools/function_starts.h"

#include <dwarf.h>

#include <algorithm>
#include <cstring>

namespace morpharena::tool {
namespace {

std::optional<GElf_Phdr> index_header(Elf* elf) {
    std::size_t count = 0;
    if (elf == nullptr || elf_getphdrnum(elf, &count) != 0) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, static_cast<int>(i), &header) != nullptr && header.p_type == PT_GNU_EH_FRAME)
            return header;
    }
    return std::nullopt;
}

template <class Number>
Number number_at(const Elf_Data& data, std::size_t offset) {
    Number number;
    std::memcpy(&number, static_cast<const char*>(data.d_buf) + offset, sizeof number);
    return number;
}

}  // namespace

// Linux Standard Base, "Exception Frames": version, three encodings, the frames' place, the count, then pairs
// of where a function begins and where its frame is, both from the header's own address, sorted.
FunctionStarts::FunctionStarts(Elf* elf) {
    const auto header = index_header(elf);
    if (!header) return;
    const Elf_Data* data =
        elf_getdata_rawchunk(elf, static_cast<std::int64_t>(header->p_offset), header->p_filesz, ELF_T_BYTE);
    constexpr std::size_t kHead = 12, kPair = 8;
    if (data == nullptr || data->d_size < kHead) return;
    const auto encodings = number_at<std::uint32_t>(*data, 0);
    constexpr std::uint32_t kUsual = 1 | (DW_EH_PE_pcrel | DW_EH_PE_sdata4) << 8 | DW_EH_PE_udata4 << 16 |
                                     std::uint32_t{DW_EH_PE_datarel | DW_EH_PE_sdata4} << 24;
    if (encodings != kUsual) return;
    const std::size_t room = (data->d_size - kHead) / kPair;
    const std::size_t count = std::min<std::size_t>(number_at<std::uint32_t>(*data, 8), room);
    starts_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto offset = number_at<std::int32_t>(*data, kHead + i * kPair);
        starts_.push_back(header->p_vaddr + static_cast<std::uint64_t>(std::int64_t{offset}));
    }
    std::sort(starts_.begin(), starts_.end());
}

std::optional<std::uint64_t> FunctionStarts::before(std::uint64_t address) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), address);
    return after == starts_.begin() ? std::nullopt : std::optional(*std::prev(after));
}

}  // namespace morpharena::tool
