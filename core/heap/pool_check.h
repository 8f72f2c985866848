// With MORPHARENA_CHECK: freed objects of slabs are filled, and looked at when they are handed out again, so
// that writes after the free are seen and a free list that such a write has torn is not followed.
//
//   freed object | link | link, disguised | fill ... up to kFilled bytes | the rest as it was |
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/heap/slab.h"
#include "core/heap/thread_heap.h"

namespace morpharena {

class ProcessHeap;

// Of larger objects only so many bytes: it is their beginning that is written to, and a page of theirs that
// the program never touched stays untouched.
inline constexpr std::size_t kFilled = kSmallLimit;

// `object` is about to be put on its slab's free list, or on its list of remote frees.
void fill_freed(const Slab& slab, std::uintptr_t object);
// Notes a second time that `link` is what follows it on the free list.
void seal_freed(std::uintptr_t object, std::uintptr_t link);

// pool.h's pop: the object is looked at, and what is wrong is reported. Where neither note of the link makes
// sense, the rest of the list is lost to the slab, which then never empties.
std::uintptr_t pop_checked(ProcessHeap& process, Slab& slab);

// Before a batch of remote frees, linked from `object`, is followed: cuts it where a link leads elsewhere.
void cut_torn_list(ProcessHeap& process, Slab& slab, std::uintptr_t object);

}  // namespace morpharena
