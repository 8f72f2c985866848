#include "tools/timestamp.h"

#include <fmt/chrono.h>

#include <ctime>

#include "tools/small_file.h"

namespace morpharena::tool {

std::string utc_now() {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

std::string unique_id() {
    std::string text = read_small_file("/proc/sys/kernel/random/uuid").value_or("");
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

}  // namespace morpharena::tool
