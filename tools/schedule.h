// In which order the allocators take their turns.
#pragma once

#include <cstddef>
#include <vector>

namespace morpharena::tool {

// The order within one round: 0 to count-1 in even rounds, backwards in odd ones. For two allocators that is
// ABBA, and for any number a steady drift of the machine (heat, a filling disk) falls on all alike over two
// rounds.
std::vector<std::size_t> round_order(std::size_t count, std::size_t round);

}  // namespace morpharena::tool
