// Profiles: sums and their errors, verdicts, rows, differences, and what is written of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>

#include "tests/command/profile_example.h"
#include "tools/exit_code.h"
#include "tools/flame_graph.h"
#include "tools/gzip.h"
#include "tools/profile_diff.h"
#include "tools/profile_exports.h"
#include "tools/profile_json.h"
#include "tools/profile_table.h"
#include "tools/profile_verdict.h"
#include "tools/protobuf_writer.h"

namespace morpharena::tool {
namespace {

using test::example;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const ProfileRow& row_named(const std::vector<ProfileRow>& rows, const std::string& name) {
    for (const ProfileRow& row : rows) {
        if (row.name == name) return row;
    }
    throw std::runtime_error("no row " + name);
}

TEST(ProfileGroups, TheFunctionThatAskedOwnsItAndItsCallersShareIt) {
    const auto rows = grouped(example(), ProfileBy::site, ProfileSort::own);
    const ProfileRow& tree = row_named(rows, "make_tree");  // not xmalloc
    EXPECT_EQ(&tree, &rows.front());
    EXPECT_DOUBLE_EQ(tree.own.bytes.value, 3200);
    EXPECT_DOUBLE_EQ(tree.own.bytes.error(), std::sqrt(400 + 100 + 500));
    EXPECT_DOUBLE_EQ(tree.cumulative.value, 3200);  // once where it stands twice in a stack
    EXPECT_EQ(tree.place, "tree.c:7");
    EXPECT_EQ(tree.processes, 2u);
    const ProfileRow& main = row_named(rows, "main");
    EXPECT_DOUBLE_EQ(main.own.bytes.value, 0);
    EXPECT_DOUBLE_EQ(main.cumulative.value, 3250);
    EXPECT_DOUBLE_EQ(row_named(rows, "(not unwound)").own.bytes.value, 10);
    EXPECT_DOUBLE_EQ(row_named(rows, "lib.so+0x99").own.bytes.value, 400);
    EXPECT_EQ(row_named(rows, "lib.so+0x99").place, "lib.so");  // nobody above it has a name
}

TEST(ProfileGroups, EveryByteIsOwnedOnce) {
    const Profile profile = example();
    for (const ProfileBy by : {ProfileBy::site, ProfileBy::module, ProfileBy::process}) {
        Estimate sum;
        for (const ProfileRow& row : grouped(profile, by, ProfileSort::own)) sum += row.own.bytes;
        EXPECT_DOUBLE_EQ(sum.value, 3660);
        EXPECT_DOUBLE_EQ(sum.variance, 1000);
    }
}

TEST(ProfileGroups, OrderFollowsTheFigureThatIsAskedFor) {
    const Profile profile = example();
    EXPECT_EQ(grouped(profile, ProfileBy::site, ProfileSort::cumulative).front().name, "main");
    EXPECT_EQ(grouped(profile, ProfileBy::site, ProfileSort::peak).front().name, "lib.so+0x99");
    EXPECT_EQ(grouped(profile, ProfileBy::site, ProfileSort::young).front().name, "make_tree");
    EXPECT_EQ(grouped(profile, ProfileBy::module, ProfileSort::own).front().name, "cc1");
    EXPECT_EQ(grouped(profile, ProfileBy::process, ProfileSort::own).front().place, "pid 101");
    EXPECT_THROW(profile_by_named("function"), BadInput);
    EXPECT_THROW(profile_sort_named("size"), BadInput);
}

TEST(ProfileVerdict, FollowsTheRule) {
    EXPECT_EQ(verdict_on(test::kept(10, 1000)), SiteVerdict::free);
    EXPECT_EQ(verdict_on(test::dying_young(10, 1000)), SiteVerdict::wasteful);
    SiteFigures leaking = test::dying_young(10, 850);
    leaking += test::kept(2, 150);
    EXPECT_EQ(verdict_on(leaking), SiteVerdict::leak_like);
    EXPECT_EQ(verdict_on(test::figures(10, 1000)), SiteVerdict::mixed);  // freed, and not young
    EXPECT_EQ(verdict_on({}), SiteVerdict::unsure);
}

TEST(ProfileVerdict, IsNotGivenWithinAStandardErrorOfABound) {
    SiteFigures near = test::dying_young(10, 480, 4800);
    near += test::figures(10, 520, 5200);
    EXPECT_EQ(verdict_on(near), SiteVerdict::unsure);
    EXPECT_EQ(verdict_on(test::kept(9, 1000, 1)), SiteVerdict::unsure);  // too few
    EXPECT_EQ(verdict_on(test::kept(10, 1000, 1)), SiteVerdict::free);
    SiteFigures exact = test::dying_young(10, 480);
    exact += test::figures(10, 520);
    EXPECT_EQ(verdict_on(exact), SiteVerdict::mixed);
}

TEST(ProfileVerdict, ErrorOfAShareFollowsBothParts) {
    // By the delta method, for independent parts of 300 (sd 30) and 700 (sd 40): d(p) = ((1-p) dA - p dB) /
    // 1000.
    const Share share = share_of({300, 900}, {1000, 2500});
    EXPECT_DOUBLE_EQ(share.value, 0.3);
    EXPECT_NEAR(share.error, std::sqrt(0.49 * 900 + 0.09 * 1600) / 1000, 1e-12);
    EXPECT_DOUBLE_EQ(share_of({1000, 100}, {1000, 100}).error, 0);
    EXPECT_DOUBLE_EQ(share_of({1, 1}, {}).value, 0);
}

TEST(ProfileJson, ComesBackTheSame) {
    const Profile profile = example();
    const Json json = json_of(profile);
    const Profile back = profile_from(JsonPlace(json, "test:"));
    EXPECT_EQ(json_of(back).dump(-1, ' ', false, Json::error_handler_t::replace),
              json.dump(-1, ' ', false, Json::error_handler_t::replace));
    EXPECT_DOUBLE_EQ(back.processes[0].sites[0].figures.bytes.variance, 400);
    EXPECT_EQ(back.processes[3].problem, profile.processes[3].problem);
}

TEST(ProfileJson, WhatIsNotRightIsRefused) {
    const auto refused = [](const std::string& pointer, const Json& value) {
        Json json = json_of(example());
        json[Json::json_pointer(pointer)] = value;
        EXPECT_THROW(profile_from(JsonPlace(json, "test:")), BadInput) << pointer << " " << value;
    };
    refused("/calls/0/module", 2);
    refused("/calls/0/module", -1);
    refused("/calls/0/frames", Json::array());
    refused("/calls/0/frames/0", {6, 1});
    refused("/calls/0/frames/0", "x");
    refused("/functions/0/module", 9);
    refused("/modules/0/names", "guess");
    refused("/profiles/0/sites/0/stack/0", 5);
    refused("/profiles/0/sites/0/stack/0", "0");
    refused("/profiles/0/sites/0/end", "half");
    refused("/profiles/0/sites/0/stack", Json::array());
    refused("/profiles/0/sites/0/bytes", {1});
    refused("/profiles/0/sites/0/bytes", {-1, 0});
    refused("/profiles/0/sites/0/died_newest", -1);
    refused("/profiles/0/sites/0/lifetimes", std::vector<int>(kLifetimeClasses + 1));
    refused("/profiles", "none");
}

TEST(ProfileDiff, ShowsWhatIsBeyondTheError) {
    Profile after = example();
    after.processes[2].sites[0].figures = test::kept(8, 800);                // exact: shown
    after.processes[0].sites[0].figures = test::dying_young(10, 1040, 400);  // within the error: not
    const auto changes = profile_changes(example(), after, ProfileBy::site, ProfileSort::own);
    EXPECT_EQ(changes[0].name, "lib.so+0x99");
    EXPECT_TRUE(changes[0].shown());
    EXPECT_DOUBLE_EQ(changes[0].change(), 400);
    EXPECT_EQ(changes[1].name, "make_tree");
    EXPECT_FALSE(changes[1].shown());
    EXPECT_DOUBLE_EQ(changes[1].error(), std::sqrt(2 * 1000));
    const ProfileChange total = total_change(example(), after, ProfileSort::own);
    EXPECT_DOUBLE_EQ(total.change(), 440);
    const std::string text = diff_text(changes, total, ProfileSort::own, 10, false);
    EXPECT_THAT(text, ::testing::ContainsRegex("make_tree .* ~\n"));
    EXPECT_THAT(text, ::testing::ContainsRegex("lib.so.0x99 .*\\+400 B +2.000\n"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ProfileDiff, WhatTheCoarserIntervalMissedIsNotGone) {
    const auto side = [](std::uint64_t interval, const SiteFigures& figures) {
        Profile profile = example();
        profile.processes.resize(1);
        profile.processes[0].interval = interval;
        profile.processes[0].sites = {{{4}, StackEnd::whole, figures}};
        return profile;
    };
    const auto nothing = [&](std::uint64_t interval) {
        Profile profile = side(interval, {});
        profile.processes[0].sites.clear();
        return profile;
    };
    const auto shown = [](const Profile& before, const Profile& after) {
        return profile_changes(before, after, ProfileBy::site, ProfileSort::own).at(0).shown();
    };
    // Expected are two samples of the first, twenty of the second, of which nothing is hardly chance.
    EXPECT_FALSE(shown(side(1, test::kept(2, 2000)), nothing(1000)));
    EXPECT_FALSE(shown(nothing(1000), side(1, test::kept(2, 2000))));
    EXPECT_FALSE(shown(side(1, test::kept(2, 10)), nothing(1000)));
    EXPECT_TRUE(shown(side(1, test::kept(2, 20000)), nothing(1000)));
    EXPECT_TRUE(shown(side(1, test::kept(2, 10)), nothing(1))) << "all was counted";
    EXPECT_EQ(interval_note(nothing(1), side(1, {})), "");
    EXPECT_THAT(interval_note(nothing(1), nothing(4096)),
                HasSubstr("every object before, one sample in 4.00 KiB after"));
}

TEST(ProfileDiff, NothingChangedShowsNothing) {
    for (const auto sort :
         {ProfileSort::own, ProfileSort::peak, ProfileSort::young, ProfileSort::cumulative}) {
        for (const ProfileChange& change : profile_changes(example(), example(), ProfileBy::site, sort))
            EXPECT_FALSE(change.shown()) << change.name;
    }
}

TEST(ProfileText, SaysWhatCouldNotBeSeen) {
    const std::string text = profile_text(example(), {.tree = true}, false);
    EXPECT_THAT(text, HasSubstr("3 processes profiled"));
    EXPECT_THAT(text, HasSubstr("Not profiled: static: brought a malloc of its own"));
    EXPECT_THAT(text, HasSubstr("1 of 38 samples have a stack that could not be unwound to its end, 4 one"));
    EXPECT_THAT(text, HasSubstr("Names of lib.so: no symbols in the file"));
    EXPECT_THAT(text, HasSubstr("\n  as "));  // below cc1
    EXPECT_THAT(text, HasSubstr("± 1.0 %"));  // sqrt(1000) of 3,200
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(profile_text(example(), {}, true), HasSubstr("\x1b["));
}

TEST(FoldedStacks, ALineAStackWithoutWhatWouldBreakIt) {
    EXPECT_EQ(folded_stacks(example(), ProfileValue::bytes),
              "as;(cut);lib.so+0x99 400\n"
              "cc1;(not unwound) 10\n"
              "cc1;main;evil\\x1b[31m,<script>alert(1)</script>\\x0aname 50\n"
              "cc1;main;parse;make_tree;parse;make_tree;xmalloc 200\n"
              "cc1;main;parse;make_tree;xmalloc 3000\n");
    EXPECT_THAT(folded_stacks(example(), ProfileValue::young), HasSubstr("make_tree;xmalloc 3000\n"));
    EXPECT_THAT(folded_stacks(example(), ProfileValue::young), Not(HasSubstr(" 0\n")));
    EXPECT_THROW(profile_value_named("time"), BadInput);
}

TEST(ProfileExports, EstimatesOfAnySizeBecomeWholeNumbers) {
    EXPECT_EQ(whole(-1), 0u);
    EXPECT_EQ(whole(std::nan("")), 0u);
    EXPECT_EQ(whole(2.5), 3u);
    EXPECT_EQ(whole(1e300), std::uint64_t{1} << 62);
}

TEST(FlameGraph, NamesAreTextAndWidthsAreShares) {
    const std::string html = flame_graph(example(), ProfileValue::bytes);
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("\x1b")));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(html, HasSubstr("width:89.07%;top:0px\" title=\"cc1: 3.18 KiB, 89.1 %\">cc1</i>"));
    EXPECT_EQ(flame_graph({}, ProfileValue::bytes), "");
}

TEST(Protobuf, EncodesAsPublished) {
    // The examples of protobuf.dev/programming-guides/encoding.
    ProtobufWriter writer;
    writer.number(1, 150);
    EXPECT_EQ(writer.bytes(), "\x08\x96\x01");
    ProtobufWriter text;
    text.text(2, "testing");
    EXPECT_EQ(text.bytes(), "\x12\x07testing");
    ProtobufWriter packed;
    packed.packed(6, std::vector<std::uint64_t>{3, 270, 86942});
    EXPECT_EQ(packed.bytes(), "\x32\x06\x03\x8E\x02\x9E\xA7\x05");
    ProtobufWriter outer;
    outer.message(3, writer);
    EXPECT_EQ(outer.bytes(), "\x1a\x03\x08\x96\x01");
    ProtobufWriter most;
    most.number(1, UINT64_MAX);
    EXPECT_EQ(most.bytes(), "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST(Gzip, ComesBackTheSame) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000000}}) {
        std::string bytes(size, 'x');
        for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * i >> 3);
        const std::string packed = gzipped(bytes);
        EXPECT_EQ(packed, gzipped(bytes));
        std::string back(size + 1, '\0');
        z_stream stream{};
        ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        stream.avail_in = static_cast<uInt>(packed.size());
        stream.next_out = reinterpret_cast<Bytef*>(back.data());
        stream.avail_out = static_cast<uInt>(back.size());
        EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
        EXPECT_EQ(stream.total_out, size);
        inflateEnd(&stream);
        back.resize(size);
        EXPECT_EQ(back, bytes);
    }
}

}  // namespace
}  // namespace morpharena::tool
