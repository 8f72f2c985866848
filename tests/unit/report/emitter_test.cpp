#include "core/report/emitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace morpharena {
namespace {

using nlohmann::json;

bool collect(void* context, std::string_view piece) {
    static_cast<std::string*>(context)->append(piece);
    return true;
}

std::string emitted(Format format, const std::function<void(Emitter&)>& walk) {
    std::string all;
    {
        std::array<char, 256> buffer;
        Emitter out(format, collect, &all, buffer);
        out.begin_document();
        walk(out);
        out.end_document();
    }
    return all;
}

json parsed(const std::function<void(Emitter&)>& walk) {
    return json::parse(emitted(Format::json, walk));
}

void nested(Emitter& out) {
    out.number("n", UINT64_MAX);
    out.begin_object("outer", "the outer");
    out.signed_number("minus", INT64_MIN);
    out.begin_object("inner", "the inner");
    out.boolean("yes", true);
    out.boolean("no", false);
    out.end_object();
    out.begin_array("empty", "nothing");
    out.end_array();
    out.begin_array("words", "words");
    out.element("one");
    out.element("two");
    out.end_array();
    out.end_object();
    out.begin_array("rows", "rows");
    for (std::uint64_t i = 0; i < 3; ++i) {
        out.begin_row();
        out.number("a", i);
        out.number("b", i * i);
        out.end_row();
    }
    out.end_array();
    out.begin_object("hollow", "nothing in it");
    out.end_object();
    out.ratio("share", 971'234);
    out.text("last", "x");
}

TEST(Emitter, JsonNests) {
    const json expected = {{"n", UINT64_MAX},
                           {"outer",
                            {{"minus", INT64_MIN},
                             {"inner", {{"yes", true}, {"no", false}}},
                             {"empty", json::array()},
                             {"words", {"one", "two"}}}},
                           {"rows", {{{"a", 0}, {"b", 0}}, {{"a", 1}, {"b", 1}}, {{"a", 2}, {"b", 4}}}},
                           {"hollow", json::object()},
                           {"share", 0.971234},
                           {"last", "x"}};
    EXPECT_EQ(parsed(nested), expected);
}

TEST(Emitter, TextSaysTheSameThings) {
    const std::string text = emitted(Format::text, nested);
    for (const char* part : {"18446744073709551615", "the outer", "-9223372036854775808", "the inner", "yes",
                             "true", "false", "one", "two", "a 2  b 4", "97.12 %"}) {
        EXPECT_THAT(text, testing::HasSubstr(part));
    }
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("{")));
}

TEST(Emitter, AnEmptyDocument) {
    EXPECT_EQ(parsed([](Emitter&) {}), json::object());
    EXPECT_EQ(emitted(Format::text, [](Emitter&) {}), "");
}

TEST(Emitter, UnitsStandInTextOnly) {
    const auto walk = [](Emitter& out) { out.number("size", 12, "bytes"); };
    EXPECT_EQ(parsed(walk)["size"], 12);
    EXPECT_THAT(emitted(Format::text, walk), testing::HasSubstr("12 bytes\n"));
}

TEST(Emitter, Ratios) {
    const auto json_of = [](std::uint64_t ppm) {
        return parsed([ppm](Emitter& out) { out.ratio("r", ppm); })["r"];
    };
    EXPECT_EQ(json_of(0), 0.0);
    EXPECT_EQ(json_of(1), 0.000001);
    EXPECT_EQ(json_of(1'000'000), 1.0);
    const auto text_of = [](std::uint64_t ppm) {
        return emitted(Format::text, [ppm](Emitter& out) { out.ratio("r", ppm); });
    };
    EXPECT_THAT(text_of(999'949), testing::HasSubstr(" 99.99 %"));
    EXPECT_THAT(text_of(999'950), testing::HasSubstr(" 100.00 %"));
    EXPECT_THAT(text_of(60), testing::HasSubstr(" 0.01 %"));
}

TEST(Emitter, EveryByteMakesValidJson) {
    for (int first = 0; first < 256; ++first) {
        for (const char* tail : {"", "a", "\x80", "\xbf\xbf", "\x80\x80\x80"}) {
            std::string odd(1, static_cast<char>(first));
            odd += tail;
            const std::string all = emitted(Format::json, [&odd](Emitter& out) { out.text("t", odd); });
            ASSERT_TRUE(json::accept(all)) << first;
            if (first < 0x80 && *tail == '\0') {
                EXPECT_EQ(json::parse(all)["t"], odd) << first;
            }
        }
    }
}

TEST(Emitter, GoodUtf8GoesThroughAndBadIsReplaced) {
    const auto through = [](std::string text) {
        return parsed([&text](Emitter& out) { out.text("t", text); })["t"].get<std::string>();
    };
    for (const char* good : {"ä", "€", "😀", "\u07ff", "\u0800", "\uffff", "\xf4\x8f\xbf\xbf"})
        EXPECT_EQ(through(good), good);
    const std::string mark = "\ufffd";
    EXPECT_EQ(through("\xc0\x80"), mark + mark) << "overlong NUL";
    EXPECT_EQ(through("\xed\xa0\x80"), mark + mark + mark) << "a surrogate";
    EXPECT_EQ(through("\xf4\x90\x80\x80"), mark + mark + mark + mark) << "past U+10FFFF";
    EXPECT_EQ(through("\xe2\x82"), mark + mark) << "cut off";
    EXPECT_EQ(through("a\xff"
                      "b"),
              "a" + mark + "b");
    EXPECT_EQ(through("say \"hi\"\\\n\t\x1b"), "say \"hi\"\\\n\t\x1b");
}

TEST(Emitter, KeysAreEscapedToo) {
    EXPECT_EQ(parsed([](Emitter& out) { out.number("a\"b\n", 1); })["a\"b\n"], 1);
}

TEST(Emitter, TextKeepsTheReadersCursorWhereItIs) {
    const std::string text = emitted(Format::text, [](Emitter& out) { out.text("t", "a\x1b[2J\r\n\x7fz"); });
    EXPECT_THAT(text, testing::EndsWith("a?[2J?"
                                        "?"
                                        "?z\n"));
}

TEST(Emitter, ControlsThatUtf8EncodesAreControls) {
    const char* csi =
        "a\xc2\x9b"
        "2Jb\x9b";
    EXPECT_THAT(emitted(Format::text, [&](Emitter& out) { out.text("t", csi); }),
                testing::EndsWith("a?2Jb?\n"));
    const std::string document = emitted(Format::json, [&](Emitter& out) { out.text("t", csi); });
    EXPECT_THAT(document, testing::HasSubstr("a\\u009b2Jb\\ufffd"));
    EXPECT_THAT(emitted(Format::text, [](Emitter& out) { out.text("t", "Übersetzer €"); }),
                testing::EndsWith("Übersetzer €\n"));
}

TEST(Emitter, MoreThanItsBuffer) {
    const std::string big(10'000, 'x');
    EXPECT_EQ(parsed([&big](Emitter& out) {
                  for (int i = 0; i < 5; ++i) out.text(std::to_string(i), big);
              })["4"],
              big);
}

TEST(Emitter, StopsAtASinkThatRefuses) {
    struct Full {
        int calls = 0;
        static bool sink(void* context, std::string_view) { return ++static_cast<Full*>(context)->calls < 2; }
    } full;
    std::array<char, 2048> buffer;
    Emitter out(Format::json, Full::sink, &full, buffer);
    EXPECT_TRUE(out.good());
    for (int i = 0; i < 20; ++i) out.text("t", std::string(1000, 'x'));
    out.flush();
    EXPECT_FALSE(out.good());
    EXPECT_EQ(full.calls, 2) << "a sink that refused is not asked again";
}

}  // namespace
}  // namespace morpharena
