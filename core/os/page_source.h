// Memory from the kernel. PageSource says as a concept what the heap needs of an operating system and what
// each call promises (the form is snmalloc's); Kernel is the one that the library uses, and a test may put a
// failing one in its place. No call gives the kernel an address hint: precompiled headers want theirs.
#pragma once

#include <concepts>
#include <cstddef>

namespace morpharena::os {

template <class Source>
concept PageSource = requires(std::size_t bytes, std::size_t alignment, void* memory) {
    // The kernel's page size in bytes.
    { Source::page_size() } -> std::same_as<std::size_t>;
    // `bytes` (a multiple of the page size) of zeroed private memory at a multiple of `alignment` (a power of
    // two, at least a page), or nullptr when the kernel refuses. Untouched pages cost nothing.
    { Source::map(bytes, alignment) } -> std::same_as<void*>;
    // Gives a mapping, or a page-aligned part of one, back. False when the kernel refuses (vm.max_map_count).
    { Source::unmap(memory, bytes) } -> std::same_as<bool>;
    // Grows or shrinks a whole mapping from `bytes` to `bytes`, moving its pages to a multiple of `alignment`
    // when they cannot stay. New pages are zero. nullptr when refused; the mapping is then as it was.
    { Source::remap(memory, bytes, bytes, alignment) } -> std::same_as<void*>;
    // Advice; a refusal is harmless.
    Source::prefer_huge(memory, bytes);
    Source::avoid_huge(memory, bytes);
    // The pages read as zero again and cost nothing until touched.
    { Source::discard(memory, bytes) } -> std::same_as<bool>;
    // Whether anything is mapped at that page; false, too, where the kernel does not say.
    { Source::is_mapped(memory) } -> std::same_as<bool>;
    // A fork child finds zeros here. False when the kernel is older than 4.14.
    { Source::wipe_on_fork(memory, bytes) } -> std::same_as<bool>;
};

struct Kernel {
    static std::size_t page_size();
    static void* map(std::size_t bytes, std::size_t alignment);
    static bool unmap(void* memory, std::size_t bytes);
    static void* remap(void* memory, std::size_t old_bytes, std::size_t new_bytes, std::size_t alignment);
    static void prefer_huge(void* memory, std::size_t bytes);
    static void avoid_huge(void* memory, std::size_t bytes);
    static bool discard(void* memory, std::size_t bytes);
    static bool is_mapped(void* page);
    static bool wipe_on_fork(void* memory, std::size_t bytes);
};

static_assert(PageSource<Kernel>);

}  // namespace morpharena::os
