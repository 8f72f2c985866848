#include "tools/top_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/printable.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

std::string bytes_or_dash(std::uint64_t bytes) {
    return bytes == 0 ? "-" : bytes_text(static_cast<double>(bytes));
}

std::string rate_or_dash(double a_second, bool bytes) {
    if (a_second < 0.5) return "-";
    return (bytes ? bytes_text(a_second) : count_text(a_second)) + "/s";
}

std::string head(const TreeSnapshot& snapshot, const std::string& where, bool colour) {
    std::uint64_t anonymous = 0, live = 0, mapped = 0;
    for (const LiveProcess& process : snapshot.alive) {
        anonymous += process.memory.anonymous;
        live += process.memory.live;
        mapped += process.memory.mapped;
    }
    std::string text = styled("morpharena top", Style::heading, colour) + ": " + printable(where) + "\n";
    text += fmt::format("{} alive, {} ended; anonymous {}, mapped {}, live {}\n", snapshot.alive.size(),
                        snapshot.ended, bytes_or_dash(anonymous), bytes_or_dash(mapped), bytes_or_dash(live));
    text += fmt::format("{} objects, {} asked for; now {} and {}\n",
                        count_text(static_cast<double>(snapshot.objects)),
                        bytes_or_dash(snapshot.bytes_asked), rate_or_dash(snapshot.objects_a_second, false),
                        rate_or_dash(snapshot.bytes_a_second, true));
    if (snapshot.unreadable != 0) {
        text += fmt::format(
            "{} files here are no record that this command can read (morpharena stats says why)\n",
            snapshot.unreadable);
    }
    return text + "\n";
}

Table processes(const TreeSnapshot& snapshot, std::size_t most) {
    Table table({{"program", Align::left, 26},
                 {"pid"},
                 {"mode", Align::left},
                 {"anonymous"},
                 {"mapped"},
                 {"live"},
                 {"live peak"},
                 {"objects/s"},
                 {"asked/s"}});
    for (const LiveProcess& process : snapshot.alive) {
        if (most-- == 0) break;
        table.add({{process.program},
                   {fmt::format("{}", process.pid)},
                   {process.bypassed ? "bypassed" : process.mode},
                   {bytes_or_dash(process.memory.anonymous)},
                   {bytes_or_dash(process.memory.mapped)},
                   {bytes_or_dash(process.memory.live)},
                   {bytes_or_dash(process.derived.live_peak)},
                   {rate_or_dash(process.objects_a_second, false)},
                   {rate_or_dash(process.bytes_a_second, true)}});
    }
    return table;
}

}  // namespace

std::string cut_line(const std::string& line, std::size_t columns) {
    std::string out;
    std::size_t width = 0;
    bool styled_now = false;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == '\x1b') {
            const std::size_t end = std::min(line.find('m', at), line.size() - 1);
            styled_now = line.compare(at, end + 1 - at, "\x1b[0m") != 0;
            out.append(line, at, end + 1 - at);
            at = end + 1;
            continue;
        }
        std::size_t end = at + 1;
        while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0u) == 0x80u) ++end;
        if (++width > columns) break;
        out.append(line, at, end - at);
        at = end;
    }
    return styled_now ? out + "\x1b[0m" : out;
}

std::string top_text(const TreeSnapshot& snapshot, const std::string& where, const ScreenSize* size,
                     bool colour) {
    std::string text = head(snapshot, where, colour);
    const auto used =
        static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;  // and the titles
    const std::size_t room = size == nullptr     ? snapshot.alive.size()
                             : size->rows > used ? size->rows - used
                                                 : 0;
    text += snapshot.alive.empty() ? "no process with a record is alive\n"
                                   : processes(snapshot, room).text(colour);
    if (size == nullptr) return text;
    std::string fitted;
    std::size_t begin = 0;
    for (std::size_t row = 0; row < size->rows && begin < text.size(); ++row) {
        const std::size_t end = text.find('\n', begin);
        fitted += cut_line(text.substr(begin, end - begin), size->columns) + "\n";
        begin = end + 1;
    }
    return fitted;
}

}  // namespace morpharena::tool
