#include "tools/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <stdexcept>

namespace morpharena::tool {

std::string gzipped(const std::string& bytes) {
    z_stream stream{};
    constexpr int kGzip = 15 + 16;  // the largest window, in gzip's frame
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("zlib: no memory to compress with");
    }
    std::string out;
    char buffer[1 << 16];
    // avail_in is 32 bits wide.
    constexpr std::size_t kPiece = std::size_t{1} << 30;
    std::size_t done = 0;
    for (int state = Z_OK; state != Z_STREAM_END;) {
        if (stream.avail_in == 0 && done < bytes.size()) {
            const std::size_t piece = std::min(kPiece, bytes.size() - done);
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + done));
            stream.avail_in = static_cast<uInt>(piece);
            done += piece;
        }
        stream.next_out = reinterpret_cast<Bytef*>(buffer);
        stream.avail_out = sizeof buffer;
        state = deflate(&stream, done == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
        out.append(buffer, sizeof buffer - stream.avail_out);
    }
    deflateEnd(&stream);
    return out;
}

}  // namespace morpharena::tool
