#include "tools/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "tools/printable.h"
#include "tools/standard_streams.h"

namespace morpharena::tool {

Progress::Progress(std::string counted, std::string notes)
    : counted_(std::move(counted)),
      notes_(std::move(notes)),
      on_terminal_(::isatty(STDERR_FILENO) == 1),
      begin_(std::chrono::steady_clock::now()) {}

void Progress::show(std::size_t done, std::size_t total, const std::string& what) {
    if (done != 0 && !notes_.empty()) clear();
    if (!on_terminal_) return;
    std::string left;
    if (done != 0 && total != 0) {
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
        const double seconds = spent.count() / static_cast<double>(done) * static_cast<double>(total - done);
        left = fmt::format(", about {:.0f} s left", seconds);
    }
    write_to_stderr(fmt::format(
        "\r\x1b[K{}", fit(fmt::format("{} {}{}: {}{}", counted_, done + 1,
                                      total == 0 ? "" : fmt::format(" of {}", total), printable(what), left),
                          79)));
    std::fflush(stderr);
    shown_ = true;
}

void Progress::clear() {
    wipe();
    write_to_stderr(std::exchange(notes_, {}));
}

void Progress::wipe() {
    if (shown_) write_to_stderr("\r\x1b[K");
    shown_ = false;
}

}  // namespace morpharena::tool
