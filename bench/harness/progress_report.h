// Told before each run: how many are done, how many there will be, and what comes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace morpharena::bench {

using ProgressReport = std::function<void(std::size_t done, std::size_t total, const std::string& what)>;

}  // namespace morpharena::bench
