// What a run built, told by a hash: another allocator must not change it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace morpharena::tool {

struct BuiltFile {
    std::string file;
    std::optional<std::string> hash;  // XXH3, 128 bits, in hexadecimal; nothing: it cannot be read
    bool written = true;              // false: it is the very file that was there before the run
};

// Tells a file from its predecessor of the same name.
struct FileStamp {
    ino_t inode = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const FileStamp&) const = default;
};

std::vector<FileStamp> stamps_of(const std::vector<std::string>& files);
std::vector<BuiltFile> hashes_of(const std::vector<std::string>& files, const std::vector<FileStamp>& before);

// The name of the first file that differs, or empty.
std::string first_difference(const std::vector<BuiltFile>& expected, const std::vector<BuiltFile>& found);

}  // namespace morpharena::tool
