#include "tools/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "tools/printable.h"

namespace morpharena::tool {
namespace {

std::string_view escape_of(Style style) {
    switch (style) {
        case Style::heading:
            return "\x1b[1m";
        case Style::good:
            return "\x1b[32m";
        case Style::bad:
            return "\x1b[31m";
        case Style::dim:
            return "\x1b[2m";
        case Style::plain:
            break;
    }
    return {};
}

std::string padded(const Cell& cell, Align align, std::size_t width, bool last, bool colour) {
    const std::string blanks(width - std::min(width, display_width(cell.text)), ' ');
    const std::string text = styled(cell.text, cell.style, colour);
    if (align == Align::right) return blanks + text;
    return last ? text : text + blanks;
}

}  // namespace

std::string styled(const std::string& text, Style style, bool colour) {
    const std::string_view escape = escape_of(style);
    if (!colour || escape.empty() || text.empty()) return text;
    return std::string(escape) + text + "\x1b[0m";
}

bool wants_colour(int fd) {
    const char* refused = std::getenv("NO_COLOR");
    return (refused == nullptr || *refused == '\0') && ::isatty(fd) == 1;
}

void Table::add(std::vector<Cell> row) {
    row.resize(columns_.size());
    for (std::size_t i = 0; i < row.size(); ++i) row[i].text = fit(printable(row[i].text), columns_[i].most);
    rows_.push_back(std::move(row));
}

std::string Table::text(bool colour) const {
    std::vector<Cell> titles;
    std::vector<std::size_t> widths;
    for (const Column& column : columns_) {
        titles.push_back({column.title, Style::heading});
        widths.push_back(display_width(column.title));
    }
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(row[i].text));
    }

    std::string out;
    const auto print = [&](const std::vector<Cell>& row) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i != 0) line += "  ";
            line += padded(row[i], columns_[i].align, widths[i], i + 1 == row.size(), colour);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    };
    print(titles);
    for (const auto& row : rows_) print(row);
    return out;
}

}  // namespace morpharena::tool
