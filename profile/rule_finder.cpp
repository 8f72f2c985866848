#include "profile/rule_finder.h"

#include <errno.h>
#include <libunwind-x86_64.h>
#include <string.h>

// Exported and used by tools that unwind another process (perf does), but declared in no installed header.
extern "C" int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t space, unw_word_t ip,
                                                  unw_dyn_info_t* table, unw_proc_info_t* info,
                                                  int need_unwind_info, void* argument);

namespace morpharena::profile {

namespace {

// Marked values: no address of a process has any of the bits from 48 on. A register holds its number in bits
// 56 to 61, so that what is near it still tells which it was; a word in memory holds its address + kStored.
constexpr std::uintptr_t kFirstMark = std::uintptr_t{1} << 48;
constexpr unsigned kMarkShift = 56;
constexpr std::uintptr_t kStored = std::uintptr_t{1} << 62;

constexpr std::uintptr_t marked(unsigned number) {
    return static_cast<std::uintptr_t>(number + 1) << kMarkShift;
}
constexpr std::uintptr_t kStack = marked(UNW_X86_64_RSP);
constexpr std::uintptr_t kFrame = marked(UNW_X86_64_RBP);

unw_addr_space_t space = nullptr;

struct Question {
    std::uintptr_t place;
    const UnwindTables* tables;
    bool answered = false;  // the tables had something
};

int find_proc_info(unw_addr_space_t asking, unw_word_t ip, unw_proc_info_t* info, int need_unwind_info,
                   void* argument) {
    auto& question = *static_cast<Question*>(argument);
    const unsigned char* header = question.tables->header;
    // A sorted table of 32-bit offsets from the header: the one form that ld, gold, lld and mold write.
    const bool usual =
        header != nullptr && header[0] == 1 && header[1] == 0x1b && header[2] == 0x03 && header[3] == 0x3b;
    if (!usual) return -UNW_ENOINFO;
    std::uint32_t rows = 0;
    memcpy(&rows, header + 8, sizeof rows);
    unw_dyn_info_t table{};
    table.format = UNW_INFO_FORMAT_REMOTE_TABLE;
    table.start_ip = question.tables->start;
    table.end_ip = question.tables->end;
    table.u.rti.segbase = reinterpret_cast<unw_word_t>(header);
    table.u.rti.table_data = reinterpret_cast<unw_word_t>(header) + 12;
    table.u.rti.table_len = std::uint64_t{rows} * 8 / sizeof(unw_word_t);
    const int result =
        UNW_OBJ(dwarf_search_unwind_table)(asking, ip, &table, info, need_unwind_info, argument);
    if (result >= 0) question.answered = true;
    return result;
}

int access_memory(unw_addr_space_t, unw_word_t address, unw_word_t* value, int write, void* argument) {
    const UnwindTables& tables = *static_cast<Question*>(argument)->tables;
    if (write != 0) return -UNW_EINVAL;
    if (address >= kFirstMark) {
        *value = address + kStored;
        return 0;
    }
    if (address < tables.start || tables.end - address < sizeof *value) return -UNW_EINVAL;
    memcpy(value, reinterpret_cast<const void*>(address), sizeof *value);
    return 0;
}

int access_register(unw_addr_space_t, unw_regnum_t number, unw_word_t* value, int write, void* argument) {
    if (write != 0 || number < 0 || number > UNW_X86_64_RIP) return -UNW_EBADREG;
    *value = number == UNW_X86_64_RIP ? static_cast<Question*>(argument)->place
                                      : marked(static_cast<unsigned>(number));
    return 0;
}

void put_unwind_info(unw_addr_space_t, unw_proc_info_t*, void*) {}
int no_dynamic_code(unw_addr_space_t, unw_word_t*, void*) {
    return -UNW_ENOINFO;
}
int no_float(unw_addr_space_t, unw_regnum_t, unw_fpreg_t*, int, void*) {
    return -UNW_EBADREG;
}
int no_resume(unw_addr_space_t, unw_cursor_t*, void*) {
    return -UNW_EINVAL;
}
int no_name(unw_addr_space_t, unw_word_t, char*, size_t, unw_word_t*, void*) {
    return -UNW_ENOINFO;
}

// `value` as an address near a register's mark; false: it is of another register, or too far.
bool near(std::uintptr_t value, std::uintptr_t mark, Base base, Base& found, std::int32_t& offset) {
    const auto distance = static_cast<std::intptr_t>(value - mark);
    if (distance != static_cast<std::int32_t>(distance)) return false;
    found = base;
    offset = static_cast<std::int32_t>(distance);
    return true;
}

bool near_register(std::uintptr_t value, Base& base, std::int32_t& offset) {
    return near(value, kStack, Base::sp, base, offset) || near(value, kFrame, Base::bp, base, offset);
}

// Where in memory a word was read from that came back as `value`.
bool read_from(std::uintptr_t value, std::uintptr_t cfa, Base& base, std::int32_t& offset) {
    const std::uintptr_t address = value - kStored;
    return near_register(address, base, offset) || near(address, cfa, Base::cfa, base, offset);
}

// The code that a handler returns to: mov $SYS_rt_sigreturn, %rax; syscall.
bool returns_from_signal(std::uintptr_t pc, const UnwindTables& tables) {
    constexpr unsigned char kCode[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
    return pc < tables.end && tables.end - pc >= sizeof kCode &&
           memcmp(reinterpret_cast<const void*>(pc), kCode, sizeof kCode) == 0;
}

bool read_rule(unw_cursor_t& cursor, UnwindRule& rule) {
    unw_word_t pc = 0;
    unw_word_t sp = 0;
    unw_word_t bp = 0;
    if (unw_get_reg(&cursor, UNW_X86_64_RIP, &pc) < 0 || unw_get_reg(&cursor, UNW_X86_64_RSP, &sp) < 0 ||
        unw_get_reg(&cursor, UNW_X86_64_RBP, &bp) < 0) {
        return false;
    }
    if (!near_register(sp, rule.cfa_base, rule.cfa_offset)) {
        if (!near_register(sp - kStored, rule.cfa_base, rule.cfa_offset)) return false;
        rule.cfa_stored = true;
    }
    rule.bp_saved = bp != kFrame;
    if (rule.bp_saved && !read_from(bp, sp, rule.bp_base, rule.bp_offset)) return false;
    return read_from(pc, sp, rule.pc_base, rule.pc_offset);
}

}  // namespace

bool prepare_rule_finder() {
    static unw_accessors_t accessors = {find_proc_info,  put_unwind_info, no_dynamic_code, access_memory,
                                        access_register, no_float,        no_resume,       no_name};
    space = unw_create_addr_space(&accessors, 0);
    return space != nullptr && unw_set_caching_policy(space, UNW_CACHE_NONE) == 0;
}

const char* unwinder_name() {
#define TEXT_OF(value) #value
#define VERSION_TEXT(major, minor, extra) "libunwind " TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(extra)
    return VERSION_TEXT(UNW_VERSION_MAJOR, UNW_VERSION_MINOR, UNW_VERSION_EXTRA);
}

UnwindRule find_rule(std::uintptr_t place, const UnwindTables& tables) {
    const int kept = errno;
    UnwindRule rule;
    rule.place = place;
    rule.signal_frame = returns_from_signal(place + 1, tables);
    Question question{rule.signal_frame ? place + 1 : place, &tables};
    unw_cursor_t cursor;
    if (unw_init_remote(&cursor, space, &question) == 0) {
        const int moved = unw_step(&cursor);
        if (moved >= 0 && question.answered) {
            if (moved == 0) {
                rule.kind = UnwindRule::Kind::last;
            } else if (read_rule(cursor, rule)) {
                rule.kind = UnwindRule::Kind::frame;
            }
        }
    }
    errno = kept;
    return rule;
}

}  // namespace morpharena::profile
