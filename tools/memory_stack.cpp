#include "tools/memory_stack.h"

#include <algorithm>
#include <map>

namespace morpharena::tool {
namespace {

std::uint64_t bytes_of(const MemoryNow& now) {
    return now.anonymous != 0 ? now.anonymous : now.mapped;
}

std::vector<MemoryLayer> layer_each(const Timeline& timeline) {
    std::vector<MemoryLayer> layers(timeline.processes.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        layers[i].program = timeline.processes[i].program;
        layers[i].pid = timeline.processes[i].pid;
        layers[i].values.resize(timeline.points.size());
    }
    for (std::size_t p = 0; p < timeline.points.size(); ++p) {
        for (const auto& entry : timeline.points[p].entries) {
            MemoryLayer& layer = layers[entry.process];
            layer.values[p] = bytes_of(entry.now);
            layer.peak = std::max(layer.peak, layer.values[p]);
        }
    }
    return layers;
}

std::vector<std::uint64_t> sum_of(const std::vector<MemoryLayer>& layers, const std::string* program) {
    std::vector<std::uint64_t> sum;
    for (const MemoryLayer& layer : layers) {
        if (program != nullptr && layer.program != *program) continue;
        sum.resize(layer.values.size());
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += layer.values[i];
    }
    return sum;
}

std::uint64_t largest(const std::vector<std::uint64_t>& values) {
    return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

}  // namespace

MemoryStack stack_of(const Timeline& timeline) {
    MemoryStack stack;
    std::vector<MemoryLayer> layers = layer_each(timeline);
    stack.peak = largest(sum_of(layers, nullptr));

    std::map<std::string, std::uint64_t> peaks;
    for (const MemoryLayer& layer : layers) peaks.try_emplace(layer.program, 0);
    for (auto& [program, peak] : peaks) peak = largest(sum_of(layers, &program));
    stack.programs.assign(peaks.begin(), peaks.end());
    std::stable_sort(stack.programs.begin(), stack.programs.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (stack.programs.size() > MemoryStack::kColours) stack.programs.resize(MemoryStack::kColours);
    for (MemoryLayer& layer : layers) {
        const auto found = std::find_if(stack.programs.begin(), stack.programs.end(),
                                        [&](const auto& one) { return one.first == layer.program; });
        layer.colour = found == stack.programs.end()
                           ? MemoryStack::kOtherColour
                           : static_cast<std::size_t>(found - stack.programs.begin());
    }

    std::vector<std::size_t> order(layers.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return layers[a].peak > layers[b].peak; });
    if (order.size() > MemoryStack::kMostLayers) {
        std::vector<MemoryLayer> rest;
        for (std::size_t i = MemoryStack::kMostLayers; i < order.size(); ++i)
            rest.push_back(layers[order[i]]);
        MemoryLayer other{"other processes", 0, MemoryStack::kOtherColour, 0, sum_of(rest, nullptr)};
        other.peak = largest(other.values);
        order.resize(MemoryStack::kMostLayers);
        order.push_back(layers.size());
        layers.push_back(std::move(other));
    }
    std::sort(order.begin(), order.end());
    for (const std::size_t index : order) stack.layers.push_back(std::move(layers[index]));
    return stack;
}

}  // namespace morpharena::tool
