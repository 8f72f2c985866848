// Private memory for the profiler's tables, straight from the kernel: no allocator is asked in here.
#pragma once

#include <cstddef>
#include <utility>

#include "core/base/align.h"
#include "core/os/page_source.h"

namespace morpharena::profile {

// An array of zeroed elements that is replaced by a larger one to grow.
template <class Element>
class Pages {
  public:
    constexpr Pages() = default;

    // False: no memory, and nothing has changed.
    bool make(std::size_t count) {
        const std::size_t bytes = align_up(count * sizeof(Element), os::Kernel::page_size());
        void* memory = os::Kernel::map(bytes, os::Kernel::page_size());
        if (memory == nullptr) return false;
        drop();
        elements_ = static_cast<Element*>(memory);
        count_ = count;
        bytes_ = bytes;
        return true;
    }
    void drop() {
        if (elements_ != nullptr) os::Kernel::unmap(elements_, bytes_);
        elements_ = nullptr;
        count_ = bytes_ = 0;
    }
    void swap(Pages& other) {
        std::swap(elements_, other.elements_);
        std::swap(count_, other.count_);
        std::swap(bytes_, other.bytes_);
    }

    std::size_t size() const { return count_; }
    Element& operator[](std::size_t index) { return elements_[index]; }
    const Element& operator[](std::size_t index) const { return elements_[index]; }

  private:
    Element* elements_ = nullptr;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace morpharena::profile
