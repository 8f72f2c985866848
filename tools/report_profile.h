// A profile's part of the web page and of Markdown.
#pragma once

#include <string>
#include <vector>

#include "tools/profile_model.h"

namespace morpharena::tool {

// Bodies of cards; empty where there is nothing to show.
std::string profile_flames_html(const Profile& profile);
std::string profile_table_html(const Profile& profile);
// A list of lines, each a note.
std::string profile_notes_html(const Profile& profile);

// Rows of a table for Markdown, the heading first; text that Markdown would take for its own is the caller's
// to mask.
std::vector<std::vector<std::string>> profile_table_cells(const Profile& profile);

}  // namespace morpharena::tool
