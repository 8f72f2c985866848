#include "shim/dump.h"

#include <errno.h>

#include <array>

#include "core/base/text.h"
#include "core/heap/process_heap.h"
#include "core/os/file.h"
#include "core/os/process.h"
#include "core/report/report.h"

namespace morpharena {

namespace {

constexpr unsigned kMostSerials = 100'000;

// What a dump needs of memory, for whoever has the turn: the signal may come to a thread with the smallest
// stack there is, 16 KiB with what libc and the kernel have of it.
struct Desk {
    RecordView view;
    std::array<char, 4096> name;
    std::array<char, 1024> executable;
    std::array<char, 2048> unwritten;
};
constinit Desk desk{};

bool to_file(void* context, std::string_view piece) {
    return static_cast<const os::File*>(context)->write(piece);
}

bool to_stderr(void*, std::string_view piece) {
    os::write_stderr(piece);
    return true;
}

// The name that the template makes: %e the program's name, %p its pid, %n the serial, %% a percent sign.
// `numbered` tells whether there was a %n. False when it does not fit.
bool expand(Text& name, std::string_view pattern, unsigned serial, bool& numbered) {
    name.clear();
    numbered = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char next = pattern[i] == '%' && i + 1 < pattern.size() ? pattern[i + 1] : '\0';
        switch (next) {
            case 'e': {
                const std::string_view path(desk.executable.data(), os::executable(desk.executable));
                const std::size_t start = path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1;
                name.add({path.data() + start, path.size() - start});
                break;
            }
            case 'p':
                name.add_signed(os::process_id());
                break;
            case 'n':
                name.add_unsigned(serial);
                numbered = true;
                break;
            case '%':
                name.add('%');
                break;
            default:
                name.add(pattern[i]);
                continue;
        }
        ++i;
    }
    return !name.cut();
}

// Opens the first name that nobody has, or the one name there is at its end.
os::File open_place(std::string_view pattern) {
    Text name(desk.name);
    for (unsigned serial = 0; serial < kMostSerials; ++serial) {
        bool numbered = false;
        if (!expand(name, pattern, serial, numbered)) return os::File(-ENAMETOOLONG);
        if (!numbered) return os::open_append(name.c_str());
        const int descriptor = os::create_exclusive(name.c_str()).release();
        if (descriptor != -EEXIST) return os::File(descriptor);
    }
    return os::File(-EEXIST);
}

void complain(std::string_view reason) {
    std::array<char, 160> buffer;
    Text expected(buffer);
    expected.add("can't be written (")
        .add(reason)
        .add("); stderr, or a path that can be written, would be right");
    process_heap.complain("MORPHARENA_STATS", process_heap.config().stats.view(), expected.view());
}

bool write_report_to(Format format, Sink sink, void* context) {
    Emitter emitter(format, sink, context, desk.unwritten);
    write_report(emitter, desk.view);
    emitter.flush();
    return emitter.good();
}

// Empty, or what went wrong. No signal ends it half-way.
std::string_view write_whole() {
    const os::SignalsBlocked blocked;
    const std::string_view place = process_heap.config().stats.view();
    if (place == "stderr") {
        write_report_to(Format::text, to_stderr, nullptr);
        return {};
    }
    os::File file = open_place(place);
    if (!file.good()) return os::error_name(file.error());
    const Format format = place.ends_with(".json") ? Format::json : Format::text;
    if (write_report_to(format, to_file, &file)) return {};
    return "the disk is full, or the file can't grow";
}

void write_now() {
    process_heap.record().sample();
    process_heap.snapshot(desk.view);
    const std::string_view wrong = write_whole();
    if (!wrong.empty()) complain(wrong);
}

// Looks once more when the turn is free: who counted a dump as owed before that has found it taken. Neither
// may see the other's word late: all of these but the unlock are sequentially consistent, and that is an
// exchange.
void give_up_turn() {
    do {
        for (unsigned owed = process_heap.dumps_owed().exchange(0); owed != 0; --owed) write_now();
        process_heap.turn().unlock();
    } while (process_heap.dumps_owed().load() != 0 && process_heap.turn().try_lock());
}

}  // namespace

void write_dump() {
    if (!process_heap.awake() || !process_heap.config().stats.given()) return;
    process_heap.turn().lock();
    write_now();
    give_up_turn();
}

void ask_for_dump() {
    if (!process_heap.awake() || !process_heap.config().stats.given()) return;
    // A vfork child runs in its parent's memory: the dump would be the parent's.
    if (!process_heap.is_own_process()) return;
    process_heap.dumps_owed().fetch_add(1);
    if (process_heap.turn().try_lock()) give_up_turn();
}

void take_turn_to_fork() {
    if (process_heap.awake()) process_heap.turn().lock();
}

void give_up_turn_to_fork() {
    if (process_heap.awake()) give_up_turn();
}

}  // namespace morpharena
