#include "core/base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace morpharena {
namespace {

TEST(Text, JoinsPieces) {
    std::array<char, 64> buffer;
    Text text(buffer);
    EXPECT_STREQ(text.c_str(), "");
    text.add("a").add('-').add_unsigned(0).add('-').add_signed(-12).add('-').add_hex(0xbeef);
    EXPECT_EQ(text.view(), "a-0--12-0xbeef");
    EXPECT_STREQ(text.c_str(), "a-0--12-0xbeef");
    EXPECT_FALSE(text.cut());
    text.clear();
    EXPECT_EQ(text.view(), "");
    EXPECT_STREQ(text.c_str(), "");
}

TEST(Text, NumbersAtTheirEnds) {
    std::array<char, 64> buffer;
    EXPECT_EQ(Text(buffer).add_unsigned(UINT64_MAX).view(), "18446744073709551615");
    EXPECT_EQ(Text(buffer).add_signed(INT64_MIN).view(), "-9223372036854775808");
    EXPECT_EQ(Text(buffer).add_signed(INT64_MAX).view(), "9223372036854775807");
    EXPECT_EQ(Text(buffer).add_hex(UINT64_MAX).view(), "0xffffffffffffffff");
    EXPECT_EQ(Text(buffer).add_hex(0).view(), "0x0");
}

TEST(Text, FixedPoint) {
    std::array<char, 64> buffer;
    EXPECT_EQ(Text(buffer).add_fixed(1234, 2).view(), "12.34");
    EXPECT_EQ(Text(buffer).add_fixed(4, 2).view(), "0.04");
    EXPECT_EQ(Text(buffer).add_fixed(0, 6).view(), "0.000000");
    EXPECT_EQ(Text(buffer).add_fixed(77, 0).view(), "77");
    EXPECT_EQ(Text(buffer).add_fixed(UINT64_MAX, 6).view(), "18446744073709.551615");
}

TEST(Text, CutsWhatDoesNotFitAndSaysSo) {
    std::array<char, 8> buffer;
    buffer.fill('x');
    Text text(buffer);
    text.add("1234567");
    EXPECT_FALSE(text.cut());
    text.add("8");
    EXPECT_TRUE(text.cut());
    EXPECT_STREQ(text.c_str(), "1234567");
    text.clear();
    EXPECT_FALSE(text.cut());
    text.add("abcdefghij");
    EXPECT_TRUE(text.cut());
    EXPECT_EQ(text.view(), "abcdefg");
}

TEST(Text, WritesNothingIntoNoBuffer) {
    Text text({});
    text.add("abc");
    EXPECT_TRUE(text.cut());
    EXPECT_EQ(text.view().size(), 0u);
}

TEST(Text, ParsesDigitsOnly) {
    std::uint64_t value = 99;
    EXPECT_TRUE(parse_unsigned("0", value));
    EXPECT_EQ(value, 0u);
    EXPECT_TRUE(parse_unsigned("18446744073709551615", value));
    EXPECT_EQ(value, UINT64_MAX);
    EXPECT_TRUE(parse_unsigned("0000000000000000000000000007", value));
    EXPECT_EQ(value, 7u);
    for (const char* bad :
         {"", " 1", "1 ", "-1", "+1", "0x1", "1.0", "18446744073709551616", "99999999999999999999", "1K"}) {
        value = 42;
        EXPECT_FALSE(parse_unsigned(bad, value)) << bad;
        EXPECT_EQ(value, 42u) << bad;
    }
}

}  // namespace
}  // namespace morpharena
