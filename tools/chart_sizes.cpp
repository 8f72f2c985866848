#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "tools/charts.h"
#include "tools/html_text.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

std::map<std::uint64_t, SizeClass> by_powers_of_two(std::span<const SizeClass> classes) {
    std::map<std::uint64_t, SizeClass> rows;
    for (const SizeClass& one : classes) {
        const std::uint64_t limit = one.up_to > (1ull << 62) ? one.up_to : std::bit_ceil(one.up_to);
        SizeClass& row = rows[limit];
        row.up_to = limit;
        row.objects += one.objects;
        row.bytes += one.bytes;
    }
    return rows;
}

double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string size_text(std::uint64_t bytes) {
    return std::has_single_bit(bytes) && bytes < 1024 ? fmt::format("{} B", bytes)
           : bytes % (1 << 20) == 0                   ? fmt::format("{} MiB", bytes >> 20)
           : bytes % (1 << 10) == 0                   ? fmt::format("{} KiB", bytes >> 10)
                                                      : bytes_text(static_cast<double>(bytes));
}

}  // namespace

std::string size_chart(std::span<const SizeClass> classes) {
    const auto rows = by_powers_of_two(classes);
    std::uint64_t objects = 0, bytes = 0;
    double largest = 0;
    for (const auto& [limit, row] : rows) {
        objects += row.objects;
        bytes += row.bytes;
    }
    for (const auto& [limit, row] : rows) {
        largest = std::max({largest, share(row.objects, objects), share(row.bytes, bytes)});
    }
    std::string text = fmt::format(
        "<p>{} objects, {} asked for. <span class=\"key k0\">objects</span> "
        "<span class=\"key k1\">bytes</span></p><div class=\"sizes\">",
        count_text(static_cast<double>(objects)), bytes_text(static_cast<double>(bytes)));
    for (const auto& [limit, row] : rows) {
        const double o = share(row.objects, objects), b = share(row.bytes, bytes);
        text += fmt::format(
            "<div class=\"name\">up to {}</div><div class=\"track\"><svg width=\"100%\" height=\"22\" "
            "role=\"img\" aria-label=\"up to {}: {} of the objects, {} of the bytes\">"
            "<rect class=\"k0\" x=\"0\" y=\"2\" width=\"{}%\" height=\"8\"/>"
            "<rect class=\"k1\" x=\"0\" y=\"12\" width=\"{}%\" height=\"8\"/></svg></div>"
            "<div class=\"value\">{} <span class=\"dim\">/ {}</span></div>\n",
            size_text(limit), size_text(limit), percent_text(o), percent_text(b),
            coordinate(100 * o / largest), coordinate(100 * b / largest), percent_text(o), percent_text(b));
    }
    return text + "</div>";
}

}  // namespace morpharena::tool
