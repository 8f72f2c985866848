// Every form of operator new and delete, and the new_handler, through malloc.
#include <cstdint>
#include <cstring>
#include <new>

#include "check.h"

static int asked;

static void give_up_at_the_third() {
    if (++asked == 3) std::set_new_handler(nullptr);
}

template <class Pointer>
static void use(Pointer* pointer, std::size_t alignment, std::size_t size) {
    CHECK(pointer != nullptr && reinterpret_cast<std::uintptr_t>(pointer) % alignment == 0, "%p",
          static_cast<void*>(pointer));
    std::memset(static_cast<void*>(pointer), 1, size);
}

int main() {
    for (std::size_t size = 1; size < 3'000'000; size = size * 3 + 1) {
        void* pointer = operator new(size);
        use(pointer, 16, size);
        operator delete(pointer);
        pointer = operator new[](size);
        use(pointer, 16, size);
        operator delete[](pointer, size);
        pointer = operator new(size, std::nothrow);
        use(pointer, 16, size);
        operator delete(pointer, std::nothrow);
        for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
            const auto wanted = static_cast<std::align_val_t>(alignment);
            pointer = operator new(size, wanted);
            use(pointer, alignment, size);
            operator delete(pointer, size, wanted);
            pointer = operator new[](size, wanted, std::nothrow);
            use(pointer, alignment, size);
            operator delete[](pointer, wanted);
        }
    }
    volatile std::size_t impossible = SIZE_MAX - 4096;
    CHECK(operator new(impossible, std::nothrow) == nullptr, "nothrow");
    std::set_new_handler(give_up_at_the_third);
    bool thrown = false;
    try {
        operator delete(operator new(impossible));
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    CHECK(thrown, "no bad_alloc");
    CHECK(asked == 3, "the new_handler was asked %d times", asked);
    return 0;
}
