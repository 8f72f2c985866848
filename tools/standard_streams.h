// Our own stdin, stdout and stderr, which may be closed, full, or have no reader left: none of that ends us,
// as there is something to clean up.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace morpharena::tool {

// Once, at the start of main: a closed stream's number is taken, so that no file of ours gets it (writing to
// it still fails), and a write that fails by SIGPIPE or SIGXFSZ fails by errno instead.
void secure_standard_streams();

// In a child, before it becomes another program: what we were given for those two signals.
void restore_write_signals();

// Tells people something on stderr. Where it cannot be written there is nobody to complain to.
void write_to_stderr(std::string_view text);

// All of a text (a table, a help), or BadInput.
void print_text(const std::string& text, std::FILE* to);

}  // namespace morpharena::tool
