#include "tools/schedule.h"

#include <algorithm>
#include <numeric>

namespace morpharena::tool {

std::vector<std::size_t> round_order(std::size_t count, std::size_t round) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (round % 2 == 1) std::reverse(order.begin(), order.end());
    return order;
}

}  // namespace morpharena::tool
