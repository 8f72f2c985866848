// Changes a JSON document where it has meaning: bytes changed at random hardly ever leave it one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace morpharena::fuzz {

// The new size; `data` has room for `most`. What is no JSON, or grows too large, libFuzzer's own mutator
// gets.
std::size_t mutate_json(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);

}  // namespace morpharena::fuzz
