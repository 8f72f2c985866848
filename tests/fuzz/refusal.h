// What the command's readers and parsers may throw.
#pragma once

#include <string>

#include "tests/fuzz/expect.h"
#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::fuzz {

// Takes what is read, or refuses it with a line for people; anything else that it throws is a find.
template <class Read>
void refuse_or_take(Read read) {
    try {
        read();
    } catch (const tool::BadInput& refusal) {
        const std::string line = refusal.what();
        EXPECT_THAT(!line.empty() && line == tool::printable(line), "not a line for people: %s",
                    line.c_str());
    }
}

}  // namespace morpharena::fuzz
