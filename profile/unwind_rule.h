// How to get from a frame to its caller's, for one place in the code: what the unwind tables say of it, in
// the few forms that compilers emit, so that a known place costs a few instructions.
#pragma once

#include <cstdint>

namespace morpharena::profile {

struct Registers {
    std::uintptr_t pc = 0;
    std::uintptr_t sp = 0;
    std::uintptr_t bp = 0;
};

enum class Base : std::uint8_t { sp, bp, cfa };

struct UnwindRule {
    enum class Kind : std::uint8_t {
        none,   // the tables have nothing that we can use
        frame,  // the rest tells where the caller's registers are
        last,   // the tables say that nobody called
    };

    std::uintptr_t place = 0;  // the address that was looked up; 0: an empty slot
    std::uint16_t module = 0;  // by index
    Kind kind = Kind::none;
    bool signal_frame = false;  // the caller was interrupted: its pc is no return address
    // The canonical frame address, which is the caller's stack pointer: cfa_base (sp or bp) + cfa_offset, or
    // (cfa_stored) what is in memory there.
    Base cfa_base = Base::sp;
    bool cfa_stored = false;
    // Where in memory the caller's pc is, and its bp if that was saved at all.
    Base pc_base = Base::cfa;
    Base bp_base = Base::cfa;
    bool bp_saved = false;
    std::int32_t cfa_offset = 0;
    std::int32_t pc_offset = 0;
    std::int32_t bp_offset = 0;
};

// The caller's registers in place of the callee's. `readable(address)`: whether 8 bytes can be read there;
// false, with the registers as they were, when it says no.
template <class Readable>
inline bool step(const UnwindRule& rule, Registers& registers, Readable readable) {
    const auto value = [](std::uintptr_t address) {
        return *reinterpret_cast<const std::uintptr_t*>(address);
    };
    std::uintptr_t cfa = (rule.cfa_base == Base::sp ? registers.sp : registers.bp) +
                         static_cast<std::uintptr_t>(static_cast<std::intptr_t>(rule.cfa_offset));
    if (rule.cfa_stored) {
        if (!readable(cfa)) return false;
        cfa = value(cfa);
    }
    const auto place = [&](Base base, std::int32_t offset) {
        const std::uintptr_t from = base == Base::sp ? registers.sp : base == Base::bp ? registers.bp : cfa;
        return from + static_cast<std::uintptr_t>(static_cast<std::intptr_t>(offset));
    };
    const std::uintptr_t pc = place(rule.pc_base, rule.pc_offset);
    const std::uintptr_t bp = rule.bp_saved ? place(rule.bp_base, rule.bp_offset) : pc;
    if (!readable(pc) || !readable(bp)) return false;
    registers = {value(pc), cfa, rule.bp_saved ? value(bp) : registers.bp};
    return true;
}

}  // namespace morpharena::profile
