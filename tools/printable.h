// Text from elsewhere (program names, arguments, stderr) made safe to print: it must not move the cursor, set
// the window's title or break a table.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace morpharena::tool {

// Control characters (C0, DEL, and C1 as UTF-8 encodes them), those that turn the direction of text, and
// bytes that are not UTF-8 become \xNN. With `keep_lines`, line feeds and tabs stay.
std::string printable(std::string_view text, bool keep_lines = false);

// Characters of valid UTF-8 text; a column each, which is near enough for names.
std::size_t display_width(std::string_view text);

// `text` cut to `width` columns, the last of them an ellipsis when something was cut.
std::string fit(std::string_view text, std::size_t width);

// `text` broken at blanks into lines of at most `width` columns; every line but the first begins with
// `indent` blanks, which count. Line feeds stay.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

// A word of a command line as a shell would need it quoted, printable.
std::string shell_word(const std::string& word);
// All of them, a blank between two.
std::string shell_words(std::span<const std::string> words);

}  // namespace morpharena::tool
