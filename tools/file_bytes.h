// The bytes of a file that somebody else wrote, aligned as the structs in them want to be.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace morpharena::tool {

class FileBytes {
  public:
    FileBytes() = default;
    ~FileBytes();
    FileBytes(const FileBytes&) = delete;
    FileBytes& operator=(const FileBytes&) = delete;

    // Once. Returns what is wrong, or an empty text. Never blocks on a pipe or a device,
    // and follows no link: in a directory that others write to, a link leads to what they can't read but we can.
    std::string read(const std::filesystem::path& file, std::size_t most);
    std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

  private:
    std::string read(int fd, std::size_t most);

    void* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace morpharena::tool
