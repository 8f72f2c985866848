// A parser's heap. Nodes of 32 to 120 bytes, small ones more often; a node with children has a list of them,
// doubled by realloc as they come; every third node is a name with a text of its own. A block has a symbol
// table (256 buckets and an entry of 48 bytes for each eighth node) that dies with the block, 500 nodes
// later; the tree stays.
#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

namespace morpharena::bench {
namespace {

struct Node {
    Node** children;
    char* name;
    std::size_t count, kind;
};

struct Symbol {
    Symbol* next;
    Node* declared_by;
    std::size_t scope, type, offset, flags;
};

constexpr std::size_t kBuckets = 256, kBlock = 500, kFanOut = 6;
constexpr std::size_t kNodeBytes[] = {32, 32, 40, 40, 48, 56, 72, 120};  // by kind

class Parser {
  public:
    explicit Parser(Stage& stage) : stage_(stage) {}

    // Node i hangs on node (i-1)/kFanOut, so lists grow one after another while leaves are made.
    void parse(Pages<Node*>& nodes) {
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (i % kBlock == 0) open_block();
            nodes[i] = make_node(i);
            if (i > 0) adopt(*nodes[(i - 1) / kFanOut], nodes[i]);
            if (i % 8 == 0) declare(i, nodes[i]);
            if (i % kBlock == kBlock - 1 || i + 1 == nodes.size()) close_block();
        }
    }

    std::size_t objects = 0, bytes = 0, live = 0, live_peak = 0;

  private:
    void* make(std::size_t size) {
        ++objects;
        bytes += size;
        live += size;
        if (live > live_peak) live_peak = live;
        return stage_.make(size);
    }

    Node* make_node(std::size_t i) {
        const std::size_t kind = i * 5 % 8;
        auto* node = static_cast<Node*>(make(kNodeBytes[kind]));
        *node = {nullptr, i % 3 == 0 ? static_cast<char*>(make(3 + i * 7 % 22)) : nullptr, 0, kind};
        return node;
    }

    void adopt(Node& parent, Node* child) {
        if ((parent.count & (parent.count - 1)) == 0) {
            const std::size_t more = (parent.count == 0 ? 1 : parent.count) * sizeof(Node*);
            const std::size_t old = parent.count * sizeof(Node*);
            parent.children = static_cast<Node**>(stage_.grow(parent.children, old, old + more));
            objects += parent.count == 0;
            bytes += more;
            live += more;
        }
        parent.children[parent.count++] = child;
    }

    void open_block() {
        table_ = static_cast<Symbol**>(std::calloc(kBuckets, sizeof(Symbol*)));
        if (table_ == nullptr) std::abort();
        ++objects;
        bytes += kBuckets * sizeof(Symbol*);
    }

    void declare(std::size_t i, Node* node) {
        Symbol*& bucket = table_[i * 31 % kBuckets];
        auto* symbol = static_cast<Symbol*>(make(sizeof(Symbol)));
        *symbol = {bucket, node, 0, 0, 0, 0};
        bucket = symbol;
    }

    void close_block() {
        for (std::size_t i = 0; i < kBuckets; ++i) {
            while (Symbol* symbol = table_[i]) {
                table_[i] = symbol->next;
                std::free(symbol);
                live -= sizeof(Symbol);
            }
        }
        std::free(table_);
    }

    Stage& stage_;
    Symbol** table_ = nullptr;
};

}  // namespace

void ast_symbols(Stage& stage) {
    Pages<Node*> nodes(stage.count());
    while (stage.round()) {
        Parser parser(stage);
        parser.parse(nodes);
        stage.end();
        stage.made(parser.objects, parser.bytes, parser.live_peak);
        stage.release([&] {
            for (Node* node : nodes) {
                std::free(node->children);
                std::free(node->name);
                std::free(node);
            }
        });
    }
}

}  // namespace morpharena::bench
