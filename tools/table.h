// A table for people: columns as wide as their cells, two blanks between them, colour only where the caller
// says that the terminal wants it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace morpharena::tool {

enum class Align { left, right };
enum class Style { plain, heading, good, bad, dim };

struct Column {
    std::string title;
    Align align = Align::right;
    std::size_t most = 100;  // columns of the terminal; longer cells are cut
};

struct Cell {
    std::string text;
    Style style = Style::plain;
};

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // Cells are made printable here, so that no caller can forget it. Missing cells are empty.
    void add(std::vector<Cell> row);
    void add_gap() { rows_.emplace_back(); }

    std::string text(bool colour) const;
    bool empty() const { return rows_.empty(); }

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

// True when `fd` is a terminal and NO_COLOR (no-color.org) is not set.
bool wants_colour(int fd);

// `text` in a style, or as it is when `colour` is false.
std::string styled(const std::string& text, Style style, bool colour);

}  // namespace morpharena::tool
