#include "core/base/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace morpharena {
namespace {

TEST(Utf8, LengthOfWhatIsWellFormed) {
    const std::pair<const char*, std::size_t> good[] = {
        {"a", 1},  {"\x7f", 1},   {"ä!", 2}, {"\u07ff", 2},
        {"€!", 3}, {"\uffff", 3}, {"😀!", 4}, {"\xf4\x8f\xbf\xbf", 4},
    };
    for (const auto& [text, length] : good) EXPECT_EQ(utf8_length(text), length) << text;
    EXPECT_EQ(utf8_length(std::string_view("\0", 1)), 1u);
    for (const char* bad :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
        EXPECT_EQ(utf8_length(bad), 0u) << bad;
    }
}

TEST(Utf8, ControlsAreWhatATerminalObeys) {
    for (const char* text : {"\n", "\x1b", "\x7f", "\u0080", "\u009b", "\u009f", "\u2028", "\u202a", "\u202e",
                             "\u2066", "\u2069"})
        EXPECT_TRUE(is_control(text, utf8_length(text))) << text;
    for (const char* text : {" ", "~", "\u00a0", "ä", "\u2027", "\u202f", "\u2065", "\u206a", "€", "😀"})
        EXPECT_FALSE(is_control(text, utf8_length(text))) << text;
}

}  // namespace
}  // namespace morpharena
