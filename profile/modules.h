// What is loaded where, as stacks come across it. Asked of glibc's _dl_find_object, which takes no lock and
// may be called anywhere; dl_iterate_phdr could wait for a dlopen in another thread, for ever in a fork
// child.
//
// An address may belong to another file than when it was last looked up. What a stack goes through can't be
// unloaded meanwhile, so each module of a stack is compared with what is known once a sample.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/observe/profile_format.h"
#include "profile/pages.h"
#include "profile/profile_file.h"
#include "profile/rule_finder.h"

namespace morpharena::profile {

struct Module {
    UnwindTables tables;
    std::uintptr_t bias = 0;
    const void* link_map = nullptr;
    std::uint64_t fingerprint = 0;    // of the file's first bytes in memory
    std::uint64_t compared = 0;       // the number of the sample for which it was last found unchanged
    bool gone = false;                // something else has been seen in its place
    bool allocator = false;           // frames in here are the allocator's own
    std::uint16_t noted = kNoModule;  // index in the present file; kNoModule: not yet
};

class Modules {
  public:
    static constexpr std::uint16_t kNone = kNoModule;

    constexpr Modules() = default;

    // Frames in the files of these two are left out of stacks.
    void set_allocator(const void* inside, const void* inside_too) { allocator_ = {inside, inside_too}; }
    // Everything is looked up anew; for a process that can't trust what it inherited.
    void forget() { used_ = 0; }
    // They are noted in a new file as stacks come across them again.
    void begin_file();
    // What was compared for an earlier sample no longer counts.
    void begin_sample() { ++sample_; }

    // The module at `place`, or kNone.
    std::uint16_t find(std::uintptr_t place);
    // Whether `index`, in which `place` was found once, is still what is there.
    bool still(std::uint16_t index, std::uintptr_t place) {
        return modules_[index].compared == sample_ || compare(index, place);
    }
    const Module& operator[](std::uint16_t index) const { return modules_[index]; }

    // The module's index in the file, where it is noted if need be; kNoModule: it can't be.
    std::uint32_t note(std::uint16_t index, ProfileFile& file);

  private:
    bool compare(std::uint16_t index, std::uintptr_t place);
    std::uint16_t add(const Module& found);

    Pages<Module> modules_;
    std::size_t used_ = 0;
    std::uint64_t sample_ = 0;
    std::array<const void*, 2> allocator_{};
};

}  // namespace morpharena::profile
