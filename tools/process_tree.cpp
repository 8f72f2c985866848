#include "tools/process_tree.h"

#include <dirent.h>
#include <fmt/format.h>
#include <signal.h>

#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "tools/size_text.h"
#include "tools/small_file.h"

namespace morpharena::tool {

std::optional<ProcessStat> parse_stat(std::string_view text) {
    // pid (name) state parent ...: the name may hold blanks and brackets itself, so the last bracket ends it.
    const auto bracket = text.rfind(')');
    if (bracket == std::string_view::npos) return std::nullopt;
    std::istringstream fields{std::string(text.substr(bracket + 1))};
    ProcessStat stat{};
    std::string skipped;
    fields >> stat.state >> stat.parent;
    for (int field = 5; field < 22; ++field) fields >> skipped;
    fields >> stat.start_ticks;
    return fields ? std::optional(stat) : std::nullopt;
}

std::optional<ProcessStat> stat_of(pid_t pid) {
    const auto text = read_small_file(fmt::format("/proc/{}/stat", pid));
    return text ? parse_stat(*text) : std::nullopt;
}

std::vector<pid_t> descendants(pid_t ancestor) {
    std::multimap<pid_t, pid_t> children;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
    if (!proc) return {};
    while (const dirent* entry = ::readdir(proc.get())) {
        const auto pid = parse_count(entry->d_name);
        if (!pid) continue;
        const auto stat = stat_of(static_cast<pid_t>(*pid));
        if (stat && stat->state != 'Z') children.emplace(stat->parent, static_cast<pid_t>(*pid));
    }
    std::vector<pid_t> found;
    std::vector<pid_t> open = {ancestor};
    while (!open.empty()) {
        const auto [first, last] = children.equal_range(open.back());
        open.pop_back();
        for (auto child = first; child != last; ++child) {
            found.push_back(child->second);
            open.push_back(child->second);
        }
    }
    return found;
}

std::size_t signal_descendants(pid_t ancestor, int signal) {
    const std::vector<pid_t> all = descendants(ancestor);
    for (const pid_t pid : all) {
        ::kill(pid, signal);
        // A stopped process would not see the signal before somebody lets it go on.
        if (signal != SIGKILL) ::kill(pid, SIGCONT);
    }
    return all.size();
}

}  // namespace morpharena::tool
