// A program that replaces operator new(size_t) and operator delete(void*) alone, as most do: libstdc++'s
// other forms (arrays, nothrow, sized) go by these two. A library with operators of its own would get in
// between.
#include <cstdlib>
#include <new>

#include "check.h"

#pragma GCC diagnostic ignored "-Wsized-deallocation"  // that there is no sized one of its own is the point

static int made;
static int gone;

void* operator new(std::size_t size) {
    ++made;
    return std::malloc(size);
}
void operator delete(void* pointer) noexcept {
    ++gone;
    std::free(pointer);
}

// Which form makes an object and which ends it, each through a pointer that the compiler can't see.
static void expect(int count, const char* form) {
    CHECK(made == count && gone == count, "%s: %d made, %d gone", form, made, gone);
}

int main() {
    void* object = operator new(40);
    HIDE(object);
    operator delete (object, std::size_t{40});
    expect(1, "sized");
    object = operator new[](400);
    HIDE(object);
    operator delete[](object);
    expect(2, "array");
    object = operator new[](400);
    HIDE(object);
    operator delete[](object, std::size_t{400});
    expect(3, "sized array");
    object = operator new(40, std::nothrow);
    HIDE(object);
    operator delete(object, std::nothrow);
    expect(4, "nothrow");
    object = operator new[](400, std::nothrow);
    HIDE(object);
    operator delete[](object, std::nothrow);
    expect(5, "nothrow array");
    return 0;
}
