// Files by raw system calls: what the record, the dump and the process facts need. No descriptor is left
// open; every one is close-on-exec, since make's job server and close_range(3, ~0) live in the programs that
// we are in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace morpharena::os {

// A descriptor that closes itself. A negative value is -errno of what failed.
class File {
  public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool good() const { return descriptor_ >= 0; }
    int error() const { return good() ? 0 : -descriptor_; }  // errno's number
    int descriptor() const { return descriptor_; }
    // Hands the descriptor (or -errno) over; this object then closes nothing.
    int release() {
        const int released = descriptor_;
        descriptor_ = -1;
        return released;
    }
    // All of `bytes`, through interruptions; false when the kernel takes no more.
    bool write(std::string_view bytes) const;

  private:
    int descriptor_;
};

// Paths are NUL-terminated. A new file is readable by its owner only; none of these follows a link at the
// last step when it creates, and what is opened to be written never becomes descriptor 0, 1 or 2.
File create_exclusive(const char* path);  // fails with EEXIST when it is there
File open_append(const char* path);       // creates it when it is not there
File open_existing(const char* path);     // to read and write
File open_read(const char* path);

// Which file it is, whatever its name is now. All zero when the kernel does not say.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    bool operator==(const FileIdentity&) const = default;
};
FileIdentity identity_of(const File& file);

// Whether anybody may rename and remove what others keep in that directory: all may write there, and it is
// not sticky as /tmp is. False when it can't be looked at.
bool anybody_may_rename_in(const char* directory);

// As much of the file as `buffer` holds; how many bytes that were, 0 when it can't be read.
std::size_t read_file(const char* path, std::span<char> buffer);

void remove_file(const char* path);

// Makes the file `bytes` long with its blocks reserved, so that writing through a mapping can't hit a full
// disk (SIGBUS). 0, or errno's number.
int reserve(const File& file, std::size_t bytes);

// Maps `bytes` of the file from `offset` (a multiple of the page size) shared; nullptr when refused.
void* map_shared(const File& file, std::size_t offset, std::size_t bytes);

// A fork child will have nothing there. False when the kernel refuses.
bool keep_from_children(void* memory, std::size_t bytes);

// Writes to descriptor 2, whatever stands there.
void write_stderr(std::string_view text);

// The working directory without a final NUL; its length, 0 when it can't be had or does not fit.
std::size_t working_directory(std::span<char> buffer);

// What the link points to, as working_directory.
std::size_t read_link(const char* path, std::span<char> buffer);

// "ENOENT" and such for the errors that opening and writing files give; "error" otherwise.
std::string_view error_name(int number);

}  // namespace morpharena::os
