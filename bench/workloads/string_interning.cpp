// Each name is first written into a scratch copy, as a scanner does, and looked up; the copy is freed. One
// lookup in four or so meets a new name, which is kept with its entry.
#include <cstring>

#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

namespace morpharena::bench {
namespace {

struct Entry {
    Entry* next;
    char* text;
    std::size_t id, length;
};

std::size_t length_of(std::size_t id) {
    return 3 + id * 7919 % 26;
}

std::size_t bucket_of(std::size_t id, std::size_t buckets) {
    return id * 0x9E3779B97F4A7C15U >> 32 & (buckets - 1);
}

}  // namespace

void string_interning(Stage& stage) {
    constexpr std::size_t kBuckets = 65'536;
    Pages<std::uint32_t> names(stage.count());
    for (std::uint32_t& name : names)
        name = static_cast<std::uint32_t>(stage.random()() % (stage.count() / 4 + 1));
    while (stage.round()) {
        std::size_t bytes = kBuckets * sizeof(Entry*), kept = bytes, objects = 1 + stage.count();
        auto** table = static_cast<Entry**>(std::calloc(kBuckets, sizeof(Entry*)));
        if (table == nullptr) std::abort();
        for (const std::size_t id : names) {
            const std::size_t length = length_of(id);
            void* scratch = stage.make(length);
            bytes += length;
            Entry** entry = &table[bucket_of(id, kBuckets)];
            while (*entry != nullptr && (*entry)->id != id) entry = &(*entry)->next;
            if (*entry == nullptr) {
                *entry = static_cast<Entry*>(stage.make_alike(sizeof(Entry)));
                **entry = {nullptr, static_cast<char*>(stage.make(length)), id, length};
                std::memcpy((*entry)->text, scratch, length);
                objects += 2;
                kept += sizeof(Entry) + length;
            }
            std::free(scratch);
        }
        stage.end();
        stage.made(objects, bytes + kept - kBuckets * sizeof(Entry*), kept);
        stage.release([&] {
            for (std::size_t i = 0; i < kBuckets; ++i) {
                for (Entry* entry = table[i]; entry != nullptr;) {
                    Entry* next = entry->next;
                    std::free(entry->text);
                    std::free(entry);
                    entry = next;
                }
            }
            std::free(table);
        });
    }
}

}  // namespace morpharena::bench
