// A list of what stands in memory of its own and carries the links itself (`older`, `newer`), newest first.
// Whoever walks it from `newest` by `older` finds it whole at every moment, also in a child that another
// thread cloned in the middle of a change.
#pragma once

namespace morpharena {

template <class Node>
class AgeList {
  public:
    constexpr AgeList() = default;

    Node* newest() const { return newest_; }

    void add(Node& node) {
        node.newer = nullptr;
        node.older = newest_;
        if (newest_ != nullptr) newest_->newer = &node;
        newest_ = &node;
    }

    void remove(Node& node) {
        (node.newer != nullptr ? node.newer->older : newest_) = node.older;
        if (node.older != nullptr) node.older->newer = node.newer;
    }

    // The node was moved to another place with its links; its neighbours still point to the old one.
    void moved(Node& node) {
        (node.newer != nullptr ? node.newer->older : newest_) = &node;
        if (node.older != nullptr) node.older->newer = &node;
    }

  private:
    Node* newest_ = nullptr;
};

}  // namespace morpharena
