// What the program knows of its objects: no two share a byte, and each holds what was written into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace morpharena::fuzz {

struct Object {
    unsigned char* start = nullptr;  // nullptr: none
    std::size_t size = 0;            // bytes that are patterned
    std::size_t usable = 0;
    unsigned char pattern = 0;
};

// Writes the object's pattern: all of a small one; of a large one both ends and a byte every other page.
void fill(const Object& object);
void verify(const Object& object);
// Of what realloc made of the object, the first `bytes`.
void verify(const Object& object, std::size_t bytes, const unsigned char* start);

bool is_zero(const unsigned char* start, std::size_t bytes);

// All live objects by address, for any thread.
class Live {
  public:
    void add(const Object& object);
    void remove(const Object& object);  // before it is freed: from then on another thread may get it

  private:
    std::mutex mutex_;
    std::map<std::uintptr_t, std::size_t> live_;
};

}  // namespace morpharena::fuzz
