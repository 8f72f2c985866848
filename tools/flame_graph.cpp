#include "tools/flame_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "tools/html_text.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

constexpr double kNarrowest = 0.15;    // percent of the width; narrower boxes are left out, a gap stays
constexpr std::size_t kDeepest = 100;  // rows
constexpr int kRowHeight = 18;         // pixels, as .flame i has it

struct Node {
    double value = 0;
    std::string where;
    std::map<std::string, std::unique_ptr<Node>> children;

    Node& child(const std::string& name) {
        auto& node = children[name];
        if (!node) node = std::make_unique<Node>();
        return *node;
    }
};

void add(const Profile& profile, const ProfiledProcess& process, const CallSite& site, double value,
         Node& root) {
    Node* node = &root;
    std::size_t depth = 0;
    // False where nothing more would be drawn.
    const auto enter = [&](const std::string& name) {
        if (depth++ == kDeepest) return false;
        node = &node->child(name);
        node->value += value;
        return true;
    };
    enter(process.program);
    if (site.end != StackEnd::whole) enter(end_text(site.end));
    for (auto call = site.stack.rbegin(); call != site.stack.rend(); ++call) {
        const auto& frames = profile.calls[*call].frames;
        for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
            if (!enter(profile.functions[frame->function].name)) return;
            if (node->where.empty()) node->where = place_of(profile, *frame);
        }
    }
}

class Drawing {
  public:
    explicit Drawing(double whole) : whole_(whole) {}

    void draw(const Node& parent, double left, std::size_t depth) {
        std::vector<std::pair<const std::string*, const Node*>> children;
        for (const auto& [name, node] : parent.children) children.emplace_back(&name, node.get());
        std::stable_sort(children.begin(), children.end(),
                         [](const auto& a, const auto& b) { return a.second->value > b.second->value; });
        for (const auto& [name, node] : children) {
            const double width = 100 * node->value / whole_;
            if (width < kNarrowest) break;  // those that follow are narrower
            box(*name, *node, left, width, depth);
            draw(*node, left, depth + 1);
            left += width;
        }
    }
    std::string html_text() const {
        return fmt::format("<div class=\"flame\" style=\"height:{}px\">{}</div>\n", rows_ * kRowHeight,
                           boxes_);
    }

  private:
    void box(const std::string& name, const Node& node, double left, double width, std::size_t depth) {
        rows_ = std::max(rows_, depth + 1);
        // The same function has the same colour everywhere.
        unsigned hash = 2166136261u;
        for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
        boxes_ += fmt::format(
            "<i class=\"f{}\" style=\"left:{}%;width:{}%;top:{}px\" title=\"{}{}: {}, {}\">{}</i>", hash % 6,
            coordinate(left), coordinate(width), depth * kRowHeight, html(name),
            node.where.empty() ? "" : html(" (" + node.where + ")"), bytes_text(node.value),
            percent_text(node.value / whole_), width < 1 ? "" : html(name));
    }

    double whole_;
    std::size_t rows_ = 0;
    std::string boxes_;
};

}  // namespace

std::string flame_graph(const Profile& profile, ProfileValue value) {
    Node root;
    for (const ProfiledProcess& process : profile.processes) {
        for (const CallSite& site : process.sites) {
            const double bytes = value_of(site.figures, value);
            if (!(bytes > 0)) continue;
            root.value += bytes;
            add(profile, process, site, bytes, root);
        }
    }
    if (!(root.value > 0)) return {};
    Drawing drawing(root.value);
    drawing.draw(root, 0, 0);
    return drawing.html_text();
}

}  // namespace morpharena::tool
