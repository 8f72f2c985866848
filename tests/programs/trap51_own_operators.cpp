// A program that replaces operator new and delete gets its own, everywhere.
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "check.h"

static int made;
static int gone;

void* operator new(std::size_t size) {
    ++made;
    return std::malloc(size);
}
void* operator new[](std::size_t size) {
    ++made;
    return std::malloc(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    ++made;
    return std::aligned_alloc(static_cast<std::size_t>(alignment), size);
}
void operator delete(void* pointer) noexcept {
    ++gone;
    std::free(pointer);
}
void operator delete(void* pointer, std::size_t) noexcept {
    operator delete(pointer);
}
void operator delete[](void* pointer) noexcept {
    ++gone;
    std::free(pointer);
}
void operator delete[](void* pointer, std::size_t) noexcept {
    operator delete[](pointer);
}
void operator delete(void* pointer, std::align_val_t) noexcept {
    ++gone;
    std::free(pointer);
}
void operator delete(void* pointer, std::size_t, std::align_val_t alignment) noexcept {
    operator delete(pointer, alignment);
}

struct alignas(128) Wide {
    char bytes[128];
};

int main() {
    delete new int;
    delete[] new int[100];
    Wide* wide = new Wide;
    HIDE(wide);
    CHECK(reinterpret_cast<std::size_t>(wide) % 128 == 0, "%p", static_cast<void*>(wide));
    delete wide;
    CHECK(made == 3 && gone == 3, "%d made, %d gone", made, gone);
    { std::vector<std::string> words(50, std::string(100, 'x')); }
    CHECK(made > 50 && made == gone, "%d made, %d gone", made, gone);
    return 0;
}
