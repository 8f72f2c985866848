// Quantities, names and tables as people read them.
#include <gtest/gtest.h>

#include "tools/printable.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

TEST(ParseSize, TakesWholeNumbersWithASuffix) {
    EXPECT_EQ(parse_size("0"), 0u);
    EXPECT_EQ(parse_size("4096"), 4096u);
    EXPECT_EQ(parse_size("64K"), 64u << 10);
    EXPECT_EQ(parse_size("512m"), 512u << 20);
    EXPECT_EQ(parse_size("8G"), std::uint64_t{8} << 30);
    EXPECT_EQ(parse_size("2T"), std::uint64_t{2} << 40);
    EXPECT_EQ(parse_size("16777215T"), std::uint64_t{16777215} << 40);
}

TEST(ParseSize, RefusesEverythingElse) {
    for (const char* wrong : {"", "G", "8Q", "8GB", "-1", "+1", " 1", "1 ", "1.5G", "0x10", "1e3", "K8",
                              "8KK", "16777216T", "18446744073709551616", "99999999999999999999G"}) {
        EXPECT_FALSE(parse_size(wrong)) << wrong;
    }
}

TEST(Quantities, KeepThreeDigits) {
    EXPECT_EQ(bytes_text(0), "0 B");
    EXPECT_EQ(bytes_text(999), "999 B");
    EXPECT_EQ(bytes_text(1000), "0.98 KiB");
    EXPECT_EQ(bytes_text(84.0 * 1024 * 1024), "84.0 MiB");
    EXPECT_EQ(bytes_text(1023.99 * 1024), "1.00 MiB");
    EXPECT_EQ(bytes_text(8.0 * 1024 * 1024 * 1024), "8.00 GiB");
    EXPECT_EQ(seconds_text(0), "0.000 ms");
    EXPECT_EQ(seconds_text(0.0004123), "0.412 ms");
    EXPECT_EQ(seconds_text(0.812), "812 ms");
    EXPECT_EQ(seconds_text(9.99), "9990 ms");
    EXPECT_EQ(seconds_text(12.34), "12.3 s");
    EXPECT_EQ(count_text(0), "0");
    EXPECT_EQ(count_text(9999), "9999");
    EXPECT_EQ(count_text(140'000), "140 k");
    EXPECT_EQ(count_text(1'620'000), "1.62 M");
    EXPECT_EQ(count_text(999'700), "1.00 M");
    EXPECT_EQ(percent_text(0.9712), "97.1 %");
}

TEST(Printable, LeavesNothingThatATerminalObeys) {
    EXPECT_EQ(printable("gcc"), "gcc");
    EXPECT_EQ(printable("\x1b[2Jgcc"), "\\x1b[2Jgcc");
    EXPECT_EQ(printable("a\r\n\tb\x7f"), "a\\x0d\\x0a\\x09b\\x7f");
    EXPECT_EQ(printable("a\n\tb\r", true), "a\n\tb\\x0d");
    EXPECT_EQ(printable("Übersetzer"), "Übersetzer");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\xc2\\x9b"
              "31m");  // CSI as one character
    EXPECT_EQ(printable("a\u202eb\u2066c\u2028"), "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c\\xe2\\x80\\xa8");
    EXPECT_EQ(printable("“\u2027\u202f\u2065\u206a"), "“\u2027\u202f\u2065\u206a");
    EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
    EXPECT_EQ(printable("\xc3"), "\\xc3");                    // cut off
    EXPECT_EQ(printable("\xc0\x9b"), "\\xc0\\x9b");           // overlong escape
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Fit, CutsByCharactersNotBytes) {
    EXPECT_EQ(fit("größer", 6), "größer");
    EXPECT_EQ(fit("größer", 5), "größ…");
    EXPECT_EQ(display_width(fit("x86_64-linux-gnu-gcc-12", 10)), 10u);
}

TEST(Wrapped, BreaksAtBlanksAndIndents) {
    EXPECT_EQ(wrapped("one two three four", 9, 0), "one two\nthree\nfour");
    EXPECT_EQ(wrapped("one two three", 9, 2), "one two\n  three");
    EXPECT_EQ(wrapped("one\ntwo", 20, 0), "one\ntwo");
    EXPECT_EQ(wrapped("incomprehensibilities", 5, 0), "incomprehensibilities");
}

TEST(ShellWord, QuotesWhatAShellWouldTakeApart) {
    EXPECT_EQ(shell_word("-O2"), "-O2");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("two words"), "'two words'");
    EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
}

TEST(TableText, AlignsAndEscapes) {
    Table table({{"name", Align::left, 8}, {"value"}});
    table.add({{"a\x1b[31m"}, {"1"}});
    table.add({{"a long program"}, {"12345"}, {"no such column"}});
    EXPECT_EQ(table.text(false),
              "name      value\n"
              "a\\x1b[3…      1\n"
              "a long …  12345\n");
}

TEST(TableText, ColoursOnlyWhenAsked) {
    Table table({{"name", Align::left}});
    table.add({{"x", Style::good}});
    EXPECT_EQ(table.text(false).find('\x1b'), std::string::npos);
    EXPECT_NE(table.text(true).find("\x1b[32mx\x1b[0m"), std::string::npos);
}

}  // namespace
}  // namespace morpharena::tool
