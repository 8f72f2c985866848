#include "core/base/age_list.h"

#include <gtest/gtest.h>

#include <vector>

namespace morpharena {
namespace {

struct Node {
    Node* older;
    Node* newer;
    int number;
};

std::vector<int> numbers(const AgeList<Node>& list) {
    std::vector<int> found;
    for (const Node* node = list.newest(); node != nullptr; node = node->older) found.push_back(node->number);
    return found;
}

TEST(AgeList, TheNewestComesFirstAndAnyMayGo) {
    AgeList<Node> list;
    Node nodes[4] = {
        {nullptr, nullptr, 0}, {nullptr, nullptr, 1}, {nullptr, nullptr, 2}, {nullptr, nullptr, 3}};
    for (Node& node : nodes) list.add(node);
    EXPECT_EQ(numbers(list), (std::vector<int>{3, 2, 1, 0}));
    list.remove(nodes[2]);
    EXPECT_EQ(numbers(list), (std::vector<int>{3, 1, 0}));
    list.remove(nodes[3]);
    list.remove(nodes[0]);
    EXPECT_EQ(numbers(list), (std::vector<int>{1}));
    list.remove(nodes[1]);
    EXPECT_EQ(list.newest(), nullptr);
}

TEST(AgeList, AMovedNodeIsFoundAtItsNewPlace) {
    AgeList<Node> list;
    Node first{nullptr, nullptr, 1};
    Node second{nullptr, nullptr, 2};
    Node third{nullptr, nullptr, 3};
    for (Node* node : {&first, &second, &third}) list.add(*node);
    for (Node* node : {&second, &third, &first}) {
        static Node places[3];
        Node& place = places[node->number - 1];
        place = *node;
        *node = {};
        list.moved(place);
        ASSERT_EQ(numbers(list), (std::vector<int>{3, 2, 1}));
    }
}

}  // namespace
}  // namespace morpharena
