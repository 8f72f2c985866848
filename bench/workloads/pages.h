// Memory for a workload's own books: mapped and touched before the clock runs, and none of the allocator's.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>

namespace morpharena::bench {

template <typename T>
class Pages {
  public:
    explicit Pages(std::size_t count)
        : count_(count),
          data_(static_cast<T*>(::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0))) {
        if (data_ == MAP_FAILED) std::abort();
    }
    ~Pages() { ::munmap(data_, bytes()); }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;

    T& operator[](std::size_t i) { return data_[i]; }
    std::size_t size() const { return count_; }
    T* begin() { return data_; }
    T* end() { return data_ + count_; }

  private:
    std::size_t bytes() const { return count_ == 0 ? 1 : count_ * sizeof(T); }

    std::size_t count_;
    T* data_;
};

}  // namespace morpharena::bench
